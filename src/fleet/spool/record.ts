/**
 * Records of a segment as bytes, and what can be trusted of bytes that were found. All numbers are little-endian.
 *
 *     u32 length    of what follows the CRC; its highest bit: this is a gap
 *     u32 CRC-32    of the length and of what follows the CRC, begun with the CRC of "<spool id>/<lane>"
 *     u64 seq       the record's number, the one after the record before
 *     u64 to        in a gap only: the last number that it stands for
 *     payload
 *
 * The length is under the CRC so that zeros, which file systems leave after a power loss, are no record. The CRC begins with the
 * spool's id so that neither a record of another spool nor one that stands inside a payload is taken for one of this lane: behind
 * damage the next record is looked for at every byte.
 */
import { crc32 } from '../../base/crc32.js';

/** bytes; a record is never in two segments */
export const SEGMENT_BYTES = 1 << 20;

const GAP = 0x8000_0000;
const CRC_AT = 4;
const SEQ_AT = 8;
const TO_AT = 16;
/** of a record without payload: the shortest one */
const SHORTEST = 16;
/** Numbers behind damage are believed to be at most so far away: what fits into 32 bits. */
const FARTHEST = 2 ** 32;

export interface SpoolRecord {
  readonly seq: number;
  /** last number that it stands for: above `seq` for a gap of more than one */
  readonly to: number;
  readonly payload: Uint8Array;
  readonly gap: boolean;
}

/** A record where it was found. */
export interface Found {
  readonly at: number;
  readonly end: number;
  readonly payloadAt: number;
  readonly seq: number;
  readonly to: number;
  readonly gap: boolean;
}

/** Numbers whose records cannot be read. */
export interface Lost {
  readonly seq: number;
  readonly to: number;
  readonly at?: undefined;
}

export interface Scan {
  /** in the order of their numbers, without holes */
  readonly parts: readonly (Found | Lost)[];
  /** the number after the last part */
  readonly next: number;
  /** where the last record ends */
  readonly end: number;
  /** nothing was skipped before `end` */
  readonly whole: boolean;
}

/** What the CRCs of a lane's records begin with. */
export const saltOf = (spool: string, lane: string): number => crc32(Buffer.from(`${spool}/${lane}`));

/** @param to of a gap; undefined: it is none */
export function encode(salt: number, seq: number, to: number | undefined, payload: Uint8Array): Buffer {
  const payloadAt = to === undefined ? SHORTEST : TO_AT + 8;
  const bytes = Buffer.alloc(payloadAt + payload.length);
  bytes.writeUInt32LE((bytes.length - SEQ_AT + (to === undefined ? 0 : GAP)) >>> 0, 0);
  bytes.writeBigUInt64LE(BigInt(seq), SEQ_AT);
  if (to !== undefined) bytes.writeBigUInt64LE(BigInt(to), TO_AT);
  bytes.set(payload, payloadAt);
  bytes.writeUInt32LE(checksum(bytes, 0, bytes.length, salt), CRC_AT);
  return bytes;
}

const checksum = (bytes: Buffer, at: number, end: number, salt: number): number =>
  crc32(bytes.subarray(at + SEQ_AT, end), crc32(bytes.subarray(at, at + CRC_AT), salt));

/** Exact up to 2^53, and far above any number in use beyond that. */
const u64 = (bytes: Buffer, at: number): number => bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;

/** Where a record at `at` would end by its own length, trusted or not; NaN: there is not even its head. */
function endAt(bytes: Buffer, at: number): number {
  if (bytes.length - at < SHORTEST) return Number.NaN;
  return at + SEQ_AT + (bytes.readUInt32LE(at) & ~GAP);
}

/** The record at `at`; undefined: none that can be trusted, or its number is not `least` or soon after. */
export function decode(bytes: Buffer, at: number, least: number, salt: number): Found | undefined {
  const end = endAt(bytes, at);
  const gap = end <= bytes.length && bytes.readUInt32LE(at) >= GAP;
  const payloadAt = at + (gap ? TO_AT + 8 : SHORTEST);
  // not `end < payloadAt`: it may be NaN
  if (!(end >= payloadAt && end <= bytes.length)) return undefined;
  const seq = u64(bytes, at + SEQ_AT);
  // before the CRC: this alone turns away nearly all bytes that are no record
  if (seq < least || seq - least >= FARTHEST) return undefined;
  const to = gap ? u64(bytes, at + TO_AT) : seq;
  if (to < seq || !Number.isSafeInteger(to)) return undefined;
  if (checksum(bytes, at, end, salt) !== bytes.readUInt32LE(at + CRC_AT)) return undefined;
  return { at, end, payloadAt, seq, to, gap };
}

/**
 * All records of a segment. Numbers that are missing before a good record are a part of their own.
 * @param first number that the first record is to have
 * @param later the first record may have a later number than `first`, for those before it were released
 */
export function scan(bytes: Buffer, first: number, later: boolean, salt: number): Scan {
  const parts: (Found | Lost)[] = [];
  let [next, end, whole] = [first, 0, true];
  for (let at = 0; at < bytes.length; at++) {
    const found = decode(bytes, at, next, salt);
    if (!found) continue;
    if (at !== end) whole = false;
    if (found.seq > next && !(later && at === 0)) {
      parts.push({ seq: next, to: found.seq - 1 });
      whole = false;
    }
    parts.push(found);
    next = found.to + 1;
    end = found.end;
    at = end - 1;
  }
  return { parts, next, end, whole };
}

/**
 * The last number that what stands behind the newest segment's last record may have had: `next` - 1 where that is the beginning of
 * a record that was not finished, so that its number was never given. Else the records there are damaged, and rather too many
 * numbers are given up than one is given twice. Of a gap, the damaged number is believed where it can be.
 * @param next number of the first record there
 */
export function lastBehind(bytes: Buffer, at: number, next: number, salt: number): number {
  const left = bytes.length - at;
  if (left < SHORTEST) return next - 1;
  // one whole record, of which only the length or the mark of a gap is damaged
  const alone = Buffer.from(bytes.subarray(at));
  for (const mark of [0, GAP]) {
    alone.writeUInt32LE((left - SEQ_AT + mark) >>> 0, 0);
    const found = decode(alone, 0, next, salt);
    if (found) return found.to;
  }
  const end = endAt(bytes, at);
  const isGap = bytes.readUInt32LE(at) >= GAP;
  if (end > bytes.length && end - at <= SEGMENT_BYTES && u64(bytes, at + SEQ_AT) === next) return next - 1;
  if (end !== bytes.length) return next - 1 + Math.floor(left / SHORTEST);
  const to = isGap && left >= TO_AT + 8 ? u64(bytes, at + TO_AT) : next;
  return to >= next && to - next < FARTHEST ? to : next;
}

/** A copy: views would keep whole segments in memory. */
export const recordOf = (bytes: Buffer, { seq, to, gap, payloadAt, end }: Found): SpoolRecord => ({
  seq,
  to,
  gap,
  payload: new Uint8Array(bytes.subarray(payloadAt, end)),
});
