/** When a table goes on in another file, and what that is called. */

import { basename, dirname, extname, join } from 'node:path';

export interface RotationOptions {
  /** new file once one has this many million bytes */
  rotateMegabytes?: number;
  /** new file for rows this many hours after a file's first, by the rows' own time */
  rotateHours?: number;
  /** keep only so many of this run's files, the newest */
  keep?: number;
}

import { US_PER_HOUR } from '../base/time.js';

const BYTES_PER_MEGABYTE = 1e6;
/** A dot before the number, because times that people put into names end in -1905, too. */
const NUMBER = /\.\d{4,}(?=(\.[^./]*)?$)/;

/** The `number`-th file of a run that began with `path`: t.csv, t.0002.csv, t.0003.csv, … */
export function rotatedPath(path: string, number: number): string {
  if (number === 1) return path;
  const extension = extname(path);
  const stem = basename(path, extension);
  return join(dirname(path), `${stem}.${String(number).padStart(4, '0')}${extension}`);
}

/** The first file of the run that `path` is a file of, by its name. */
export function runOf(path: string): string {
  return path.replace(NUMBER, '');
}

/** Watches one file fill. */
export class Rotation {
  private readonly maxBytes: number;
  private readonly maxUs: number;
  private firstUs = Number.NaN;

  constructor(options: RotationOptions) {
    this.maxBytes = (options.rotateMegabytes ?? Number.POSITIVE_INFINITY) * BYTES_PER_MEGABYTE;
    this.maxUs = (options.rotateHours ?? Number.POSITIVE_INFINITY) * US_PER_HOUR;
  }

  /** Whether a row of time `us` belongs into the next file, given `bytes` in this one. */
  due(us: number, bytes: number): boolean {
    if (Number.isNaN(this.firstUs)) {
      this.firstUs = us;
      return false;
    }
    // a clock that was set back by more must not hold the file open until it has caught up
    return bytes >= this.maxBytes || Math.abs(us - this.firstUs) >= this.maxUs;
  }

  /** A new file begins. */
  restart(): void {
    this.firstUs = Number.NaN;
  }
}
