/**
 * What a lane holds when it is opened, after whatever happened to it: every number from the first on stands in a record or in a gap
 * afterwards. Each step leaves a folder that can be opened again, so that a run may be killed here, too.
 */
import { encode, type Lost, lastBehind, scan } from './record.js';
import { emptySegment, type GapBody, inGaps, isEmpty, mend, type Segment, segmentOf } from './segment.js';
import type { SegmentFiles } from './segment-files.js';

export interface Recovered {
  /** in order, the last one to be written to; it may be empty */
  readonly segments: readonly Segment[];
  /** when each was made, ms since the epoch */
  readonly madeMs: ReadonlyMap<Segment, number>;
  /** bytes that were no records, and had no numbers */
  readonly cut: number;
  /** numbers that gaps of why `damaged` were made for now */
  readonly damaged: number;
  /** numbers that all gaps stand for */
  readonly gaps: number;
}

/** @throws AnomalyError CANNOT_CREATE, WRITE_FAILED */
export function recover(files: SegmentFiles, salt: number, gapBody: GapBody): Recovered {
  const segments: Segment[] = [];
  const madeMs = new Map<Segment, number>();
  let [cut, damaged, gaps] = [0, 0, 0];
  const firsts = files.list();
  /** number that the next segment is to begin with */
  let next = firsts[0] ?? 1;

  const fill = (to: number): void => {
    const body = encode(salt, next, to, gapBody(next, to, 'damaged'));
    files.replace(next, body, 'and on the disk');
    segments.push({ first: next, begins: next, last: to, bytes: body.length, events: 0 });
    damaged += to - next + 1;
    gaps += to - next + 1;
    next = to + 1;
  };

  for (const [k, first] of firsts.entries()) {
    if (first > next) fill(first - 1);
    const content = files.load(first);
    const found = scan(content.bytes, first, segments.length === 0, salt);
    const isNewest = k === firsts.length - 1;
    if (first < next) {
      // a run was killed after it had put a gap in the place of this segment, too, and before it removed it
      if (found.next > next) fill(found.next - 1);
      files.remove(first);
      continue;
    }
    const behind = isNewest ? lastBehind(content.bytes, found.end, found.next, salt) : found.next - 1;
    const lost: Lost[] = behind < found.next ? [] : [{ seq: found.next, to: behind }];
    const parts = [...found.parts, ...lost];
    let segment = parts.length === 0 ? emptySegment(first) : segmentOf(first, parts, found.end);
    gaps += inGaps(parts);
    if (!found.whole || lost.length > 0) {
      const mended = mend(files, first, parts, content.bytes, salt, gapBody);
      segment = mended.segment;
      damaged += mended.lost;
      gaps += mended.lost;
    } else if (content.size > found.end) {
      // what had numbers is counted as the hole before the next segment
      if (isNewest || firsts[k + 1] === found.next) cut += content.size - found.end;
      files.cut(first, found.end);
    }
    next = segment.last + 1;
    // where there is none after it, it says which number is next; else a gap takes its name
    if (isEmpty(segment) && !isNewest) continue;
    segments.push(segment);
    madeMs.set(segment, content.madeMs);
  }
  if (segments.length === 0) segments.push(emptySegment(next));
  return { segments, madeMs, cut, damaged, gaps };
}
