/**
 * Features of captured packets by a thread of their own, while the caller judges what is ready. Packets go there in shared pages,
 * batches with features come back in others; where the caller is behind, the thread scores them too.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { ColumnMemory } from '../base/column-memory.js';
import { ThreadMessages } from '../base/thread-messages.js';
import { ScoredBatch } from '../detect/score/scored-batch.js';
import type { ClockEvent, ClockTotals } from '../features/clock.js';
import type { Bundle } from '../model/bundle.js';
import { PacketPage } from '../source/packet-page.js';
import type { PacketBatch } from '../source/packet-source.js';
import type { ClockFacts, Featurer, FeaturerRun } from './featurer.js';
import { isInner } from './inner-headers.js';
import type { RecordStream } from './record-kind.js';

/** Below this, starting the thread takes about as much as it saves: the time of twenty thousand packets. */
const FROM_BYTES = 4 * 2 ** 20;
/** Pages on the way: one is filled, one gets features, one is judged; the others are for moments in which one of the two is held up. */
const PAGES = 8;
/** Batches that wait to be judged from which on the thread scores: one is in work. */
export const BEHIND = 2;

/** Words of shared memory: batches judged so far. */
export const JUDGED = 0;
const WORDS = 1;

/** What the thread makes features and scores with. */
export interface Learned {
  readonly extractorState: unknown;
  readonly novelty: boolean;
  readonly local: readonly string[] | undefined;
  /** undefined where the thread is not to score: its scores might differ in the last bit from another engine's */
  readonly model: Pick<Bundle, 'spec' | 'weights' | 'scaler' | 'residualWeights'> | undefined;
}

export interface AsideData {
  readonly learned: Learned;
  readonly inner: boolean;
  /** of the input, for its warnings */
  readonly name: string;
  /** records of a page, and columns of its batch */
  readonly capacity: number;
  readonly width: number;
  readonly countWidth: number;
  readonly memory: SharedArrayBuffer;
  readonly words: SharedArrayBuffer;
}

export type ToAside =
  | { readonly type: 'page'; readonly page: number; readonly count: number }
  | { readonly type: 'adopt'; readonly learned: Learned }
  | { readonly type: 'end' };

/** What became known of the input since the message before. */
export interface News {
  readonly stops?: readonly (readonly [string, number])[];
  readonly warnings?: readonly string[];
  readonly undecoded?: readonly string[];
  readonly clock?: { readonly events: readonly ClockEvent[]; readonly totals: ClockTotals };
}

export type FromAside =
  | { readonly type: 'ready' }
  | (News & { readonly type: 'batch'; readonly page: number; readonly count: number; readonly scored: boolean })
  | (News & { readonly type: 'end' });

export interface Page {
  readonly packets: PacketPage;
  readonly batch: ScoredBatch;
}

type Shape = Pick<AsideData, 'capacity' | 'width' | 'countWidth'>;

/** The pages in `memory`, one behind the other. */
export function pagesOf(shape: Shape, memory: ColumnMemory): Page[] {
  return Array.from({ length: PAGES }, () => pageIn(shape, memory));
}

function pageIn({ capacity, width, countWidth }: Shape, memory: ColumnMemory): Page {
  return {
    packets: new PacketPage(capacity, memory),
    batch: new ScoredBatch(capacity, width, countWidth, memory),
  };
}

/** Whether a thread of their own pays for the features of a stream: captures that are long, or may be. */
export function worthAThread({ batches, bytes = FROM_BYTES }: RecordStream): boolean {
  return batches.packets !== undefined && bytes >= FROM_BYTES && availableParallelism() > 1;
}

export class FeaturerAside implements Featurer {
  readonly clock: ClockFacts & { readonly events: ClockEvent[] };
  stops: ReadonlyMap<string, number> = new Map();
  private readonly words: Int32Array;
  private readonly pages: readonly Page[];
  /** pages that the thread has, or that are being judged */
  private inFlight = 0;
  private sent = 0;
  /** being filled */
  private filling: PacketPage | undefined;
  /** being judged */
  private current: ScoredBatch | undefined;
  private failure: unknown;
  private over = false;
  private wake = (): void => undefined;

  private constructor(
    private readonly thread: ThreadMessages<FromAside>,
    data: AsideData,
    private readonly stream: RecordStream,
    private readonly packets: AsyncIterable<PacketBatch>,
    private readonly learnedOf: (bundle: Bundle) => Learned,
  ) {
    this.pages = pagesOf(data, new ColumnMemory(data.memory));
    this.words = new Int32Array(data.words);
    const totals = { pause: 0, back: 0, stray: 0, clocks: 0, disorder: 0 };
    this.clock = { events: [], totals };
  }

  /**
   * Undefined where the stream has no packets, or no thread starts here.
   * @param shape of its batches
   * @param scores whether the caller's engine is the one that the thread has
   */
  static async start(
    stream: RecordStream,
    bundle: Bundle,
    shape: Shape,
    { local, scores }: { readonly local: readonly string[] | undefined; readonly scores: boolean },
  ): Promise<FeaturerAside | undefined> {
    const { packets } = stream.batches;
    if (!packets) return undefined;
    const learnedOf = (of: Bundle): Learned => ({
      extractorState: of.extractorState,
      novelty: of.schema.columns.some(({ group }) => group === 'novelty'),
      local,
      model: scores
        ? { spec: of.spec, weights: of.weights, scaler: of.scaler, residualWeights: of.residualWeights }
        : undefined,
    });
    const one = new ColumnMemory();
    pageIn(shape, one);
    const data: AsideData = {
      ...shape,
      learned: learnedOf(bundle),
      inner: isInner(bundle),
      name: stream.facts.name,
      memory: new SharedArrayBuffer(PAGES * one.bytes),
      words: new SharedArrayBuffer(4 * WORDS),
    };
    const worker = new Worker(new URL('./featurer-thread.js', import.meta.url), { workerData: data });
    const thread = new ThreadMessages<FromAside>(worker);
    const first = await thread.next();
    if (first === undefined || first instanceof Error) return undefined;
    return new FeaturerAside(thread, data, stream, packets, learnedOf);
  }

  get idle(): boolean {
    return this.inFlight === 0 || (this.inFlight === 1 && this.current?.count === 0);
  }

  async *batches(run: FeaturerRun): AsyncGenerator<ScoredBatch> {
    const filled = this.fill(run);
    try {
      for (;;) {
        const message = await this.thread.next();
        if (message === undefined) throw new Error('the thread of features ended early');
        if (message instanceof Error) throw message;
        if (message.type === 'ready') continue;
        this.hear(message);
        if (message.type === 'end') break;
        const { batch } = this.pages[message.page] as Page;
        batch.count = message.count;
        batch.scored = message.scored;
        this.current = batch;
        yield batch;
        this.current = undefined;
        this.inFlight--;
        Atomics.add(this.words, JUDGED, 1);
        if (this.inFlight === 0) this.send(run);
        this.wake();
      }
    } finally {
      this.over = true;
      this.wake();
    }
    await filled;
    if (this.failure) throw this.failure;
  }

  private hear({ stops, warnings = [], undecoded, clock }: News): void {
    const { facts } = this.stream;
    if (stops) this.stops = new Map(stops);
    facts.warnings.push(...warnings);
    if (undecoded) facts.undecoded = undecoded;
    if (!clock) return;
    this.clock.events.push(...clock.events);
    Object.assign(this.clock.totals, clock.totals);
  }

  /** Packets of the stream into pages, for as long as there is room; throws nothing. */
  private async fill(run: FeaturerRun): Promise<void> {
    try {
      let taken = 0;
      for await (const packets of this.packets) {
        const to = Math.min(packets.count, run.most - taken);
        taken += to;
        for (let from = 0; from < to; ) {
          if (!this.filling) {
            await this.room(run);
            if (this.over) return;
            this.filling = this.pages[this.sent % PAGES]?.packets;
            this.filling?.clear();
          }
          const page = this.filling as PacketPage;
          from = page.take(packets, from, to);
          if (from === to && !page.full) break;
          await this.room(run);
          this.send(run);
        }
        // a thread that has nothing to do does not wait for a whole page
        if (this.inFlight === 0) this.send(run);
        if (run.isOver() || taken >= run.most) break;
      }
    } catch (error) {
      this.failure = error;
    }
    if (this.filling) await this.room(run);
    this.send(run);
    this.post({ type: 'end' });
  }

  /** Until a page is free, and nobody waits for those in flight. */
  private async room(run: FeaturerRun): Promise<void> {
    while (!this.over && (this.inFlight >= PAGES || (run.isAwaited() && !this.idle))) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** What is in the page that is being filled, if anything. */
  private send(run: FeaturerRun): void {
    const count = this.filling?.count ?? 0;
    if (count === 0 || this.over || (run.isAwaited() && !this.idle)) return;
    this.post({ type: 'page', page: this.sent++ % PAGES, count });
    this.inFlight++;
    this.filling = undefined;
  }

  private post(message: ToAside): void {
    this.thread.worker.postMessage(message);
  }

  adopt(bundle: Bundle): void {
    this.post({ type: 'adopt', learned: this.learnedOf(bundle) });
  }

  /** The thread has done so when the packets ended. */
  finish(): void {}

  async close(): Promise<void> {
    this.over = true;
    await this.thread.worker.terminate();
  }
}
