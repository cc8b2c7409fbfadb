/** The vocabularies of training and the rarity features they give. */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import type { Endpoint } from '../extractor.js';
import { isPrivate } from '../local.js';
import { Vocabulary } from '../vocabulary.js';
import { FLOWS, type Flows } from './flows.js';
import { NOT_IP, OTHER_IP, type Scene, TCP } from './scene.js';
import type { Sides } from './sides.js';

/** Values kept a vocabulary. */
const LIMIT = 32_768;

const NAMES = [
  'service',
  'place',
  'servicePacket',
  'header',
  'headerPayload',
  'message',
  'syn',
  'ttl',
  'firstPayload',
  'size',
  'remote',
  'responder',
  'domain',
] as const;
type Words = Readonly<Record<(typeof NAMES)[number], Vocabulary>>;

/** A first payload is text when this share of its bytes is printable. */
const TEXT_SHARE = 0.95;

/** What a flow remembers: rarities in bits, found out when it began or when its first payload came. */
export const SERVICE = 0;
export const PLACE = 1;
export const SYN_SIGNATURE = 2;
export const FIRST_PAYLOAD = 3;
export const RESPONDER = 4;
const MEMORY = 5;

/** A training block of which rarities leave out nothing. */
export const DETECTING = -1;

export class Vocabularies {
  private memory = new Float32Array(FLOWS * MEMORY);
  private hasPayload = new Uint8Array(FLOWS);
  private readonly key = new Key();
  /** for `bits`: a number returned by a function that is not inlined would be an allocation */
  private readonly found = new Float32Array(1);

  private constructor(readonly words: Words) {}

  static empty(): Vocabularies {
    return new Vocabularies(wordsOf(() => new Vocabulary(LIMIT)));
  }

  /** The same words, with a memory for flows of its own. */
  share(): Vocabularies {
    return new Vocabularies(this.words);
  }

  /** The words of another training, with what flows remember here. */
  with({ words }: Vocabularies): Vocabularies {
    const all = new Vocabularies(words);
    all.memory = this.memory;
    all.hasPayload = this.hasPayload;
    return all;
  }

  freeze(): void {
    for (const name of NAMES) this.words[name].freeze();
  }

  /** Counts one record of training. */
  learn(record: PacketRecord, scene: Scene, flows: Flows, sides: Sides, block: number): void {
    const { words } = this;
    const { slot } = flows;
    if (flows.starts) {
      // what comes first of a flow joined in its middle is not its first payload
      this.hasPayload[slot] = flows.begun ? 0 : 1;
      learnKey(words.service, this.serviceKey(scene, flows), block);
      learnKey(words.place, this.placeKey(scene, flows, sides.place), block);
      learnKey(words.responder, this.responderKey(scene, flows), block);
      if (scene.syn) learnKey(words.syn, this.synKey(record), block);
    }
    if (this.firstPayload(record, slot))
      learnKey(words.firstPayload, this.firstPayloadKey(record, scene, flows), block);
    learnKey(words.servicePacket, this.serviceKey(scene, flows), block);
    learnKey(words.header, this.headerKey(record, scene), block);
    learnKey(words.headerPayload, this.headerPayloadKey(record, scene), block);
    learnKey(words.message, this.messageKey(record, scene), block);
    if (record.ipTtl >= 0) learnKey(words.ttl, this.ttlKey(record), block);
    learnKey(words.size, this.sizeKey(record, scene, flows, sides.lane), block);
    learnKey(words.remote, this.remoteKey(sides.remote), block);
    if (record.dnsResponse >= 0) learnKey(words.domain, scene.name.domain, block);
  }

  /** Finds out what the flow remembers. `block`: the training block left out, or DETECTING. */
  look(record: PacketRecord, scene: Scene, flows: Flows, sides: Sides, block: number): void {
    const { words, memory } = this;
    const { slot } = flows;
    const at = slot * MEMORY;
    if (flows.starts) {
      // what comes first of a flow joined in its middle is not its first payload
      this.hasPayload[slot] = flows.begun ? 0 : 1;
      writeBits(words.service, this.serviceKey(scene, flows), block, memory, at + SERVICE);
      writeBits(words.place, this.placeKey(scene, flows, sides.place), block, memory, at + PLACE);
      writeBits(words.responder, this.responderKey(scene, flows), block, memory, at + RESPONDER);
      memory[at + SYN_SIGNATURE] = 0;
      if (scene.syn) writeBits(words.syn, this.synKey(record), block, memory, at + SYN_SIGNATURE);
      memory[at + FIRST_PAYLOAD] = 0;
    } else if (flows.anew) {
      // how it began is long ago: in training too no flow remembers it for longer
      memory[at + SYN_SIGNATURE] = memory[at + FIRST_PAYLOAD] = 0;
    }
    if (this.firstPayload(record, slot)) {
      writeBits(words.firstPayload, this.firstPayloadKey(record, scene, flows), block, memory, at + FIRST_PAYLOAD);
    }
  }

  /** Rarity of what the flow remembers: SERVICE … RESPONDER. */
  ofFlow(flows: Flows, what: number): number {
    return this.memory[flows.slot * MEMORY + what];
  }

  /** Rarity of a word of the record itself. */
  bits(words: Vocabulary, key: Key, block: number): number {
    writeBits(words, key, block, this.found, 0);
    return this.found[0];
  }

  /** The remote was seen in training; outside of `block` where that is not DETECTING. */
  knowsRemote(sides: Sides, block: number): boolean {
    const k = this.remoteKey(sides.remote);
    // every record has a remote: a vocabulary without one is of a model that names nobody
    return this.words.remote.size === 0 || this.words.remote.count(k.low, k.high, block) > 0;
  }

  /** True once a flow: its first packet with captured payload. */
  private firstPayload(record: PacketRecord, slot: number): boolean {
    if (this.hasPayload[slot] === 1 || record.payloadPrintable < 0 || record.srcport < 0) return false;
    this.hasPayload[slot] = 1;
    return true;
  }

  serviceKey(scene: Scene, flows: Flows): Key {
    return this.key.start(scene.protocol).add(flows.servicePort);
  }

  private placeKey(scene: Scene, flows: Flows, place: number): Key {
    return this.key.start(scene.protocol).add(flows.servicePort).add(place);
  }

  private responderKey(scene: Scene, flows: Flows): Key {
    return this.key
      .start(scene.protocol)
      .add(flows.servicePort)
      .addPair(flows.responder.hashLow, flows.responder.hashHigh);
  }

  private synKey(record: PacketRecord): Key {
    const k = this.key.start(record.tcpWindow >> 8).add((record.ipTtl / 33) | 0);
    for (let i = 0; i < record.tcpOptionCount; i++) k.add(record.tcpOptionKinds[i]);
    return k;
  }

  private firstPayloadKey(record: PacketRecord, scene: Scene, flows: Flows): Key {
    const text = record.payloadPrintable >= TEXT_SHARE ? 2 : 0;
    return this.key
      .start(scene.protocol)
      .add(flows.servicePort)
      .add(text + (flows.fromInitiator ? 1 : 0));
  }

  ttlKey(record: PacketRecord): Key {
    return this.key.start(record.ipTtl);
  }

  headerKey(record: PacketRecord, scene: Scene): Key {
    return this.key.start(kindOf(record, scene)).add(scene.protocol === TCP ? scene.flags : 0);
  }

  headerPayloadKey(record: PacketRecord, scene: Scene): Key {
    const form = (scene.payload > 0 ? 4 : 0) + (scene.fragment ? 2 : 0) + (record.ipOptions === 1 ? 1 : 0);
    return this.key
      .start(kindOf(record, scene))
      .add(scene.protocol === TCP ? scene.flags : 0)
      .add(form);
  }

  messageKey(record: PacketRecord, scene: Scene): Key {
    return this.key.start(kindOf(record, scene)).add(record.icmpType * 256 + record.icmpCode);
  }

  sizeKey(record: PacketRecord, scene: Scene, flows: Flows, lane: number): Key {
    const size = Math.floor(2 * Math.log2(1 + record.frameLen));
    return this.key
      .start(scene.protocol)
      .add(flows.servicePort)
      .add(size * 4 + lane);
  }

  remoteKey(remote: Endpoint): Key {
    const k = this.key.start(remote.family);
    if (isPrivate(remote)) return k.addPair(remote.hashLow, remote.hashHigh);
    return k.addBytes(remote.bytes, 0, remote.family === 4 ? 3 : 6);
  }

  save(): Record<string, unknown> {
    return Object.fromEntries(NAMES.map((name) => [name, this.words[name].save()]));
  }

  /** Undefined where `saved` is not what `save` gave. */
  static restore(saved: unknown): Vocabularies | undefined {
    const words = wordsOf((name) => Vocabulary.restore(LIMIT, (saved as Record<string, unknown> | undefined)?.[name]));
    return Object.values(words).includes(undefined as never) ? undefined : new Vocabularies(words as Words);
  }
}

function wordsOf<T>(make: (name: string) => T): Record<(typeof NAMES)[number], T> {
  return Object.fromEntries(NAMES.map((name) => [name, make(name)])) as Record<(typeof NAMES)[number], T>;
}

function learnKey(words: Vocabulary, key: Key, block: number): void {
  words.learn(key.low, key.high, block);
}

function writeBits(words: Vocabulary, key: Key, block: number, out: Float32Array, at: number): void {
  words.writeBits(key.low, key.high, block, out, at);
}

/** Protocol, with the IP protocol number or EtherType of what has no decoder here. */
function kindOf(record: PacketRecord, scene: Scene): number {
  if (scene.protocol === OTHER_IP) return 1000 + record.ipProto;
  if (scene.protocol === NOT_IP) return 2000 + record.ethType;
  return scene.protocol;
}
