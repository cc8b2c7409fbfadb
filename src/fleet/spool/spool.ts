/**
 * The spool: incidents on this host's disk until the hub has committed them, so that neither a lost connection nor a killed process
 * loses one. A folder with the file `id` and a folder a lane; one run at a time writes it. Its size is bounded: when it is full the
 * oldest events go, and a gap says so.
 */
import { join, resolve } from 'node:path';
import { AnomalyError } from '../../base/errors.js';
import { Locks } from '../../base/lock.js';
import { printable } from '../../base/text.js';
import { holdsElse, ID_FILE, makeId, namesIn, ownFolder, readId } from './folder.js';
import { Lane } from './lane.js';
import type { Why } from './segment.js';
import { SegmentFiles } from './segment-files.js';

export type { Lane } from './lane.js';
export type { SpoolRecord } from './record.js';

const INCIDENTS = 'inc';

export interface SpoolOptions {
  /** of all lanes; events alone, without what the file system needs for files */
  readonly mostBytes: number;
  /**
   * The body of a gap that the spool makes itself; `full`: there was no room, `damaged`: what was there cannot be read.
   * @param spool its id, for some are made before `open` returns
   */
  readonly gapBody: (lane: string, from: number, to: number, why: Why, spool: string) => Uint8Array;
}

export class Spool {
  /** 16 hex digits */
  readonly id: string;
  readonly incidents: Lane;
  /** what was found at opening, in one line for people; empty: all was well */
  readonly before: string;

  /**
   * Opens the spool in `dir`, or makes one.
   * @throws AnomalyError CANNOT_CREATE: in use by another run, not ours, or it holds something else; WRITE_FAILED
   */
  static open(dir: string, options: SpoolOptions): Spool {
    // the lock stands beside it, and "." has no name there
    const folder = resolve(dir);
    ownFolder(folder);
    const locks = Locks.take([folder], 'detect');
    try {
      return new Spool(folder, options, locks);
    } catch (error) {
      locks.release();
      throw error;
    }
  }

  private constructor(
    private readonly folder: string,
    private readonly options: SpoolOptions,
    private readonly locks: Locks,
  ) {
    const foreign = namesIn(folder).find((name) => name !== ID_FILE && name !== INCIDENTS);
    if (foreign !== undefined) throw holdsElse(folder, foreign);
    const incidents = new SegmentFiles(join(folder, INCIDENTS));
    const { id, note } = identify(folder, incidents);
    this.id = id;
    this.incidents = this.lane(INCIDENTS, incidents);
    const found = [note, this.incidents.before].filter((part) => part !== '').join('; ');
    this.before = [locks.before, found === '' ? '' : `${printable(folder)}: ${found}`]
      .filter((part) => part !== '')
      .join('; ');
  }

  get bytes(): number {
    return this.incidents.bytes;
  }

  /** Idempotent. */
  close(): void {
    this.incidents.close();
    this.locks.release();
  }

  private lane(name: string, files: SegmentFiles): Lane {
    return new Lane(
      files,
      this.id,
      name,
      (from, to, why) => this.options.gapBody(name, from, to, why, this.id),
      (bytes) => this.makeRoom(bytes),
    );
  }

  private makeRoom(bytes: number): void {
    const { mostBytes } = this.options;
    // else everything would go, and it would still not fit
    const fits = bytes <= mostBytes;
    while (fits && this.bytes + bytes > mostBytes && this.incidents.dropOldest());
    if (this.bytes + bytes > mostBytes)
      throw new AnomalyError(
        'WRITE_FAILED',
        `${printable(this.folder)}: an event of ${bytes} bytes is more than the spool may hold; give it more room`,
      );
  }
}

/** @throws AnomalyError CANNOT_CREATE */
function identify(folder: string, files: SegmentFiles): { id: string; note: string } {
  const names = namesIn(folder);
  const segments = files.list();
  if (!names.includes(ID_FILE)) {
    // a run that was killed while it made the spool leaves no more than an empty segment
    const events = segments.find((first) => files.load(first).size > 0);
    if (events !== undefined)
      throw new AnomalyError(
        'CANNOT_CREATE',
        `${printable(folder)}: holds events, but not the file "${ID_FILE}" that says whose; move it away`,
      );
    return { id: begin(folder, files), note: '' };
  }
  const id = readId(folder);
  if (segments.length > 0) return { id, note: '' };
  // its numbers are gone with them, and would be given a second time
  return { id: begin(folder, files), note: 'all segments are gone; it begins anew as another spool' };
}

/** The first segment comes before the name, so that a spool with a name always has one. */
function begin(folder: string, files: SegmentFiles): string {
  if (files.list().length === 0) files.replace(1, new Uint8Array());
  return makeId(folder);
}
