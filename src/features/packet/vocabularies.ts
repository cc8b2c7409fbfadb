/** The vocabularies of training and the rarity features they give. */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import type { Endpoint, FeatureColumn, FeatureGroup } from '../extractor.js';
import { Vocabulary } from '../vocabulary.js';
import { FLOWS, type Flows } from './flows.js';
import { isPrivate } from './local.js';
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

/** What a flow remembers: rarities in bits, found out when it opened or when its first payload came. */
const SERVICE = 0;
const PLACE = 1;
const SYN_SIGNATURE = 2;
const FIRST_PAYLOAD = 3;
const RESPONDER = 4;
const MEMORY = 5;

/** A training block of which rarities leave out nothing. */
export const DETECTING = -1;

function bitsColumn(name: string, doc: string, group: FeatureGroup = 'rarity'): FeatureColumn {
  return { name, unit: 'bits', doc: `rarity in training of ${doc}`, group, binary: false };
}

export const RARITY_COLUMNS: readonly FeatureColumn[] = [
  bitsColumn('rarity_service', 'protocol and service port, by flows'),
  bitsColumn('rarity_service_packet', 'protocol and service port, by packets'),
  bitsColumn('rarity_service_place', 'protocol, service port, and which side is local'),
  bitsColumn('rarity_header', 'protocol and TCP flags'),
  bitsColumn('rarity_header_payload', 'protocol, TCP flags, with or without payload, fragment or options'),
  bitsColumn('rarity_message', 'ICMP type and code, IP protocol or EtherType'),
  bitsColumn('rarity_syn', "the opening SYN's window, TTL class and options"),
  bitsColumn('rarity_ttl', 'time to live'),
  bitsColumn('rarity_first_payload', "service port, text or binary, and sender's side of the flow's first payload"),
  bitsColumn('rarity_size', 'packet size (half powers of two) on this service port and direction'),
];

export const RARITY_NOVELTY_COLUMNS: readonly FeatureColumn[] = [
  bitsColumn('rarity_remote', 'the remote network (/24, /48; private: the host)', 'novelty'),
  bitsColumn('rarity_responder', 'this service on this responder', 'novelty'),
  bitsColumn('rarity_domain', 'on DNS: the last two labels of the name', 'novelty'),
];

export class Vocabularies {
  private readonly memory = new Float32Array(FLOWS * MEMORY);
  private readonly hasPayload = new Uint8Array(FLOWS);
  private readonly key = new Key();

  private constructor(private readonly words: Words) {}

  static empty(): Vocabularies {
    return new Vocabularies(wordsOf(() => new Vocabulary(LIMIT)));
  }

  freeze(): void {
    for (const name of NAMES) this.words[name].freeze();
  }

  /** Counts one record of training. */
  learn(record: PacketRecord, scene: Scene, flows: Flows, sides: Sides, block: number): void {
    const { words } = this;
    const { slot } = flows;
    if (flows.opens) {
      this.hasPayload[slot] = 0;
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
    if (record.ipTtl >= 0) learnKey(words.ttl, this.key.start(record.ipTtl), block);
    learnKey(words.size, this.sizeKey(record, scene, flows, sides.lane), block);
    learnKey(words.remote, this.remoteKey(sides.remote), block);
    if (record.dnsResponse >= 0) learnKey(words.domain, scene.name.domain, block);
  }

  /** Finds out what the flow remembers; before `write`. `block`: the training block left out, or DETECTING. */
  look(record: PacketRecord, scene: Scene, flows: Flows, sides: Sides, block: number): void {
    const { words, memory } = this;
    const { slot } = flows;
    const at = slot * MEMORY;
    if (flows.opens) {
      this.hasPayload[slot] = 0;
      writeBits(words.service, this.serviceKey(scene, flows), block, memory, at + SERVICE);
      writeBits(words.place, this.placeKey(scene, flows, sides.place), block, memory, at + PLACE);
      writeBits(words.responder, this.responderKey(scene, flows), block, memory, at + RESPONDER);
      memory[at + SYN_SIGNATURE] = 0;
      if (scene.syn) writeBits(words.syn, this.synKey(record), block, memory, at + SYN_SIGNATURE);
      memory[at + FIRST_PAYLOAD] = 0;
    }
    if (this.firstPayload(record, slot)) {
      writeBits(words.firstPayload, this.firstPayloadKey(record, scene, flows), block, memory, at + FIRST_PAYLOAD);
    }
  }

  write(
    record: PacketRecord,
    scene: Scene,
    flows: Flows,
    sides: Sides,
    block: number,
    out: Float32Array,
    at: number,
  ): number {
    const { words, memory } = this;
    const { slot } = flows;
    const known = slot * MEMORY;
    out[at] = memory[known + SERVICE];
    writeBits(words.servicePacket, this.serviceKey(scene, flows), block, out, at + 1);
    out[at + 2] = memory[known + PLACE];
    writeBits(words.header, this.headerKey(record, scene), block, out, at + 3);
    writeBits(words.headerPayload, this.headerPayloadKey(record, scene), block, out, at + 4);
    writeBits(words.message, this.messageKey(record, scene), block, out, at + 5);
    out[at + 6] = memory[known + SYN_SIGNATURE];
    out[at + 7] = 0;
    if (record.ipTtl >= 0) writeBits(words.ttl, this.key.start(record.ipTtl), block, out, at + 7);
    out[at + 8] = memory[known + FIRST_PAYLOAD];
    writeBits(words.size, this.sizeKey(record, scene, flows, sides.lane), block, out, at + 9);
    return at + 10;
  }

  /** The three rarities of the novelty group. */
  writeNovelty(
    record: PacketRecord,
    scene: Scene,
    flows: Flows,
    sides: Sides,
    block: number,
    out: Float32Array,
    at: number,
  ): number {
    writeBits(this.words.remote, this.remoteKey(sides.remote), block, out, at);
    out[at + 1] = this.memory[flows.slot * MEMORY + RESPONDER];
    out[at + 2] = 0;
    if (record.dnsResponse >= 0) writeBits(this.words.domain, scene.name.domain, block, out, at + 2);
    return at + 3;
  }

  /** The remote was seen in training; outside of `block` where that is not DETECTING. */
  knowsRemote(sides: Sides, block: number): boolean {
    const k = this.remoteKey(sides.remote);
    return this.words.remote.count(k.low, k.high, block) > 0;
  }

  /** True once a flow: its first packet with captured payload. */
  private firstPayload(record: PacketRecord, slot: number): boolean {
    if (this.hasPayload[slot] === 1 || record.payloadPrintable < 0 || record.srcport < 0) return false;
    this.hasPayload[slot] = 1;
    return true;
  }

  private serviceKey(scene: Scene, flows: Flows): Key {
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

  private headerKey(record: PacketRecord, scene: Scene): Key {
    return this.key.start(kindOf(record, scene)).add(scene.protocol === TCP ? scene.flags : 0);
  }

  private headerPayloadKey(record: PacketRecord, scene: Scene): Key {
    const form = (scene.payload > 0 ? 4 : 0) + (scene.fragment ? 2 : 0) + (record.ipOptions === 1 ? 1 : 0);
    return this.key
      .start(kindOf(record, scene))
      .add(scene.protocol === TCP ? scene.flags : 0)
      .add(form);
  }

  private messageKey(record: PacketRecord, scene: Scene): Key {
    return this.key.start(kindOf(record, scene)).add(record.icmpType * 256 + record.icmpCode);
  }

  private sizeKey(record: PacketRecord, scene: Scene, flows: Flows, lane: number): Key {
    const size = Math.floor(2 * Math.log2(1 + record.frameLen));
    return this.key
      .start(scene.protocol)
      .add(flows.servicePort)
      .add(size * 4 + lane);
  }

  private remoteKey(remote: Endpoint): Key {
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
