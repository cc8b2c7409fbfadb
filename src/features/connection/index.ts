/** Connection records of Zeek -> feature rows and context. */

import { AnomalyError } from '../../base/errors.js';
import { TIME_BLOCKS } from '../../base/time-blocks.js';
import { ConnRecord } from '../../zeek/record.js';
import { Clock, isUsualSilence } from '../clock.js';
import { COUNTS } from '../counts.js';
import { type Endpoint, type FeatureExtractor, type FeatureSchema, INBOUND, newContext } from '../extractor.js';
import { isTexts, LocalAddresses, PRIVATE_RANGES } from '../local.js';
import { ACTIVITY_COLUMNS, SHAPE_COLUMNS } from './columns.js';
import { ConnKernel } from './connection-kernel.js';
import { formOf } from './form.js';
import { writeHistory } from './history.js';
import { fillTraffic } from './traffic.js';
import { ConnVocabularies, NOVELTY_COLUMNS, RARITY_COLUMNS } from './vocabularies.js';

const STATE_VERSION = 2;
/** A log is in the order of connections' ends, but for those that Zeek waits for: `tcp_inactivity_timeout` is its longest wait. */
const DISORDER_US = 300e6;

const DETECTING = -1;

export interface ConnectionFeatureOptions {
  /** the monitored network's own addresses, for logs whose local_orig and local_resp are unset; default: as saved, else private ranges */
  readonly local?: readonly string[];
  /** with the features about addresses never seen before */
  readonly novelty: boolean;
  /** the format of the flow table that the records are of, which the state keeps; none: of a conn.log */
  readonly log?: string;
}

export class ConnectionFeatures implements FeatureExtractor<ConnRecord> {
  readonly schema: FeatureSchema;
  readonly clock: Clock;
  readonly context = newContext();
  /** all NaN: a log does not show the segment */
  readonly counts = new Float64Array(COUNTS.length).fill(Number.NaN);
  private readonly local: LocalAddresses;
  private vocabularies: ConnVocabularies;
  private readonly blocksKnown: boolean;
  private readonly kernel: ConnKernel;
  private readonly log: string | undefined;
  /** the record in work */
  private record = new ConnRecord();

  /** @param state what `state()` gave, to go on with what training learned; throws BAD_MODEL where it is something else */
  constructor(options: ConnectionFeatureOptions, state?: unknown) {
    this.log = options.log;
    const columns = [...SHAPE_COLUMNS, ...ACTIVITY_COLUMNS, ...RARITY_COLUMNS];
    this.schema = { kind: 'connection', columns: options.novelty ? [...columns, ...NOVELTY_COLUMNS] : columns };
    this.blocksKnown = state === undefined;
    if (state === undefined) {
      this.local = new LocalAddresses(options.local ?? PRIVATE_RANGES);
      this.vocabularies = ConnVocabularies.empty();
      this.clock = new Clock(DISORDER_US);
    } else {
      const saved = state as Partial<Record<'version' | 'local' | 'vocabularies' | 'usualUs', unknown>> | null;
      const usualUs = saved?.usualUs;
      const vocabularies = ConnVocabularies.restore(saved?.vocabularies);
      if (saved?.version !== STATE_VERSION || !vocabularies || !isTexts(saved.local) || !isUsualSilence(usualUs)) {
        throw new AnomalyError(
          'BAD_MODEL',
          'the model holds no connection vocabularies of this version; train it again',
        );
      }
      this.vocabularies = vocabularies;
      this.clock = new Clock(DISORDER_US, usualUs);
      this.local = new LocalAddresses(options.local ?? saved.local);
    }
    const kernel: ConnKernel = new ConnKernel(this.local, this.schema.columns.length, {
      history: (at) => writeHistory(this.record.history, kernel.row, at),
      rarities: (from, to, block, at) => this.vocabularies.write(kernel.keys, from, to, block, kernel.row, at),
      connectionsAtPort: (block) => this.vocabularies.connectionsAtPort(kernel.keys, block),
    });
    this.kernel = kernel;
  }

  /** Counts a record of training into the vocabularies. `block`: its time block, 0 to 4. */
  learn(record: ConnRecord, block: number): void {
    this.tick(record);
    this.kernel.index(record, this.clock);
    this.vocabularies.learn(this.kernel.keys, Math.min(block, TIME_BLOCKS - 1));
    this.fillContext(record);
  }

  /** Ends learning: vocabularies change no more, and counters are empty again. */
  freeze(): void {
    this.vocabularies.freeze();
    this.kernel.freeze();
    this.clock.restart();
  }

  /** Empties all counters and begins the clock anew, as before the first record of a log. */
  restart(): void {
    this.clock.restart();
    this.kernel.restart();
  }

  adopt(learned: ConnectionFeatures): void {
    if (learned.local.list.join() !== this.local.list.join()) {
      throw new AnomalyError(
        'BAD_MODEL',
        'the model was trained with other own addresses (--local) than the one in use',
      );
    }
    this.vocabularies = learned.vocabularies;
    this.kernel.relearn();
  }

  transform(record: ConnRecord, out: Float32Array, from: number, block: number = DETECTING): void {
    const { kernel } = this;
    this.record = record;
    this.tick(record);
    kernel.transform(record, this.clock, this.blocksKnown ? block : DETECTING);
    out.set(kernel.row, from);
    this.fillContext(record);
  }

  /** A row was written when its connection had ended. */
  private tick(record: ConnRecord): void {
    this.clock.take(record.timestampUs + (record.duration > 0 ? Math.round(record.duration * 1e6) : 0));
  }

  private fillContext(record: ConnRecord): void {
    const { clock, context, kernel } = this;
    context.timestampUs = record.timestampUs;
    context.clockUs = clock.nowUs;
    context.wallUs = clock.wallUs;
    context.startUs = record.timestampUs - clock.offsetUs;
    context.replyBytes = Math.max(0, record.respIpBytes);
    context.bytes = Math.max(0, record.origIpBytes) + context.replyBytes;
    context.protocol = record.ipProto >= 0 ? record.ipProto : -2;
    context.servicePort = kernel.servicePort;
    context.initiatorPort = context.servicePort < 0 ? -1 : record.origP;
    context.begun = kernel.begun;
    context.opensFlow = kernel.opens;
    context.form = formOf(record);
    fillTraffic(context.traffic, record, kernel.opens);
    context.probe = kernel.failed && kernel.direction === INBOUND;
    const family = record.ipVersion === 4 ? 4 : 6;
    setEndpoint(context.initiator, family, record.origH, record.origHashLow, record.origHashHigh);
    setEndpoint(context.responder, family, record.respH, record.respHashLow, record.respHashHigh);
    // by the ranges alone: a sensor that was told of no networks marks every host as foreign
    context.initiator.local = this.local.has(context.initiator);
    context.responder.local = this.local.has(context.responder);
  }

  /** What the bundle keeps; JSON-safe. */
  state(): unknown {
    return {
      version: STATE_VERSION,
      local: this.local.list,
      vocabularies: this.vocabularies.save(),
      usualUs: this.clock.usualUs,
      ...(this.log !== undefined && { log: this.log }),
    };
  }
}

function setEndpoint(end: Endpoint, family: 4 | 6, bytes: Uint8Array, hashLow: number, hashHigh: number): void {
  const length = family === 4 ? 4 : 16;
  end.family = family;
  for (let i = 0; i < length; i++) end.bytes[i] = bytes[i];
  end.hashLow = hashLow;
  end.hashHigh = hashHigh;
}
