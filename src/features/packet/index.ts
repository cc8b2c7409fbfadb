/** Packet records -> feature rows, context and envelope counts. */

import { AnomalyError } from '../../base/errors.js';
import { TIME_BLOCKS } from '../../base/time-blocks.js';
import { PacketRecord } from '../../table/record.js';
import { Clock, isUsualSilence } from '../clock.js';
import { type FeatureExtractor, type FeatureSchema, newContext } from '../extractor.js';
import { isTexts, LocalAddresses, PRIVATE_RANGES } from '../local.js';
import { columnsOf, type Rows, RowWriter } from '../table.js';
import { Activity } from './activity.js';
import { rows, rowsWithNovelty } from './columns/index.js';
import { Envelope } from './envelope.js';
import { Flows } from './flows.js';
import { PacketForm } from './form.js';
import { Macs } from './macs.js';
import type { PacketParts } from './parts.js';
import { Questions } from './questions.js';
import { QuietHours } from './quiet.js';
import { Remotes } from './remotes.js';
import { Rhythm } from './rhythm.js';
import { ARP, copyEndpoint, DISORDER_SECONDS, NOT_IP, Scene } from './scene.js';
import { Sides } from './sides.js';
import { fillTraffic } from './traffic.js';
import { DETECTING, Vocabularies } from './vocabularies.js';

const STATE_VERSION = 3;

const DISORDER_US = DISORDER_SECONDS * 1e6;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface PacketFeatureOptions {
  /** the monitored host's own addresses: addresses, CIDR ranges or MAC addresses; default: as saved, else private ranges */
  readonly local?: readonly string[];
  /** with the features about addresses never seen before */
  readonly novelty: boolean;
}

export class PacketFeatures implements FeatureExtractor<PacketRecord> {
  readonly schema: FeatureSchema;
  readonly clock: Clock;
  readonly context = newContext();
  readonly counts: Float64Array;
  private readonly rows: Rows<PacketParts>;
  private readonly writer = new RowWriter();
  private readonly parts: Writable<PacketParts>;
  private local: LocalAddresses;
  private vocabularies: Vocabularies;
  private macs: Macs;
  private readonly blocksKnown: boolean;
  private readonly novelty: boolean;
  private block = DETECTING;
  /** while learning: the block of the record last learned, and its beginning in s */
  private learnedBlock = DETECTING;
  private blockStart = 0;
  private readonly scene = new Scene();
  readonly flows = new Flows(this.scene);
  private readonly sides = new Sides(this.scene);
  private readonly activity = new Activity();
  private readonly rhythm = new Rhythm();
  private readonly remotes = new Remotes();
  private readonly envelope = new Envelope();
  private readonly questions = new Questions();
  private readonly form = new PacketForm();

  /**
   * @param state what `state()` gave, to go on with what training learned; throws BAD_MODEL where it is something else
   * @param like shares what it learned, in training: blocks are left out here too
   */
  constructor(options: PacketFeatureOptions, state?: unknown, like?: PacketFeatures) {
    this.counts = this.envelope.counts;
    this.blocksKnown = state === undefined;
    if (like) {
      this.local = like.local;
      this.vocabularies = like.vocabularies.share();
      this.macs = like.macs.share();
      this.flows.longest = like.flows.longest;
      this.clock = new Clock(DISORDER_US);
    } else if (state === undefined) {
      this.local = new LocalAddresses(options.local ?? PRIVATE_RANGES);
      this.vocabularies = Vocabularies.empty();
      this.macs = new Macs();
      this.clock = new Clock(DISORDER_US);
    } else {
      const saved = state as Partial<
        Record<'version' | 'local' | 'vocabularies' | 'macs' | 'usualUs' | 'longestS' | 'longestB', unknown>
      > | null;
      const vocabularies = Vocabularies.restore(saved?.vocabularies);
      const macs = Macs.restore(saved?.macs);
      const { local, usualUs, longestS, longestB } = saved ?? {};
      const numbers = isUsualSilence(usualUs) && isLength(longestS) && isLength(longestB);
      if (saved?.version !== STATE_VERSION || !vocabularies || !macs || !isTexts(local) || !numbers) {
        throw new AnomalyError('BAD_MODEL', 'the model holds no packet vocabularies of this version; train it again');
      }
      this.vocabularies = vocabularies;
      this.macs = macs;
      this.clock = new Clock(DISORDER_US, usualUs);
      this.flows.longest = longestS;
      this.form.longest = longestB;
      this.local = new LocalAddresses(options.local ?? local);
    }
    this.novelty = options.novelty;
    const { scene, flows, sides, activity, rhythm, remotes, macs, vocabularies } = this;
    const record = new PacketRecord();
    this.parts = { record, scene, flows, sides, activity, rhythm, remotes, macs, vocabularies, leftOut: DETECTING };
    this.rows = options.novelty ? rowsWithNovelty : rows;
    this.schema = { kind: 'packet', columns: columnsOf(this.rows, this.parts) };
  }

  /** Counts a record of training into the vocabularies. `block`: its time block, 0 to 4. */
  learn(record: PacketRecord, block: number): void {
    this.follow(record);
    this.learnSpan(block);
    this.vocabularies.learn(record, this.scene, this.flows, this.sides, Math.min(block, TIME_BLOCKS - 1));
    this.macs.learn(record, this.scene);
    this.form.learn(record);
    this.fillContext(record);
  }

  /** Counters begin anew with each block of training, so none was older than the longest block. */
  private learnSpan(block: number): void {
    const { scene, flows } = this;
    if (block !== this.learnedBlock) {
      this.learnedBlock = block;
      this.blockStart = scene.seconds;
    }
    flows.longest = Math.max(flows.longest, scene.seconds - this.blockStart);
  }

  /** Ends learning: vocabularies change no more, and counters are empty again. */
  freeze(): void {
    this.vocabularies.freeze();
    this.macs.freeze();
    this.restart();
  }

  /** Empties all counters and flows and begins the clock anew, as before the first record of a recording. */
  restart(): void {
    this.clock.restart();
    this.empty();
  }

  /** Flows keep what they remember of how they began; who is at which MAC address is heard anew. */
  adopt(learned: PacketFeatures): void {
    const { parts, flows, form } = this;
    this.local = learned.local;
    this.vocabularies = parts.vocabularies = this.vocabularies.with(learned.vocabularies);
    this.macs = parts.macs = learned.macs;
    flows.longest = learned.flows.longest;
    form.longest = learned.form.longest;
  }

  quietHours(): QuietHours {
    return new QuietHours(this, new PacketFeatures({ novelty: this.novelty }, undefined, this));
  }

  private empty(): void {
    const { flows, activity, rhythm, remotes, macs, envelope, questions } = this;
    for (const part of [flows, activity, rhythm, remotes, macs, envelope, questions]) part.clear();
    this.scene.restart();
  }

  /**
   * As the interface says. Each training block begins with empty counters, as detection does: so the model learns how
   * traffic looks while counters fill, and how often flows are joined in their middle.
   */
  transform(record: PacketRecord, out: Float32Array, from: number, block: number = DETECTING): void {
    if (block !== this.block) {
      this.empty();
      this.block = block;
    }
    const { scene, flows, sides, vocabularies, activity, rhythm, remotes, macs } = this;
    const leftOut = this.blocksKnown ? block : DETECTING;
    this.follow(record);
    activity.count(record, scene, flows, sides);
    rhythm.count(record, scene, flows, activity);
    remotes.count(record.frameLen, scene, sides);
    macs.look(record, scene);
    vocabularies.look(record, scene, flows, sides, leftOut);
    this.parts.record = record;
    this.parts.leftOut = leftOut;
    this.writer.write(this.rows, this.parts, out, from);
    this.envelope.measure(record, scene, macs);
    this.fillContext(record);
    this.context.traffic.unasked = this.questions.unasked(record, scene, macs);
  }

  private follow(record: PacketRecord): void {
    this.clock.take(record.timestampUs);
    this.scene.set(record, this.clock.nowUs, this.local);
    this.flows.follow(record, this.scene);
    this.sides.set(this.scene, this.flows);
  }

  private fillContext(record: PacketRecord): void {
    const { clock, context, flows, scene, macs } = this;
    context.timestampUs = record.timestampUs;
    context.clockUs = clock.nowUs;
    context.wallUs = clock.wallUs;
    context.startUs = context.clockUs;
    context.bytes = record.frameLen;
    context.protocol = scene.protocol === ARP ? -1 : scene.protocol === NOT_IP ? -2 : record.ipProto;
    copyEndpoint(flows.initiator, context.initiator);
    copyEndpoint(flows.responder, context.responder);
    context.initiatorPort = flows.initiatorPort;
    context.servicePort = flows.servicePort;
    context.fromInitiator = flows.fromInitiator;
    context.replyBytes = flows.fromInitiator ? 0 : record.frameLen;
    context.opensFlow = flows.opens;
    context.begun = flows.begun;
    context.sourceMac = record.ethSrc;
    fillTraffic(context.traffic, record, scene, flows, macs);
    context.form = this.form.of(record, scene, flows);
    context.formerMac = macs.formerMac;
    if (macs.formerMac >= 0) copyEndpoint(macs.moved, context.moved);
    context.formerRoutes = macs.formerRoutes;
    context.formerPresent = macs.formerPresent;
  }

  state(): unknown {
    return {
      version: STATE_VERSION,
      local: this.local.list,
      vocabularies: this.vocabularies.save(),
      macs: this.macs.save(),
      usualUs: this.clock.usualUs,
      longestS: this.flows.longest,
      longestB: this.form.longest,
    };
  }
}

/** A length of something, in whatever unit. */
function isLength(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value);
}
