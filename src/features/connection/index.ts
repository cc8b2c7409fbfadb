/** Connection records of Zeek -> feature rows, context and envelope counts. */

import { AnomalyError } from '../../base/errors.js';
import type { ConnRecord } from '../../zeek/record.js';
import { LocalAddresses, PRIVATE_RANGES } from '../packet/local.js';
import { Endpoint, type FeatureExtractor, type FeatureSchema, type RecordContext, TRANSIT } from '../types.js';
import { TIME_BLOCKS } from '../vocabulary.js';
import { ACTIVITY_COLUMNS, ConnActivity } from './activity.js';
import { ConnScene } from './scene.js';
import { SHAPE_COLUMNS, writeShape } from './shape.js';
import { ConnVocabularies, NOVELTY_COLUMNS, RARITY_COLUMNS } from './vocabularies.js';

const STATE_VERSION = 1;
const DETECTING = -1;

export interface ConnectionFeatureOptions {
  /** the monitored network's own addresses, for logs whose local_orig and local_resp are unset; default: as saved, else private ranges */
  readonly local?: readonly string[];
  /** with the features about addresses never seen before */
  readonly novelty: boolean;
}

export class ConnectionFeatures implements FeatureExtractor<ConnRecord> {
  readonly schema: FeatureSchema;
  readonly context: RecordContext;
  readonly counts: Float64Array;
  private readonly novelty: boolean;
  private readonly local: LocalAddresses;
  private readonly vocabularies: ConnVocabularies;
  private readonly blocksKnown: boolean;
  private readonly scene: ConnScene;
  private readonly activity = new ConnActivity();

  /** @param state what `state()` gave, to go on with what training learned; throws BAD_MODEL where it is something else */
  constructor(options: ConnectionFeatureOptions, state?: unknown) {
    this.novelty = options.novelty;
    const columns = [...SHAPE_COLUMNS, ...ACTIVITY_COLUMNS, ...RARITY_COLUMNS];
    this.schema = { kind: 'connection', columns: options.novelty ? [...columns, ...NOVELTY_COLUMNS] : columns };
    this.context = {
      timestampUs: 0,
      bytes: 0,
      protocol: -2,
      initiator: new Endpoint(),
      responder: new Endpoint(),
      initiatorPort: -1,
      servicePort: -1,
      fromInitiator: true,
      direction: TRANSIT,
      opensFlow: true,
      sourceMac: -1,
    };
    this.scene = new ConnScene(this.context.initiator, this.context.responder);
    this.counts = this.activity.counts;
    this.blocksKnown = state === undefined;
    if (state === undefined) {
      this.local = new LocalAddresses(options.local ?? PRIVATE_RANGES);
      this.vocabularies = ConnVocabularies.empty();
      return;
    }
    const saved = state as { version?: unknown; local?: unknown; vocabularies?: unknown } | null;
    const vocabularies = ConnVocabularies.restore(saved?.vocabularies);
    if (saved?.version !== STATE_VERSION || !vocabularies || !isTexts(saved.local)) {
      throw new AnomalyError('BAD_MODEL', 'the model holds no connection vocabularies of this version; train it again');
    }
    this.vocabularies = vocabularies;
    this.local = new LocalAddresses(options.local ?? saved.local);
  }

  /** Counts a record of training into the vocabularies. `block`: its time block, 0 to 4. */
  learn(record: ConnRecord, block: number): void {
    this.scene.set(record, this.local);
    this.vocabularies.learn(record, this.scene, Math.min(block, TIME_BLOCKS - 1));
    this.fillContext(record);
  }

  /** Ends learning: vocabularies change no more, and counters are empty again. */
  freeze(): void {
    this.vocabularies.freeze();
    this.restart();
  }

  /** Empties all counters, as before the first record of a log. */
  restart(): void {
    this.activity.clear();
    this.scene.restart();
  }

  transform(record: ConnRecord, out: Float32Array, from: number, block: number = DETECTING): void {
    const { scene, activity } = this;
    scene.set(record, this.local);
    activity.count(record, scene);
    let at = writeShape(record, scene, out, from);
    at = activity.write(out, at);
    this.vocabularies.write(record, scene, activity, this.novelty, this.blocksKnown ? block : DETECTING, out, at);
    this.fillContext(record);
  }

  private fillContext(record: ConnRecord): void {
    const { context, scene } = this;
    context.timestampUs = scene.timestampUs;
    context.bytes = Math.max(0, record.origIpBytes) + Math.max(0, record.respIpBytes);
    context.protocol = record.ipProto >= 0 ? record.ipProto : -2;
    context.initiatorPort = scene.servicePort < 0 ? -1 : record.origP;
    context.servicePort = scene.servicePort;
    context.direction = scene.direction;
  }

  /** What the bundle keeps; JSON-safe. */
  state(): unknown {
    return { version: STATE_VERSION, local: this.local.list, vocabularies: this.vocabularies.save() };
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
