/** Live packets as a packet source: the streams of the driver's runs, one after the other. */
import type { Socket } from 'node:net';
import { AnomalyError } from '../../base/errors.js';
import { readCaptureStream } from '../captures.js';
import type { PacketBatch, PacketHealth, PacketSource, SourceFacts } from '../packet-source.js';
import type { Accounting } from './accounting.js';
import type { KeeperLink } from './keeper-link.js';

const SAMPLE_MS = 1000;
const MAX_WARNINGS = 100;
/** The keeper speaks once a second, and a batch is judged in milliseconds: what takes this long hangs. */
const HANGS_MS = 10_000;

export class LiveSource implements PacketSource {
  readonly facts: SourceFacts;
  private stopping = false;
  private iterating = false;
  /** monotonic ms when the packets were given on that are being worked on; undefined: more are waited for */
  private givenMs: number | undefined;
  private readonly timer: NodeJS.Timeout;

  /** @param failure tells why the capture ended, where it could not go on */
  constructor(
    private readonly link: KeeperLink,
    private readonly accounting: Accounting,
    private readonly failure: () => AnomalyError | undefined,
    private readonly limit: number,
  ) {
    this.facts = accounting.facts;
    this.timer = setInterval(() => accounting.sample(), SAMPLE_MS).unref();
  }

  /** Whether the end of the driver is what was asked for. */
  get wanted(): boolean {
    return this.stopping;
  }

  health(nowMs = performance.now()): PacketHealth {
    const { interruption } = this.accounting;
    const since = (ms: number): string => `${Math.round((nowMs - ms) / 1000)} s`;
    if (this.givenMs !== undefined && nowMs - this.givenMs > HANGS_MS) {
      return { interruption, stuck: `the packets that were read last have been worked on for ${since(this.givenMs)}` };
    }
    if (nowMs - this.link.heardMs > HANGS_MS) {
      return {
        interruption,
        stuck: `the process that keeps the capture has said nothing for ${since(this.link.heardMs)}`,
      };
    }
    return { interruption };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PacketBatch> {
    this.iterating = true;
    try {
      for (;;) {
        const stream = await this.link.nextStream();
        if (!stream) break;
        yield* this.packets(stream);
        if (this.accounting.delivered >= this.limit) return;
      }
      const failure = this.failure();
      if (failure) throw failure;
    } finally {
      this.iterating = false;
      await this.release();
    }
  }

  /** The driver gives what it holds, then the iteration ends. A second call ends at once. */
  async close(): Promise<void> {
    const again = this.stopping;
    this.stopping = true;
    this.accounting.freeze(true);
    this.link.stop();
    if (again || !this.iterating) await this.release();
  }

  private async release(): Promise<void> {
    this.stopping = true;
    this.accounting.freeze(false);
    clearInterval(this.timer);
    await this.link.destroy();
    this.accounting.finish();
  }

  private async *packets(stream: Socket): AsyncGenerator<PacketBatch> {
    const { accounting, facts } = this;
    const bytes = bytesOf(stream);
    const first = await bytes.next();
    if (first.done) return;
    const own: SourceFacts = { name: facts.name, format: 'pcap', received: 0, gaps: [], warnings: [] };
    try {
      for await (const batch of readCaptureStream(startingWith(first.value, bytes), facts.name, own)) {
        const count = Math.min(batch.count, this.limit - accounting.delivered);
        accounting.deliver(count, batch.timestampUs[count - 1]);
        this.givenMs = performance.now();
        yield count === batch.count ? batch : firstOf(batch, count);
        this.givenMs = undefined;
        if (accounting.delivered >= this.limit) return;
      }
    } catch (error) {
      if (!(error instanceof AnomalyError)) throw error;
      // cut off inside the header, or nonsense: the next run of the driver begins anew
      if (facts.warnings.length < MAX_WARNINGS) facts.warnings.push(`${error.message} (from the capture process)`);
    } finally {
      stream.destroy();
    }
  }
}

async function* bytesOf(stream: Socket): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch {
    // destroyed: the end of the run
  }
}

async function* startingWith(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

function firstOf(batch: PacketBatch, count: number): PacketBatch {
  const { data, offset, capLen, wireLen, timestampUs, linkType } = batch;
  return { count, data, offset, capLen, wireLen, timestampUs, linkType };
}
