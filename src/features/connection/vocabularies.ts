/** The vocabularies of training and the rarity features they give. */

import { Key } from '../../base/hash.js';
import { type ConnRecord, ICMP, OTHER } from '../../zeek/record.js';
import { isPrivate } from '../packet/local.js';
import { RowMemo } from '../row-memo.js';
import type { Endpoint, FeatureColumn, FeatureGroup } from '../types.js';
import { Vocabulary } from '../vocabulary.js';
import { type ConnActivity, SERVICES } from './activity.js';
import type { ConnScene } from './scene.js';

/** Values kept a vocabulary. */
const LIMIT = 32_768;

/** Ports from here on are a value of their own only when seen in enough connections; the others share one. */
const FIRST_POOLED_PORT = 1024;
const OWN_VALUE_CONNECTIONS = 3;
const POOL = 65_536;

/** Values given to `step` by table. */
const SMALL = 4096;
const STEPS = Uint8Array.from({ length: SMALL }, (_, n) => (n > 0 ? 1 + Math.floor(2 * Math.log2(1 + n)) : 0));

/** Half powers of two: values within a fifth of each other are one. */
function step(value: number): number {
  if (value <= 0) return value < 0 ? -1 : 0;
  if (value < SMALL && Number.isInteger(value)) return STEPS[value];
  return 1 + Math.floor(2 * Math.log2(1 + value));
}

interface Word {
  readonly name: string;
  readonly doc: string;
  readonly group: FeatureGroup;
}

const rarity = (name: string, doc: string, group: FeatureGroup = 'rarity'): Word => {
  return { name: `rarity_${name}`, doc, group };
};

/** Words in groups that depend on the same values of a record: rows alike in these are looked up once. */
const SERVICE_WORDS: readonly Word[] = [
  rarity('port', 'protocol and responder port'),
  rarity('service', 'application protocols'),
  rarity('service_port', 'application protocols and responder port'),
  rarity('state', 'protocol, application protocols and connection state'),
  rarity('port_state', 'protocol, responder port and connection state'),
  rarity('port_place', 'protocol, responder port, and which sides are local'),
];
const HISTORY_WORDS: readonly Word[] = [
  rarity('history', 'protocol and history'),
  rarity('port_history', 'responder port and history'),
];
const SIZE_WORDS: readonly Word[] = [
  rarity('size_up', "responder port and originator's payload (half powers of two)"),
  rarity('size_down', "responder port and responder's payload (half powers of two)"),
  rarity('duration', 'responder port and duration (half powers of two)'),
];
const ORIGINATOR_WORDS: readonly Word[] = [
  rarity('originator', "originator's network (/24, /48; private: the host)", 'novelty'),
];
const RESPONDER_WORDS: readonly Word[] = [
  rarity('responder', "responder's network (/24, /48; private: the host)", 'novelty'),
  rarity('responder_port', 'this service on this responder', 'novelty'),
];
const WORDS = [...SERVICE_WORDS, ...HISTORY_WORDS, ...SIZE_WORDS, ...ORIGINATOR_WORDS, ...RESPONDER_WORDS];
const HISTORY = SERVICE_WORDS.length;
const SIZES = HISTORY + HISTORY_WORDS.length;
const ORIGINATOR = SIZES + SIZE_WORDS.length;
const RESPONDER = ORIGINATOR + ORIGINATOR_WORDS.length;

const column = ({ name, doc, group }: Word): FeatureColumn => {
  return { name, unit: 'bits', doc: `rarity in training of ${doc}`, group, binary: false };
};
/** by word; those of the novelty group come last */
export const RARITY_COLUMNS: readonly FeatureColumn[] = WORDS.slice(0, ORIGINATOR).map(column);
export const NOVELTY_COLUMNS: readonly FeatureColumn[] = WORDS.slice(ORIGINATOR).map(column);

/**
 * What is known of a service in work, which does not change from one connection to the next: the training block that it
 * was found out for, 2 higher so that 0 is none; the port's value; the bits of the novelty group.
 */
const KNOWN = 8;
const PORT_VALUE = 1;
const NOVELTY = 2;

export class ConnVocabularies {
  private readonly key = new Key();
  /** two halves of each word's key for the record at hand */
  private readonly keys = new Int32Array(2 * WORDS.length);
  private readonly services = new RowMemo(4096, SERVICE_WORDS.length);
  private readonly histories = new RowMemo(4096, HISTORY_WORDS.length);
  private readonly sizes = new RowMemo(16_384, SIZE_WORDS.length);
  /** by service slot: see KNOWN */
  private readonly known = new Int32Array(SERVICES * KNOWN);
  /** the same memory */
  private readonly knownBits = new Float32Array(this.known.buffer);

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
    const port = this.portValue(record, scene, -1);
    const k = this.key.start(scene.protocol).add(scene.servicePort);
    this.ports.learn(k.low, k.high, block);
    this.serviceKeys(record, scene, port);
    this.historyKeys(record, port);
    this.sizeKeys(scene.protocol, port, step(record.origBytes), step(record.respBytes), step(record.duration * 1000));
    this.originatorKeys(scene);
    this.responderKeys(scene, port);
    const { keys, words } = this;
    for (let i = 0; i < WORDS.length; i++) words[i].learn(keys[2 * i], keys[2 * i + 1], block);
  }

  freeze(): void {
    this.ports.freeze();
    for (const word of this.words) word.freeze();
    for (const memo of [this.services, this.histories, this.sizes]) memo.clear();
    this.known.fill(0);
  }

  /**
   * Writes the base columns, and those of the novelty group where asked.
   * @param activity that counted the record: which service it is, and whether a new one
   * @param block the training block left out, or -1
   */
  write(
    record: ConnRecord,
    scene: ConnScene,
    activity: ConnActivity,
    novelty: boolean,
    block: number,
    out: Float32Array,
    at: number,
  ): number {
    const { key, services, histories, sizes } = this;
    const known = activity.service * KNOWN;
    // what has no port is told apart by more than its service slot
    if (activity.newService || scene.servicePort < 0 || this.known[known] !== block + 2) {
      this.meet(record, scene, novelty, block, known);
    }
    const port = this.known[known + PORT_VALUE];
    key.start(block).add((record.connState << 8) | (scene.direction << 4) | scene.protocol);
    key.add(port).addPair(record.serviceHashLow, record.serviceHashHigh);
    if (!services.find(key.low, key.high, out, at)) {
      this.serviceKeys(record, scene, port);
      this.lookUp(0, HISTORY, block, out, at);
      services.keep(out, at);
    }
    key.start(block).add(scene.protocol).add(port).addPair(record.historyHashLow, record.historyHashHigh);
    if (!histories.find(key.low, key.high, out, at + HISTORY)) {
      this.historyKeys(record, port);
      this.lookUp(HISTORY, SIZES, block, out, at);
      histories.keep(out, at + HISTORY);
    }
    const up = step(record.origBytes);
    const down = step(record.respBytes);
    const length = step(record.duration * 1000);
    key
      .start(block)
      .add((up << 24) ^ (down << 16) ^ (length << 8) ^ scene.protocol)
      .add(port);
    if (!sizes.find(key.low, key.high, out, at + SIZES)) {
      this.sizeKeys(scene.protocol, port, up, down, length);
      this.lookUp(SIZES, ORIGINATOR, block, out, at);
      sizes.keep(out, at + SIZES);
    }
    if (!novelty) return at + ORIGINATOR;
    for (let i = ORIGINATOR; i < WORDS.length; i++) out[at + i] = this.knownBits[known + NOVELTY + i - ORIGINATOR];
    return at + WORDS.length;
  }

  /** Finds out what is known of a service. */
  private meet(record: ConnRecord, scene: ConnScene, novelty: boolean, block: number, known: number): void {
    const port = this.portValue(record, scene, block);
    this.known[known] = block + 2;
    this.known[known + PORT_VALUE] = port;
    if (!novelty) return;
    this.originatorKeys(scene);
    this.responderKeys(scene, port);
    this.lookUp(ORIGINATOR, WORDS.length, block, this.knownBits, known + NOVELTY - ORIGINATOR);
  }

  private lookUp(from: number, to: number, block: number, out: Float32Array, at: number): void {
    const { keys, words } = this;
    for (let i = from; i < to; i++) words[i].writeBits(keys[2 * i], keys[2 * i + 1], block, out, at + i);
  }

  private put(word: number, key: Key): void {
    this.keys[2 * word] = key.low;
    this.keys[2 * word + 1] = key.high;
  }

  /** in the order of SERVICE_WORDS */
  private serviceKeys(record: ConnRecord, { protocol, direction }: ConnScene, port: number): void {
    const { key: k } = this;
    const { connState: state, serviceHashLow, serviceHashHigh } = record;
    this.put(0, k.start(protocol).add(port));
    this.put(1, k.start(protocol).addPair(serviceHashLow, serviceHashHigh));
    this.put(2, k.start(port).addPair(serviceHashLow, serviceHashHigh));
    this.put(3, k.start(protocol).add(state).addPair(serviceHashLow, serviceHashHigh));
    this.put(4, k.start(protocol).add(port).add(state));
    this.put(5, k.start(protocol).add(port).add(direction));
  }

  /** in the order of HISTORY_WORDS */
  private historyKeys({ proto, historyHashLow, historyHashHigh }: ConnRecord, port: number): void {
    const { key: k } = this;
    this.put(HISTORY, k.start(proto).addPair(historyHashLow, historyHashHigh));
    this.put(HISTORY + 1, k.start(port).addPair(historyHashLow, historyHashHigh));
  }

  /** in the order of SIZE_WORDS */
  private sizeKeys(protocol: number, port: number, up: number, down: number, length: number): void {
    const { key: k } = this;
    this.put(SIZES, k.start(protocol).add(port).add(up));
    this.put(SIZES + 1, k.start(protocol).add(port).add(down));
    this.put(SIZES + 2, k.start(protocol).add(port).add(length));
  }

  private originatorKeys(scene: ConnScene): void {
    this.put(ORIGINATOR, network(this.key.start(1), scene.initiator));
  }

  /** in the order of RESPONDER_WORDS */
  private responderKeys(scene: ConnScene, port: number): void {
    const { key: k } = this;
    const { responder } = scene;
    this.put(RESPONDER, network(k.start(2), responder));
    this.put(RESPONDER + 1, k.start(scene.protocol).add(port).addPair(responder.hashLow, responder.hashHigh));
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

/** Where an address is: a private one itself, for strangers their network, /24 or /48. */
function network(k: Key, end: Endpoint): Key {
  const { family, bytes, hashLow, hashHigh } = end;
  if (isPrivate(end)) return k.addPair(hashLow, hashHigh);
  return k.add(family).addBytes(bytes, 0, family === 4 ? 3 : 6);
}
