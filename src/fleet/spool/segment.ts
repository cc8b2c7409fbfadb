/** What is known of a segment without reading it, and segments that are written whole: mended ones, and gaps. */
import { encode, type Found, type Lost, SEGMENT_BYTES } from './record.js';
import type { SegmentFiles } from './segment-files.js';

export interface Segment {
  /** its name; the first record's number is above it where the records between were released */
  readonly first: number;
  /** number of its first record; one above `last`: it is empty */
  begins: number;
  /** last number that it holds */
  last: number;
  bytes: number;
  /** records that are no gaps */
  events: number;
}

export type Why = 'damaged' | 'full';
export type GapBody = (from: number, to: number, why: Why) => Uint8Array;

export const isEmpty = ({ begins, last }: Segment): boolean => last < begins;
/** Numbers that were given up, and nothing else. */
export const isGap = (segment: Segment): boolean => segment.events === 0 && !isEmpty(segment);

/** @param first the name, and the next number */
export const emptySegment = (first: number): Segment => ({
  first,
  begins: first,
  last: first - 1,
  bytes: 0,
  events: 0,
});

type Part = Found | Lost;

export const isLost = (part: Part): part is Lost => part.at === undefined;

/** Numbers that gaps among the records stand for. */
export const inGaps = (parts: readonly Part[]): number =>
  parts.reduce((sum, part) => (!isLost(part) && part.gap ? sum + part.to - part.seq + 1 : sum), 0);

const isEvent = (part: Part): boolean => !isLost(part) && !part.gap;

/** Events above `seq`. */
export const eventsAfter = (parts: readonly Part[], seq: number): number =>
  parts.filter((part) => isEvent(part) && part.seq > seq).length;

/** What a segment of these parts is. @param parts at least one */
export function segmentOf(first: number, parts: readonly Part[], bytes: number): Segment {
  return {
    first,
    begins: parts[0].seq,
    last: parts[parts.length - 1].to,
    bytes,
    events: parts.filter(isEvent).length,
  };
}

/**
 * Writes a segment anew, with a gap in the place of each lost part. Where that would be larger than a segment, one gap stands for all
 * from the first lost part on, or for everything.
 * @param bytes where the parts were found
 * @returns the segment, and how many numbers are lost
 * @throws AnomalyError WRITE_FAILED; all is as before then
 */
export function mend(
  files: SegmentFiles,
  first: number,
  parts: readonly Part[],
  bytes: Buffer,
  salt: number,
  gapBody: GapBody,
): { segment: Segment; lost: number } {
  const { to } = parts[parts.length - 1];
  const oneGapFrom = (k: number): Part[] => [...parts.slice(0, k), { seq: parts[k].seq, to }];
  const written = (some: readonly Part[]): Buffer =>
    Buffer.concat(
      some.map((part) =>
        isLost(part)
          ? encode(salt, part.seq, part.to, gapBody(part.seq, part.to, 'damaged'))
          : bytes.subarray(part.at, part.end),
      ),
    );
  let some = parts;
  let all = written(some);
  for (const k of [parts.findIndex(isLost), 0]) {
    if (all.length <= SEGMENT_BYTES) break;
    some = oneGapFrom(k);
    all = written(some);
  }
  // what was good before is not to be in danger now
  files.replace(first, all, 'and on the disk');
  const lost = some.reduce((sum, part) => (isLost(part) ? sum + part.to - part.seq + 1 : sum), 0);
  return { segment: segmentOf(first, some, all.length), lost: lost - (inGaps(parts) - inGaps(some)) };
}
