/**
 * Sends what a spool holds to the hub, and lets go of it when the sink has committed it. What the hub acknowledges is not safe:
 * a server may lose acknowledged messages, and only what the sink says (the watermark) empties the spool.
 *
 * After every failure it goes on from the watermark. Where the watermark stands still below what was acknowledged, that was lost, and
 * goes out anew under another id: under the same one the server would take it for a repetition and drop it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { printable } from '../../base/text.js';
import { type Carrier, CarrierError } from '../carriers/carrier.js';
import { messageId, parseWatermark, type RecordId, SUBJECTS } from '../contract.js';
import type { Lane } from '../spool/lane.js';
import type { SpoolRecord } from '../spool/spool.js';
import { BackOff, jittered, LONGEST_PAUSE_MS } from '../waiting.js';

/** Messages under way: with one at a time 2.5 to 4.5 times slower, with a thousand no faster and tens of times later. */
const WINDOW = 32;
/** While something is unreleased the watermark is asked for so often. */
const WATERMARK_MS = 30_000;
/** The watermark stood still so long below what was acknowledged. */
const STUCK_MS = 60_000;
/** A hub that was there and goes away is told of after so long: most come back. */
const TELL_AFTER_MS = 600_000;

export interface ShipperTimes {
  /** ms from one asking for the watermark to the next; default 30 s */
  readonly watermarkMs?: number;
  /** ms that it stands still before what was acknowledged counts as lost; default 60 s */
  readonly stuckMs?: number;
}

export interface ShipperOptions extends ShipperTimes {
  readonly sensor: string;
  readonly spool: string;
  readonly lane: Lane;
  readonly carrier: Carrier;
  /** says one line */
  readonly note: (line: string) => void;
}

export class Shipper {
  /** what the hub refused last, for people; empty: nothing */
  refused = '';
  private readonly ending = new AbortController();
  private readonly work: Promise<void>;
  private wake: (() => void) | undefined;
  private looked = false;
  /** how often all was sent anew under another id */
  private generation = 0;
  /** of the next message */
  private next: number;
  private records: Iterator<SpoolRecord> | undefined;
  private readonly underWay = new Set<Promise<void>>();
  /** what was acknowledged without a hole, and beyond a hole: last number by first */
  private acknowledged: number;
  private readonly beyond = new Map<number, number>();
  private failure: unknown;
  /** the last number that is on the disk */
  private safeTo = 0;
  private unsafe = '';
  private askAtMs = 0;
  private movedMs = performance.now();
  /** the last number that was ever acknowledged with all before it: what is beyond is progress */
  private farthest = 0;
  /** since when nothing was stored that should have been; undefined: all is well */
  private failingSinceMs: number | undefined;
  private wasThere = false;
  /** the hub has committed what this spool never told */
  private isSetBack = false;
  private told = false;

  constructor(private readonly options: ShipperOptions) {
    this.next = options.lane.first;
    this.acknowledged = this.next - 1;
    this.work = this.run();
  }

  /** Something new is in the spool. */
  look(): void {
    this.looked = true;
    this.wake?.();
  }

  /** Waits until the hub has acknowledged everything, so many ms at most. */
  async drained(graceMs: number): Promise<void> {
    const until = performance.now() + graceMs;
    while (this.arrived < this.options.lane.last && performance.now() < until) await sleep(DRAIN_LOOK_MS);
  }

  /** the last number that the hub has acknowledged, with all before it */
  get arrived(): number {
    return Math.max(this.acknowledged, this.options.lane.released);
  }

  /** Sends nothing more; what is under way may still arrive. */
  async close(): Promise<void> {
    this.ending.abort();
    this.wake?.();
    await this.work;
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    const backOff = new BackOff();
    while (!signal.aborted) {
      const [before, sinceMs] = [this.farthest, performance.now()];
      try {
        await this.askWatermark();
        await this.send();
      } catch (error) {
        if (signal.aborted) return;
        this.failed(error, !backOff.isFresh);
        // a hub that answers and stores nothing, because it is full, is not to be asked faster and faster
        if (this.farthest > before || performance.now() - sinceMs > LONGEST_PAUSE_MS) backOff.reset();
        await backOff.wait(signal);
        this.rewind();
      }
    }
  }

  /** Until something fails, or the end. */
  private async send(): Promise<void> {
    const { lane, watermarkMs = WATERMARK_MS, stuckMs = STUCK_MS } = this.options;
    while (!this.ending.signal.aborted) {
      this.looked = false;
      await this.safe();
      for (let record = this.take(); record; record = this.take()) this.start(record);
      if (this.underWay.size > 0) await Promise.race(this.underWay);
      else if (!this.failure)
        await this.idle(lane.released < lane.last ? this.askAtMs - performance.now() : watermarkMs);
      if (this.failure) {
        await Promise.allSettled(this.underWay);
        const { failure } = this;
        this.failure = undefined;
        throw failure;
      }
      if (lane.released < lane.last && performance.now() >= this.askAtMs) await this.askWatermark();
      const isStuck = lane.released < this.acknowledged && performance.now() - this.movedMs >= stuckMs;
      if (isStuck) {
        this.generation++;
        this.movedMs = performance.now();
        this.rewind();
      }
    }
  }

  /**
   * What is sent is on this host's disk: else a power cut would give its number to another event. A disk that does not say so keeps
   * nothing from being told.
   */
  private async safe(): Promise<void> {
    const { lane, note } = this.options;
    const { last } = lane;
    if (this.safeTo >= last) return;
    try {
      await lane.synced();
    } catch (error) {
      const text = printable(error instanceof Error ? error.message : String(error));
      if (text !== this.unsafe) note(`warning: ${text}; events are sent all the same`);
      this.unsafe = text;
    }
    this.safeTo = last;
  }

  /** The next message, where one may be sent. */
  private take(): SpoolRecord | undefined {
    if (this.failure || this.underWay.size >= WINDOW || this.next > this.safeTo) return undefined;
    this.records ??= this.options.lane.read(this.next)[Symbol.iterator]();
    const { value, done } = this.records.next() as IteratorResult<SpoolRecord, undefined>;
    if (done || !value) {
      this.records = undefined;
      return undefined;
    }
    this.next = value.to + 1;
    return value;
  }

  private start({ seq, to, payload, gap }: SpoolRecord): void {
    const { sensor, spool, carrier } = this.options;
    const record: RecordId = { sensor, spool, lane: 'inc', seq };
    // a gap may take the place of what was sent before, and grow: it is another message each time
    const id = `${messageId(record, this.generation)}${gap ? `.to-${to}` : ''}`;
    const sending = carrier
      .publish(SUBJECTS.incidents(sensor), id, payload)
      .then(() => this.stored(seq, to))
      .catch((error: unknown) => {
        this.failure ??= error;
      })
      .finally(() => this.underWay.delete(sending));
    this.underWay.add(sending);
  }

  private stored(seq: number, to: number): void {
    this.beyond.set(seq, to);
    for (let end = this.beyond.get(this.acknowledged + 1); end !== undefined; ) {
      this.beyond.delete(this.acknowledged + 1);
      this.acknowledged = end;
      end = this.beyond.get(this.acknowledged + 1);
    }
    if (this.acknowledged <= this.farthest) return;
    this.farthest = this.acknowledged;
    this.good();
  }

  /** @throws CarrierError */
  private async askWatermark(): Promise<void> {
    const { sensor, spool, lane, carrier, watermarkMs = WATERMARK_MS } = this.options;
    const message = await carrier.last(SUBJECTS.watermark(sensor));
    this.askAtMs = performance.now() + jittered(watermarkMs);
    const mark = message && parseWatermark(message.bytes);
    if (mark?.spool === spool && mark.seq > lane.released) this.release(mark.seq);
    // that it answers is not yet that it takes anything
    if (Math.max(this.acknowledged, lane.released) >= lane.last) this.good();
  }

  private release(seq: number): void {
    const { lane, note, carrier } = this.options;
    if (seq > lane.last && !this.isSetBack) {
      this.isSetBack = true;
      const what = `has event ${seq} of this spool, which only has ${lane.last}: it was set back, or another machine has a copy of it`;
      note(
        `warning: hub ${carrier.name}: ${what}; end this run and remove the spool, so that the next one begins anew`,
      );
    }
    // what is committed there are others' events of these numbers: of ours only what the hub has taken by now is safe
    const upTo = this.isSetBack ? Math.min(seq, this.acknowledged) : seq;
    if (upTo <= lane.released) return;
    this.movedMs = performance.now();
    lane.release(upTo);
    this.acknowledged = Math.max(this.acknowledged, lane.released);
    if (this.next <= lane.released) this.rewind();
  }

  /** From the watermark on again. */
  private rewind(): void {
    this.next = Math.max(this.options.lane.released + 1, this.options.lane.first);
    this.records = undefined;
    this.acknowledged = this.next - 1;
    this.beyond.clear();
  }

  private async idle(mostMs: number): Promise<void> {
    if (this.looked || this.ending.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, mostMs)).unref();
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }

  private good(): void {
    this.failingSinceMs = undefined;
    this.wasThere = true;
    this.refused = '';
    if (!this.told) return;
    this.told = false;
    this.options.note(`hub ${this.options.carrier.name}: is there`);
  }

  private failed(error: unknown, again: boolean): void {
    const { carrier, note, lane } = this.options;
    const text = printable(error instanceof Error ? error.message : String(error));
    const trouble = error instanceof CarrierError ? error.trouble : 'unreachable';
    // neither gets better by itself
    const isFinal = trouble === 'refused' || trouble === 'too large';
    if (isFinal) this.refused = text;
    this.failingSinceMs ??= performance.now();
    // At the start a wrong address looks like a hub that is away, and somebody is looking. The very first failure says only that
    // the connection is still being made.
    const isNews = isFinal || (!this.wasThere && again) || performance.now() - this.failingSinceMs >= TELL_AFTER_MS;
    if (this.told || !isNews) return;
    this.told = true;
    const waiting = lane.last - lane.released;
    note(`hub ${carrier.name}: ${text}; detection goes on, incidents wait in the spool (${waiting} by now)`);
  }
}

const DRAIN_LOOK_MS = 20;
