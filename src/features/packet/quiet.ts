/**
 * Quiet hours, made of busy ones: a part of the training's packets, as if the rest had not happened. A capture of some busy
 * minutes says little about a night, when the same things happen one by one; a model that has seen them only in company
 * would find each of them odd.
 *
 * What a host begins within a second is kept together or left out together, with all packets of its flows. Between what is
 * kept more time seems to pass than did.
 */
import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import type { Clock } from '../clock.js';
import type { Endpoint, RecordContext } from '../extractor.js';
import { FLOWS, type Flows } from './flows.js';

/** One of so many seconds of a host is kept. */
const ONE_OF = 8;
/** By so much the time between them is stretched, in turns: from somewhat quieter than training to one thing at a time. */
const STRETCHES = [1, 4, 16, 64] as const;
const SECOND_US = 1e6;
const QUIET_KEY = 60;

/** What is needed of the extractor. */
interface PacketRows {
  readonly clock: Clock;
  readonly context: RecordContext;
  readonly flows: Flows;
  transform(record: PacketRecord, out: Float32Array, at: number, block: number): void;
}

export class QuietHours {
  private readonly kept = new Uint8Array(FLOWS);
  private startUs = Number.NaN;
  private turn = 0;
  private readonly key = new Key();

  /** @param all sees every packet first; @param few the packets that are kept */
  constructor(
    private readonly all: PacketRows,
    private readonly few: PacketRows,
  ) {}

  get context(): RecordContext {
    return this.few.context;
  }

  /** Writes the row of the packet that `all` has just transformed, if it is one of those kept. */
  transform(record: PacketRecord, out: Float32Array, at: number, block: number): boolean {
    const { slot, starts, initiator } = this.all.flows;
    const nowUs = this.all.clock.nowUs;
    if (starts) this.kept[slot] = this.keeps(initiator, nowUs) ? 1 : 0;
    if (this.kept[slot] === 0) return false;
    if (starts) this.begin(nowUs);
    this.few.transform(record, out, at, block);
    return true;
  }

  private keeps(host: Endpoint, nowUs: number): boolean {
    const key = this.key
      .start(QUIET_KEY)
      .addPair(host.hashLow, host.hashHigh)
      .addWide(Math.floor(nowUs / SECOND_US));
    return (key.low >>> 0) % ONE_OF === 0;
  }

  private begin(nowUs: number): void {
    const passedUs = nowUs - this.startUs;
    if (passedUs < SECOND_US) return;
    this.startUs = nowUs;
    if (!(passedUs > 0)) return;
    const stretch = STRETCHES[this.turn++ % STRETCHES.length] ?? 1;
    this.few.clock.skip((stretch - 1) * passedUs);
  }
}
