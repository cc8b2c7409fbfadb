/**
 * NAME.run beside a file of lines while a run writes it, for lines themselves cannot tell a run that ended from one that was
 * killed. It says which run that is and where in the file its lines begin.
 */
import { closeSync, readFileSync, rmSync } from 'node:fs';
// as with the bundle's files: what is read back is looked at first
import { z } from 'zod';
import { replaceFile } from '../../base/new-file.js';
import { openOurs } from '../../base/own-file.js';
import { counted } from '../../report/format.js';

const MARKER = z.object({
  run: z.string(),
  /** ISO 8601 */
  started: z.string(),
  /** which file it was: an inode of a file system */
  file: z.string(),
  /** byte in that file */
  from: z.int().nonnegative(),
});

export type RunMarker = z.infer<typeof MARKER>;

const nameOf = (path: string): string => `${path}.run`;

/** How a run that was killed is told of. @param open incidents of it whose last line is not their end */
export function diedText(started: string, run: string, open: number): string {
  return `the run before (started ${started}, run ${run}) ended without its end; ${counted(open, 'incident')} of it still open in the file`;
}

/** What the run before left behind; undefined where it ended as it should. */
export function readMarker(path: string): RunMarker | undefined {
  const fd = openOurs(nameOf(path));
  if (fd === undefined) return undefined;
  try {
    const { data } = MARKER.safeParse(JSON.parse(readFileSync(fd, 'utf8')));
    return data;
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

/** @throws AnomalyError CANNOT_CREATE, WRITE_FAILED */
export function writeMarker(path: string, marker: RunMarker): Promise<void> {
  return replaceFile(nameOf(path), `${JSON.stringify(marker)}\n`);
}

export function removeMarker(path: string): void {
  rmSync(nameOf(path), { force: true });
}
