/** One kind of events of a spool: numbered from 1 without holes, kept in segments until the hub has committed them. */
import { closeSync } from 'node:fs';
import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import { Ages } from './ages.js';
import { decode, encode, recordOf, SEGMENT_BYTES, type SpoolRecord, saltOf, scan } from './record.js';
import { recover } from './recovery.js';
import { emptySegment, eventsAfter, type GapBody, isEmpty, isGap, mend, type Segment } from './segment.js';
import type { SegmentFiles } from './segment-files.js';

export class Lane {
  /** what was found at opening, for people; empty: all was well */
  readonly before: string;
  private readonly salt: number;
  private readonly segments: Segment[];
  private readonly ages = new Ages();
  /** the newest segment, open; undefined: closed */
  private fd: number | undefined;
  /** a write failed, and what it left could not be cut yet */
  private unclean = false;
  private given: number;
  private committed: number;
  private lost: number;
  /** where the last reading stopped: most readings go on from there */
  private place: { readonly segment: Segment; readonly next: number; readonly at: number } | undefined;

  /**
   * @param room makes room for so many bytes, by `dropOldest`, or throws
   * @throws AnomalyError CANNOT_CREATE, WRITE_FAILED
   */
  constructor(
    private readonly files: SegmentFiles,
    spool: string,
    name: string,
    private readonly gapBody: GapBody,
    private readonly room: (bytes: number) => void,
  ) {
    this.salt = saltOf(spool, name);
    const { segments, madeMs, cut, damaged, gaps } = recover(this.files, this.salt, gapBody);
    this.segments = [...segments];
    // rather too old: the file may have waited for its first event
    for (const [segment, ms] of madeMs) if (!isEmpty(segment)) this.ages.note(segment.begins, ms);
    this.fd = this.files.open(this.active.first);
    this.given = this.active.last;
    this.committed = this.segments[0].begins - 1;
    this.lost = gaps;
    this.before = [
      cut > 0 ? `cut ${cut} bytes of an event that was not written to its end` : '',
      damaged > 0 ? `${damaged} events are damaged; a gap stands for them now` : '',
    ]
      .filter((part) => part !== '')
      .join('; ');
  }

  /** Last number given; 0: none. */
  get last(): number {
    return this.given;
  }

  /** The hub has committed all up to here. */
  get released(): number {
    return this.committed;
  }

  /** First number that is still there; one above `last` where nothing is. */
  get first(): number {
    return this.segments[0].begins;
  }

  get bytes(): number {
    return this.segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Numbers that gaps stand for: those found at opening, and those made since. */
  get gaps(): number {
    return this.lost;
  }

  /** When the oldest event that is not released was written, ms since the epoch, about; undefined: there is none. */
  get oldestMs(): number | undefined {
    return this.committed === this.given ? undefined : this.ages.of(this.committed + 1);
  }

  /**
   * Written when it returns, so that a killed process loses nothing; on the disk soon after, see `synced`.
   * @returns its number
   * @throws AnomalyError WRITE_FAILED: disk full, or larger than the spool; nothing of it stays, and no number is used up
   */
  append(payload: Uint8Array): number {
    return this.appendWith(() => payload);
  }

  /** @param make gives the body of an event whose number stands in it. @throws as `append` */
  appendWith(make: (seq: number) => Uint8Array): number {
    const seq = this.given + 1;
    this.write(encode(this.salt, seq, undefined, make(seq)), seq);
    this.active.events++;
    return seq;
  }

  /** Takes the place of `count` events that were dropped: numbers go on after them. @throws as `append` */
  gap(count: number, make: (from: number, to: number) => Uint8Array): void {
    if (count < 1) return;
    const [from, to] = [this.given + 1, this.given + count];
    this.write(encode(this.salt, from, to, make(from, to)), to);
    this.lost += count;
  }

  /**
   * From `seq` on, in order, until what there is now ends; a later call goes on. A gap that `seq` lies in comes whole, and so does one
   * that took the place of what was being read. Damage that comes to light becomes a gap.
   * @throws AnomalyError WRITE_FAILED, CANNOT_CREATE: a segment cannot be read or mended
   */
  *read(seq: number): Generator<SpoolRecord, void> {
    let next = seq;
    let mended: Segment | undefined;
    while (this.fd !== undefined) {
      const segment = this.segments.find((one) => one.last >= next && !isEmpty(one));
      if (!segment) return;
      let { at, next: expected } =
        this.place?.segment === segment && this.place.next === next ? this.place : { at: 0, next: segment.begins };
      const until = segment.last;
      const { bytes } = this.files.load(segment.first, at);
      const base = at;
      // whoever takes a record may append and release before he takes the next
      while (expected <= until && this.segments.includes(segment)) {
        const found = decode(bytes, at - base, expected, this.salt);
        if (found?.seq !== expected) {
          if (segment === mended)
            throw new AnomalyError(
              'WRITE_FAILED',
              `${printable(this.files.path(segment.first))}: reads otherwise than it was written; look after the disk`,
            );
          mended = this.mend(segment);
          break;
        }
        expected = found.to + 1;
        at = base + found.end;
        if (found.to < next) continue;
        next = expected;
        this.place = { segment, next, at };
        yield recordOf(bytes, found);
      }
    }
  }

  /** The hub has committed all up to `seq`: segments that hold nothing later are removed. What cannot be is tried again next time. */
  release(seq: number): void {
    if (this.fd === undefined || seq <= this.committed) return;
    this.committed = Math.min(seq, this.given);
    try {
      this.removeReleased();
    } catch {
      // a full disk has no room for a new segment, either
    }
    this.ages.forget(this.committed + 1);
  }

  /** Resolves when all that was appended is on the disk. @throws AnomalyError WRITE_FAILED; the next call tries again */
  synced(): Promise<void> {
    return this.files.syncer.synced();
  }

  /**
   * Gives up the oldest segment, and puts a gap in its place; a gap that is there already grows instead.
   * @returns whether there was anything but a gap
   * @throws AnomalyError WRITE_FAILED; all is as before then
   */
  dropOldest(): boolean {
    const [oldest] = this.segments;
    if (!isEmpty(oldest) && oldest.last <= this.committed) {
      this.removeReleased();
      return this.segments[0] !== oldest;
    }
    const count = isGap(oldest) ? 2 : 1;
    const dropped = this.segments.slice(0, count);
    const newest = dropped[dropped.length - 1];
    if (dropped.length < count || isEmpty(newest)) return false;
    if (newest === this.active) this.roll();
    const { first } = oldest;
    const [from, to] = [Math.max(oldest.begins, this.committed + 1), newest.last];
    // what the hub has of it is not lost
    const events = dropped.reduce((sum, segment) => sum + this.unreleased(segment), 0);
    const bytes = encode(this.salt, from, to, this.gapBody(from, to, 'full'));
    this.files.replace(first, bytes);
    this.segments.splice(0, count, { first, begins: from, last: to, bytes: bytes.length, events: 0 });
    this.lost += events;
    // opening removes it, too: the gap before it covers it
    if (count === 2) this.files.remove(newest.first);
    return true;
  }

  /** Idempotent. What was appended gets to the disk all the same. */
  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }

  private get active(): Segment {
    return this.segments[this.segments.length - 1];
  }

  /** @param to last number of the record */
  private write(bytes: Buffer, to: number): void {
    if (this.fd === undefined) throw this.failure('is closed');
    if (bytes.length > SEGMENT_BYTES) throw this.failure(`an event of ${bytes.length} bytes is too large`);
    this.room(bytes.length);
    if (this.active.bytes + bytes.length > SEGMENT_BYTES) this.roll();
    const { active } = this;
    try {
      this.clean();
      this.unclean = true;
      this.files.append(this.fd, active.first, bytes);
      this.unclean = false;
    } catch (error) {
      this.cleanQuietly();
      throw error;
    }
    active.bytes += bytes.length;
    active.last = to;
    this.ages.note(this.given + 1, Date.now());
    this.given = to;
  }

  private clean(): void {
    if (this.unclean) this.files.cut(this.active.first, this.active.bytes);
    this.unclean = false;
  }

  private cleanQuietly(): void {
    try {
      this.clean();
    } catch {
      // before the next write, then
    }
  }

  /** Begins a new segment. @throws AnomalyError; the present one goes on then */
  private roll(): void {
    this.clean();
    const first = this.given + 1;
    const fd = this.files.open(first);
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = fd;
    this.segments.push(emptySegment(first));
  }

  private removeReleased(): void {
    // the newest stays, for its name says which number is next
    if (this.active.last <= this.committed && !isEmpty(this.active)) this.roll();
    while (this.segments.length > 1 && this.segments[0].last <= this.committed) {
      if (!this.files.remove(this.segments[0].first)) break;
      this.segments.shift();
    }
  }

  private unreleased(segment: Segment): number {
    if (this.committed < segment.begins) return segment.events;
    return eventsAfter(
      scan(this.files.load(segment.first).bytes, segment.begins, false, this.salt).parts,
      this.committed,
    );
  }

  private mend(segment: Segment): Segment {
    if (segment === this.active) this.roll();
    const { bytes } = this.files.load(segment.first);
    const { parts, next } = scan(bytes, segment.begins, false, this.salt);
    const all = next > segment.last ? parts : [...parts, { seq: next, to: segment.last }];
    const { segment: anew, lost } = mend(this.files, segment.first, all, bytes, this.salt, this.gapBody);
    this.segments.splice(this.segments.indexOf(segment), 1, anew);
    this.lost += lost;
    return anew;
  }

  private failure(what: string): AnomalyError {
    return new AnomalyError('WRITE_FAILED', `${printable(this.files.folder)}: ${what}`);
  }
}
