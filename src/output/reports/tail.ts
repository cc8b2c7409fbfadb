/** The end of a file of lines, read backwards: what a run has to know of the one before costs the same in a file of any size. */
import { fstatSync, readSync } from 'node:fs';

const CHUNK = 256 * 1024;
const LF = 10;

/** Reads whole, though the system may give less at a time. */
function readAt(fd: number, from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafe(to - from);
  let done = 0;
  while (done < bytes.length) {
    const n = readSync(fd, bytes, done, bytes.length - done, from + done);
    if (n === 0) break;
    done += n;
  }
  return bytes.subarray(0, done);
}

/** Bytes behind the last line end: a line that was not finished. */
export function tornBytes(fd: number): Buffer {
  const { size } = fstatSync(fd);
  let torn = Buffer.alloc(0);
  for (let to = size; to > 0; ) {
    const from = Math.max(0, to - CHUNK);
    const bytes = readAt(fd, from, to);
    const at = bytes.lastIndexOf(LF);
    torn = Buffer.concat([bytes.subarray(at + 1), torn]);
    if (at >= 0) break;
    to = from;
  }
  return torn;
}

/** Lines from the last to the first of those between the offsets `from` and `to`, which both stand at the beginning of a line. */
export function* linesBackwards(fd: number, from: number, to: number): Generator<string> {
  // pieces of the line that the chunks so far began in, the last piece first
  let pieces: Buffer[] = [];
  for (let end = to; end > from; ) {
    const start = Math.max(from, end - CHUNK);
    const bytes = readAt(fd, start, end);
    let stop = bytes.length;
    for (let at = bytes.lastIndexOf(LF); at >= 0; at = at > 0 ? bytes.lastIndexOf(LF, at - 1) : -1) {
      const line = Buffer.concat([bytes.subarray(at + 1, stop), ...pieces.reverse()]).toString();
      if (line !== '') yield line;
      pieces = [];
      stop = at;
    }
    pieces.push(bytes.subarray(0, stop));
    end = start;
  }
  const first = Buffer.concat(pieces.reverse()).toString();
  if (first !== '') yield first;
}
