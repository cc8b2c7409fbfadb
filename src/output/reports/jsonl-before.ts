/** What an earlier run left in a file of JSON lines: how far its numbers went, and whether it ended. */
import { closeSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { AnomalyError } from '../../base/errors.js';
import { identityOfFd, openOurs } from '../../base/own-file.js';
import { printable } from '../../base/text.js';
import { counted } from '../../report/format.js';
import { objectOf, toldBy } from '../../report/told.js';
import { datedFiles } from './dated.js';
import { diedText, type RunMarker } from './run-marker.js';
import { linesBackwards, tornBytes } from './tail.js';

/**
 * Makes the file end on a whole line: a last line that lacks nothing but its end gets it, any other is cut.
 * @returns what was done, in words; empty: nothing
 * @throws AnomalyError CANNOT_CREATE where it holds something else than JSON lines: nothing of it is touched
 */
export function mend(fd: number, path: string): string {
  const torn = tornBytes(fd);
  const { size } = fstatSync(fd);
  const whole = size - torn.length;
  const [last] = linesBackwards(fd, 0, whole);
  const text = torn.toString();
  const isOurs = last === undefined ? text === '' || text.startsWith('{') : objectOf(last) !== undefined;
  if (!isOurs) throw new AnomalyError('CANNOT_CREATE', `${printable(path)}: holds no JSON lines; name another file`);
  if (torn.length === 0) return '';
  if (objectOf(text)) {
    writeSync(fd, '\n');
    return 'the end of its last line was missing and is there now';
  }
  ftruncateSync(fd, whole);
  return `a torn last line of ${counted(torn.length, 'byte')} was cut`;
}

/** The last number in a file of lines, 0 where there is none: numbers rise from one line that opens to the next. */
function lastNumberIn(fd: number): number {
  let last = 0;
  for (const line of linesBackwards(fd, 0, fstatSync(fd).size)) {
    const told = toldBy(objectOf(line) ?? {});
    last = Math.max(last, told?.number ?? 0);
    if (told?.event === 'opened') break;
  }
  return last;
}

/** The number of the last incident that was told in the file, or in the newest of those that it was rotated into. */
export function lastNumber(fd: number, path: string): number {
  const here = lastNumberIn(fd);
  if (here > 0) return here;
  for (const name of datedFiles(path).reverse()) {
    const before = openOurs(name);
    if (before === undefined) continue;
    try {
      const last = lastNumberIn(before);
      if (last > 0) return last;
    } finally {
      closeSync(before);
    }
  }
  return 0;
}

/** Incidents of a killed run whose last line is not their end. */
export function leftOpen(fd: number, marker: RunMarker): number {
  if (marker.file !== identityOfFd(fd)) return 0;
  const { size } = fstatSync(fd);
  const seen = new Set<string>();
  let open = 0;
  for (const line of linesBackwards(fd, Math.min(marker.from, size), size)) {
    const told = toldBy(objectOf(line) ?? {});
    if (!told || seen.has(told.id)) continue;
    seen.add(told.id);
    if (told.event !== 'closed') open++;
  }
  return open;
}

/** What the run before left, in one line; empty: it ended as it should. */
export function aboutRunBefore(path: string, marker: RunMarker | undefined, fd: number, mended: string): string {
  const died = marker ? [diedText(marker.started, marker.run, leftOpen(fd, marker))] : [];
  const parts = [...died, ...(mended === '' ? [] : [mended])];
  return parts.length === 0 ? '' : printable(`${path}: ${parts.join('; ')}`);
}
