/**
 * The segment files of one lane: a folder with `<first number, 16 hex digits>.seg`. A file is begun empty under its name, or
 * written aside and renamed, so that a killed process leaves the old one or the new one.
 */
import { closeSync, fstatSync, ftruncateSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AnomalyError } from '../../base/errors.js';
import { writeError } from '../../base/files.js';
import { openOwn } from '../../base/own-file.js';
import { printable } from '../../base/text.js';
import { holdsElse, namesIn, ownFolder, replaceAtOnce, writeAll } from './folder.js';
import { SEGMENT_BYTES } from './record.js';
import { Syncer } from './syncer.js';

const NAME = /^([0-9a-f]{16})\.seg$/;

const nameOf = (first: number): string => `${first.toString(16).padStart(16, '0')}.seg`;

export interface Content {
  /** at most a segment's */
  readonly bytes: Buffer;
  /** of the file, which is longer where somebody else wrote to it */
  readonly size: number;
  /** when the file was made, ms since the epoch */
  readonly madeMs: number;
}

export class SegmentFiles {
  readonly syncer: Syncer;

  /** Makes the folder where there is none. @throws AnomalyError CANNOT_CREATE */
  constructor(readonly folder: string) {
    ownFolder(folder);
    this.syncer = new Syncer(folder);
  }

  /** First numbers of all segments, lowest first. @throws AnomalyError CANNOT_CREATE: something else is there */
  list(): number[] {
    return namesIn(this.folder)
      .map((name) => {
        const first = Number.parseInt(NAME.exec(name)?.[1] ?? '', 16);
        if (first >= 1 && Number.isSafeInteger(first)) return first;
        throw holdsElse(this.folder, name);
      })
      .sort((a, b) => a - b);
  }

  path(first: number): string {
    return join(this.folder, nameOf(first));
  }

  /** Opens a segment to append to it; an absent one is made, empty. @throws AnomalyError CANNOT_CREATE, WRITE_FAILED */
  open(first: number): number {
    const { fd, created } = openOwn(this.path(first));
    if (created) this.syncer.wrote(nameOf(first), true);
    return fd;
  }

  /** What a segment holds from byte `at` on; nothing where it is gone. @throws AnomalyError CANNOT_CREATE, WRITE_FAILED */
  load(first: number, at = 0): Content {
    const path = this.path(first);
    const { fd } = openOwn(path);
    try {
      const { size, birthtimeMs: madeMs } = fstatSync(fd);
      const bytes = Buffer.alloc(Math.max(0, Math.min(size, SEGMENT_BYTES) - at));
      let length = 0;
      for (let n = -1; n !== 0 && length < bytes.length; length += n)
        n = readSync(fd, bytes, length, bytes.length - length, at + length);
      return { bytes: bytes.subarray(0, length), size, madeMs };
    } catch (cause) {
      throw new AnomalyError('WRITE_FAILED', `${printable(path)}: cannot be read back (${String(cause)})`, { cause });
    } finally {
      closeSync(fd);
    }
  }

  /** Adds to an open segment. @throws AnomalyError WRITE_FAILED; a part of it may be written then, and is to be cut */
  append(fd: number, first: number, bytes: Uint8Array): void {
    try {
      writeAll(fd, bytes);
    } catch (cause) {
      throw writeError(this.path(first), cause);
    }
    this.syncer.wrote(nameOf(first));
  }

  /** Puts a whole segment in the place of what has its name, or of nothing. @throws AnomalyError WRITE_FAILED; all is as before then */
  replace(first: number, bytes: Uint8Array, onDisk?: 'and on the disk'): void {
    replaceAtOnce(this.path(first), bytes, onDisk);
    this.syncer.wrote(nameOf(first), true);
  }

  /** Cuts what stands behind byte `size`. @throws AnomalyError WRITE_FAILED */
  cut(first: number, size: number): void {
    const fd = this.open(first);
    try {
      ftruncateSync(fd, size);
    } catch (cause) {
      throw writeError(this.path(first), cause);
    } finally {
      closeSync(fd);
    }
    this.syncer.wrote(nameOf(first));
  }

  /** @returns whether it is gone */
  remove(first: number): boolean {
    try {
      rmSync(this.path(first), { force: true });
      return true;
    } catch {
      return false;
    }
  }
}
