/** The vocabularies of training and the rarity features they give. */

import { type ConnRecord, ICMP, OTHER } from '../../zeek/record.js';
import { Key } from '../hash.js';
import { isPrivate } from '../packet/local.js';
import type { FeatureColumn, FeatureGroup } from '../types.js';
import { Vocabulary } from '../vocabulary.js';
import type { ConnScene } from './scene.js';

/** Values kept a vocabulary. */
const LIMIT = 32_768;

/** Ports from here on are a value of their own only when seen in enough connections; the others share one. */
const FIRST_POOLED_PORT = 1024;
const OWN_VALUE_CONNECTIONS = 3;
const POOL = 65_536;

interface Word {
  readonly name: string;
  readonly doc: string;
  readonly group: FeatureGroup;
  /** the value of this record */
  readonly key: (k: Key, record: ConnRecord, scene: ConnScene, port: number) => Key;
}

const rarity = (name: string, doc: string, key: Word['key'], group: FeatureGroup = 'rarity'): Word => {
  return { name: `rarity_${name}`, doc, group, key };
};

/** Half powers of two: values within a fifth of each other are one. */
const step = (value: number): number => (value > 0 ? 1 + Math.floor(2 * Math.log2(1 + value)) : value < 0 ? -1 : 0);

/** of the record at hand: several words are made of these, hashed once */
const serviceHash = new Key();
const historyHash = new Key();
function hashTexts({ service, history }: ConnRecord): void {
  serviceHash.start(1).addBytes(service.bytes, 0, service.length);
  historyHash.start(2).addBytes(history.bytes, 0, history.length);
}

const service = (k: Key): Key => k.addPair(serviceHash.low, serviceHash.high);
const history = (k: Key): Key => k.addPair(historyHash.low, historyHash.high);

/** Also where the service lives; for strangers their network: /24 or /48. */
const place = (k: Key, scene: ConnScene, end: 'initiator' | 'responder'): Key => {
  const { family, bytes, hashLow, hashHigh } = scene[end];
  if (isPrivate(scene[end])) return k.addPair(hashLow, hashHigh);
  return k.add(family).addBytes(bytes, 0, family === 4 ? 3 : 6);
};

const WORDS: readonly Word[] = [
  rarity('port', 'protocol and responder port', (k, _, s, port) => k.start(s.protocol).add(port)),
  rarity('service', 'application protocols', (k, r) => service(k.start(r.proto))),
  rarity('service_port', 'application protocols and responder port', (k, _, __, port) => service(k.start(port))),
  rarity('state', 'protocol, application protocols and connection state', (k, r) =>
    service(k.start(r.proto).add(r.connState)),
  ),
  rarity('port_state', 'protocol, responder port and connection state', (k, r, s, port) =>
    k.start(s.protocol).add(port).add(r.connState),
  ),
  rarity('port_place', 'protocol, responder port, and which sides are local', (k, _, s, port) =>
    k.start(s.protocol).add(port).add(s.direction),
  ),
  rarity('history', 'protocol and history', (k, r) => history(k.start(r.proto))),
  rarity('port_history', 'responder port and history', (k, _, __, port) => history(k.start(port))),
  rarity('size_up', "responder port and originator's payload (half powers of two)", (k, r, _, port) =>
    k.start(r.proto).add(port).add(step(r.origBytes)),
  ),
  rarity('size_down', "responder port and responder's payload (half powers of two)", (k, r, _, port) =>
    k.start(r.proto).add(port).add(step(r.respBytes)),
  ),
  rarity('duration', 'responder port and duration (half powers of two)', (k, r, _, port) =>
    k
      .start(r.proto)
      .add(port)
      .add(step(r.duration * 1000)),
  ),
  rarity(
    'originator',
    "originator's network (/24, /48; private: the host)",
    (k, _, s) => place(k.start(1), s, 'initiator'),
    'novelty',
  ),
  rarity(
    'responder',
    "responder's network (/24, /48; private: the host)",
    (k, _, s) => place(k.start(2), s, 'responder'),
    'novelty',
  ),
  rarity(
    'responder_port',
    'this service on this responder',
    (k, _, s, port) => k.start(s.protocol).add(port).addPair(s.responder.hashLow, s.responder.hashHigh),
    'novelty',
  ),
];

const column = ({ name, doc, group }: Word): FeatureColumn => {
  return { name, unit: 'bits', doc: `rarity in training of ${doc}`, group, binary: false };
};
const BASE = WORDS.filter((word) => word.group !== 'novelty').length;
/** by word; those of the novelty group come last */
export const RARITY_COLUMNS: readonly FeatureColumn[] = WORDS.slice(0, BASE).map(column);
export const NOVELTY_COLUMNS: readonly FeatureColumn[] = WORDS.slice(BASE).map(column);

export class ConnVocabularies {
  private readonly key = new Key();

  /** @param ports connections by protocol and port, before pooling */
  private constructor(
    private readonly ports: Vocabulary,
    private readonly words: readonly Vocabulary[],
  ) {}

  static empty(): ConnVocabularies {
    return new ConnVocabularies(
      new Vocabulary(LIMIT),
      WORDS.map(() => new Vocabulary(LIMIT)),
    );
  }

  learn(record: ConnRecord, scene: ConnScene, block: number): void {
    hashTexts(record);
    const port = this.portValue(record, scene, -1);
    const k = this.key.start(scene.protocol).add(scene.servicePort);
    this.ports.learn(k.low, k.high, block);
    for (let i = 0; i < WORDS.length; i++) {
      WORDS[i].key(this.key, record, scene, port);
      this.words[i].learn(this.key.low, this.key.high, block);
    }
  }

  freeze(): void {
    this.ports.freeze();
    for (const word of this.words) word.freeze();
  }

  /** Writes the base columns, and those of the novelty group where asked. `block`: the training block left out, or -1. */
  write(record: ConnRecord, scene: ConnScene, novelty: boolean, block: number, out: Float32Array, at: number): number {
    hashTexts(record);
    const port = this.portValue(record, scene, block);
    const count = novelty ? WORDS.length : BASE;
    const { key, words } = this;
    for (let i = 0; i < count; i++) {
      WORDS[i].key(key, record, scene, port);
      words[i].writeBits(key.low, key.high, block, out, at + i);
    }
    return at + count;
  }

  /** The port, ICMP's type and code, or the IP protocol; rare high ports are one value. */
  private portValue(record: ConnRecord, scene: ConnScene, block: number): number {
    if (record.proto === ICMP) return 256 * record.origP + record.respP;
    if (record.proto === OTHER) return record.ipProto;
    const port = scene.servicePort;
    if (port < FIRST_POOLED_PORT) return port;
    const k = this.key.start(scene.protocol).add(port);
    return this.ports.count(k.low, k.high, block) < OWN_VALUE_CONNECTIONS ? POOL : port;
  }

  save(): Record<string, unknown> {
    const words = WORDS.map((word, i) => [word.name, this.words[i].save()]);
    return { ports: this.ports.save(), ...Object.fromEntries(words) };
  }

  /** Undefined where `saved` is not what `save` gave. */
  static restore(saved: unknown): ConnVocabularies | undefined {
    const from = (saved ?? {}) as Record<string, unknown>;
    const ports = Vocabulary.restore(LIMIT, from.ports);
    const words = WORDS.map((word) => Vocabulary.restore(LIMIT, from[word.name]));
    return ports && words.every((word) => word !== undefined) ? new ConnVocabularies(ports, words) : undefined;
  }
}
