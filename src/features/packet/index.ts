/** Packet records -> feature rows, context and envelope counts. */

import { AnomalyError } from '../../base/errors.js';
import { TIME_BLOCKS } from '../../base/time-blocks.js';
import type { PacketRecord } from '../../table/record.js';
import {
  Endpoint,
  type FeatureColumn,
  type FeatureExtractor,
  type FeatureSchema,
  type RecordContext,
} from '../extractor.js';
import { Activity, KIND_COLUMNS, WINDOW_COLUMNS } from './activity.js';
import { Envelope } from './envelope.js';
import { FLOW_COLUMNS, Flows } from './flows.js';
import { LocalAddresses, PRIVATE_RANGES } from './local.js';
import { MAC_COLUMNS, Macs } from './macs.js';
import { PACKET_COLUMNS, writePacket } from './per-packet.js';
import { REMOTE_COLUMNS, REMOTE_NOVELTY_COLUMNS, Remotes } from './remotes.js';
import { RHYTHM_COLUMNS, Rhythm } from './rhythm.js';
import { ARP, copyEndpoint, NOT_IP, Scene } from './scene.js';
import { Sides } from './sides.js';
import { DETECTING, RARITY_COLUMNS, RARITY_NOVELTY_COLUMNS, Vocabularies } from './vocabularies.js';

const STATE_VERSION = 2;

const BASE_COLUMNS: readonly FeatureColumn[] = [
  ...PACKET_COLUMNS,
  ...REMOTE_COLUMNS,
  ...WINDOW_COLUMNS,
  ...FLOW_COLUMNS,
  ...KIND_COLUMNS,
  ...RHYTHM_COLUMNS,
  ...RARITY_COLUMNS,
  ...MAC_COLUMNS,
];
/** last, so that a row without them is the beginning of a row with them */
const NOVELTY_COLUMNS: readonly FeatureColumn[] = [...RARITY_NOVELTY_COLUMNS, ...REMOTE_NOVELTY_COLUMNS];

interface PacketFeatureOptions {
  /** the monitored host's own addresses: addresses, CIDR ranges or MAC addresses; default: as saved, else private ranges */
  readonly local?: readonly string[];
  /** with the features about addresses never seen before */
  readonly novelty: boolean;
}

export class PacketFeatures implements FeatureExtractor<PacketRecord> {
  readonly schema: FeatureSchema;
  readonly context: RecordContext;
  readonly counts: Float64Array;
  private readonly novelty: boolean;
  private readonly local: LocalAddresses;
  private readonly vocabularies: Vocabularies;
  private readonly macs: Macs;
  private readonly blocksKnown: boolean;
  private block = DETECTING;
  private readonly scene = new Scene();
  private readonly flows = new Flows(this.scene);
  private readonly sides = new Sides(this.scene);
  private readonly activity = new Activity();
  private readonly rhythm = new Rhythm();
  private readonly remotes = new Remotes();
  private readonly envelope = new Envelope();

  /** @param state what `state()` gave, to go on with what training learned; throws BAD_MODEL where it is something else */
  constructor(options: PacketFeatureOptions, state?: unknown) {
    this.novelty = options.novelty;
    this.schema = {
      kind: 'packet',
      columns: options.novelty ? [...BASE_COLUMNS, ...NOVELTY_COLUMNS] : BASE_COLUMNS,
    };
    this.context = {
      timestampUs: 0,
      bytes: 0,
      replyBytes: 0,
      protocol: -2,
      initiator: new Endpoint(),
      responder: new Endpoint(),
      initiatorPort: -1,
      servicePort: -1,
      fromInitiator: true,
      probe: false,
      opensFlow: false,
      sourceMac: -1,
    };
    this.counts = this.envelope.counts;
    this.blocksKnown = state === undefined;
    if (state === undefined) {
      this.local = new LocalAddresses(options.local ?? PRIVATE_RANGES);
      this.vocabularies = Vocabularies.empty();
      this.macs = new Macs();
      return;
    }
    const saved = state as { version?: unknown; local?: unknown; vocabularies?: unknown; macs?: unknown } | null;
    const vocabularies = Vocabularies.restore(saved?.vocabularies);
    const macs = Macs.restore(saved?.macs);
    const local = saved?.local;
    if (saved?.version !== STATE_VERSION || !vocabularies || !macs || !isTexts(local)) {
      throw new AnomalyError('BAD_MODEL', 'the model holds no packet vocabularies of this version; train it again');
    }
    this.vocabularies = vocabularies;
    this.macs = macs;
    this.local = new LocalAddresses(options.local ?? local);
  }

  /** Counts a record of training into the vocabularies. `block`: its time block, 0 to 4. */
  learn(record: PacketRecord, block: number): void {
    this.follow(record);
    this.vocabularies.learn(record, this.scene, this.flows, this.sides, Math.min(block, TIME_BLOCKS - 1));
    this.macs.learn(record, this.scene);
  }

  /** Ends learning: vocabularies change no more, and counters are empty again. */
  freeze(): void {
    this.vocabularies.freeze();
    this.restart();
  }

  /** Empties all counters and flows, as before the first record of a recording. */
  restart(): void {
    for (const part of [this.flows, this.activity, this.rhythm, this.remotes, this.macs, this.envelope]) part.clear();
    this.scene.restart();
  }

  /**
   * As the interface says. Each training block begins with empty counters, as detection does: so the model learns how
   * traffic looks while counters fill, and how often flows are joined in their middle.
   */
  transform(record: PacketRecord, out: Float32Array, from: number, block: number = DETECTING): void {
    if (block !== this.block) {
      this.restart();
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
    let at = writePacket(record, scene, sides, flows.servicePort, activity, out, from);
    at = remotes.write(out, at);
    at = activity.writeWindows(out, at);
    at = flows.write(scene, out, at);
    at = activity.writeKinds(record, scene, out, at);
    at = rhythm.write(scene, activity, out, at);
    at = vocabularies.write(record, scene, flows, sides, leftOut, out, at);
    at = macs.write(out, at);
    if (this.novelty) {
      at = vocabularies.writeNovelty(record, scene, flows, sides, leftOut, out, at);
      remotes.writeNovelty(vocabularies.knowsRemote(sides, leftOut), out, at);
    }
    this.envelope.measure(record, scene, flows, activity, macs);
    this.fillContext(record);
  }

  private follow(record: PacketRecord): void {
    this.scene.set(record, this.local);
    this.flows.follow(record, this.scene);
    this.sides.set(this.scene, this.flows);
  }

  private fillContext(record: PacketRecord): void {
    const { context, flows, scene } = this;
    context.timestampUs = record.timestampUs;
    context.bytes = record.frameLen;
    context.protocol = scene.protocol === ARP ? -1 : scene.protocol === NOT_IP ? -2 : record.ipProto;
    copyEndpoint(flows.initiator, context.initiator);
    copyEndpoint(flows.responder, context.responder);
    context.initiatorPort = flows.initiatorPort;
    context.servicePort = flows.servicePort;
    context.fromInitiator = flows.fromInitiator;
    context.replyBytes = flows.fromInitiator ? 0 : record.frameLen;
    context.opensFlow = flows.opens;
    context.sourceMac = record.ethSrc;
  }

  state(): unknown {
    return {
      version: STATE_VERSION,
      local: this.local.list,
      vocabularies: this.vocabularies.save(),
      macs: this.macs.save(),
    };
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
