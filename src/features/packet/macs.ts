/**
 * Which MAC addresses speak for an IP address. Training learns up to four for each address; an address not learned is
 * taken at its first word. A MAC that carried many addresses in training is a router's, and carries any address that only
 * routers carried before.
 */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import { decodeWords, encodeWords } from '../base64.js';
import { Endpoint } from '../extractor.js';
import { SlotTable } from '../slot-table.js';
import { WindowCounters } from '../window.js';
import { ARP, NOT_IP, type Scene, UNICAST } from './scene.js';

const ADDRESSES = 16_384;
const MACS = 4_096;
const PER_ADDRESS = 4;
/** addresses in training from which a MAC is a router's */
const ROUTER_ADDRESSES = 8;
const CLAIM_SECONDS = 600;
const REQUEST_SECONDS = 5;
const REQUEST_KEY = 40;

/** Counters of a sending MAC address, in 60 s. */
export const M = { unsolicited: 0, mismatches: 1 } as const;

export class Macs {
  readonly senders = new WindowCounters(MACS, 2);
  /** of the record last looked at: the sender's slot, and what was wrong with it */
  sender = -1;
  sourceMismatch = false;
  destinationMismatch = false;
  conflict = false;
  unsolicited = false;
  private readonly learned = new SlotTable(ADDRESSES);
  /** per learned address, -1 where there is none */
  private readonly learnedMacs = new Float64Array(ADDRESSES * PER_ADDRESS).fill(-1);
  private readonly learnedHash = new Int32Array(2 * ADDRESSES);
  private readonly carriers = new SlotTable(MACS);
  private readonly carried = new Int32Array(MACS);
  private readonly heard = new SlotTable(ADDRESSES);
  private readonly heardMac = new Float64Array(ADDRESSES);
  private readonly claims = new SlotTable(ADDRESSES);
  private readonly claimMac = new Float64Array(2 * ADDRESSES);
  private readonly claimTime = new Float64Array(2 * ADDRESSES);
  private readonly requests = new SlotTable(ADDRESSES);
  private readonly requestTime = new Float64Array(ADDRESSES);
  private readonly senderTable = new SlotTable(MACS);
  private readonly key = new Key();

  /** Learns from one record of training. */
  learn(record: PacketRecord, scene: Scene): void {
    if (scene.protocol === NOT_IP) return;
    if (speaks(scene.source, record.ethSrc)) this.learnOne(scene.source, record.ethSrc, scene.tick);
    if (scene.cast === UNICAST && speaks(scene.destination, record.ethDst) && !isRequest(record)) {
      this.learnOne(scene.destination, record.ethDst, scene.tick);
    }
  }

  private learnOne(end: Endpoint, mac: number, tick: number): void {
    const slot = this.learned.claim(end.hashLow, end.hashHigh, tick);
    const at = slot * PER_ADDRESS;
    if (this.learned.fresh) {
      this.learnedMacs.fill(-1, at, at + PER_ADDRESS);
      this.learnedHash[2 * slot] = end.hashLow;
      this.learnedHash[2 * slot + 1] = end.hashHigh;
    }
    for (let i = at; i < at + PER_ADDRESS; i++) {
      if (this.learnedMacs[i] === mac) return;
      if (this.learnedMacs[i] !== -1) continue;
      this.learnedMacs[i] = mac;
      this.carry(mac, tick);
      return;
    }
  }

  private carry(mac: number, tick: number): void {
    this.key.start(0).addWide(mac);
    const slot = this.carriers.claim(this.key.low, this.key.high, tick);
    if (this.carriers.fresh) this.carried[slot] = 0;
    this.carried[slot]++;
  }

  /** Judges one record and sets the fields above. */
  look(record: PacketRecord, scene: Scene): void {
    this.sourceMismatch = this.destinationMismatch = this.conflict = this.unsolicited = false;
    this.sender = -1;
    if (scene.protocol === NOT_IP) return;
    if (speaks(scene.source, record.ethSrc)) {
      this.sourceMismatch = this.mismatch(scene.source, record.ethSrc, scene.tick);
      if (scene.protocol === ARP) this.conflict = this.claim(scene.source, record.ethSrc, scene);
    }
    if (scene.cast === UNICAST && speaks(scene.destination, record.ethDst) && !isRequest(record)) {
      this.destinationMismatch = this.mismatch(scene.destination, record.ethDst, scene.tick);
    }
    if (scene.protocol === ARP) this.unsolicited = this.answersNobody(record, scene);
    if (this.sourceMismatch || scene.protocol === ARP) this.countSender(record, scene);
  }

  private mismatch(end: Endpoint, mac: number, tick: number): boolean {
    const slot = this.learned.find(end.hashLow, end.hashHigh);
    if (slot < 0) {
      const first = this.heard.claim(end.hashLow, end.hashHigh, tick);
      if (this.heard.fresh) this.heardMac[first] = mac;
      const stored = this.heardMac[first];
      return stored !== mac && !(this.isRouter(stored) && this.isRouter(mac));
    }
    let onlyRouters = true;
    for (let i = slot * PER_ADDRESS; i < (slot + 1) * PER_ADDRESS; i++) {
      const known = this.learnedMacs[i];
      if (known === mac) return false;
      if (known !== -1 && !this.isRouter(known)) onlyRouters = false;
    }
    return !(onlyRouters && this.isRouter(mac));
  }

  private isRouter(mac: number): boolean {
    this.key.start(0).addWide(mac);
    const slot = this.carriers.find(this.key.low, this.key.high);
    return slot >= 0 && this.carried[slot] >= ROUTER_ADDRESSES;
  }

  /** True when another MAC claimed the address not long ago. Keeps the two latest. */
  private claim(end: Endpoint, mac: number, scene: Scene): boolean {
    const { claimMac, claimTime } = this;
    const at = 2 * this.claims.claim(end.hashLow, end.hashHigh, scene.tick);
    if (this.claims.fresh) {
      claimMac[at] = mac;
      claimMac[at + 1] = -1;
      claimTime[at + 1] = Number.NEGATIVE_INFINITY;
    }
    const older = claimTime[at] <= claimTime[at + 1] ? at : at + 1;
    const place = claimMac[at] === mac ? at : claimMac[at + 1] === mac ? at + 1 : older;
    claimMac[place] = mac;
    claimTime[place] = scene.seconds;
    return scene.seconds - claimTime[place === at ? at + 1 : at] < CLAIM_SECONDS;
  }

  /** An ARP reply (or announcement) that nobody asked for in the last seconds. Notes requests. */
  private answersNobody(record: PacketRecord, scene: Scene): boolean {
    const asks = isRequest(record);
    const asker = asks ? scene.source : scene.destination;
    const target = asks ? scene.destination : scene.source;
    const k = this.key
      .start(REQUEST_KEY)
      .addPair(asker.hashLow, asker.hashHigh)
      .addPair(target.hashLow, target.hashHigh);
    if (!asks) {
      const slot = this.requests.find(k.low, k.high);
      return slot < 0 || scene.seconds - this.requestTime[slot] > REQUEST_SECONDS;
    }
    const slot = this.requests.claim(k.low, k.high, scene.tick);
    this.requestTime[slot] = scene.seconds;
    return false;
  }

  private countSender(record: PacketRecord, scene: Scene): void {
    if (record.ethSrc < 0) return;
    this.key.start(0).addWide(record.ethSrc);
    this.sender = this.senderTable.claim(this.key.low, this.key.high, scene.tick);
    if (this.senderTable.fresh) this.senders.reset(this.sender, scene.bucket);
    else this.senders.advance(this.sender, scene.bucket);
    if (this.unsolicited) this.senders.add(this.sender, scene.bucket, M.unsolicited, 1);
    if (this.sourceMismatch) this.senders.add(this.sender, scene.bucket, M.mismatches, 1);
  }

  /** The same learning, with nothing seen. */
  share(): Macs {
    return Macs.restore(this.save()) as Macs;
  }

  /** Forgets what was seen, keeps what was learned. */
  clear(): void {
    for (const table of [this.heard, this.claims, this.requests, this.senderTable]) table.clear();
  }

  save(): { addresses: string; routers: number[] } {
    const words: number[] = [];
    const routers = new Set<number>();
    for (let slot = 0; slot < ADDRESSES; slot++) {
      for (let i = slot * PER_ADDRESS; i < (slot + 1) * PER_ADDRESS; i++) {
        const mac = this.learnedMacs[i];
        if (mac === -1) continue;
        words.push(this.learnedHash[2 * slot], this.learnedHash[2 * slot + 1], (mac / 4294967296) | 0, mac | 0);
        if (this.isRouter(mac)) routers.add(mac);
      }
    }
    return { addresses: encodeWords(Int32Array.from(words)), routers: [...routers] };
  }

  /** Undefined where `saved` is not what `save` gave. */
  static restore(saved: unknown): Macs | undefined {
    const { addresses, routers } = (saved ?? {}) as { addresses?: unknown; routers?: unknown };
    const words = typeof addresses === 'string' ? decodeWords(addresses) : undefined;
    if (!words || words.length % 4 !== 0 || !Array.isArray(routers)) return undefined;
    const macs = new Macs();
    const end = new Endpoint();
    end.family = 4;
    for (let at = 0; at < words.length; at += 4) {
      end.hashLow = words[at];
      end.hashHigh = words[at + 1];
      macs.learnOne(end, words[at + 2] * 4294967296 + (words[at + 3] >>> 0), 0);
    }
    for (const mac of routers) {
      if (typeof mac !== 'number' || !Number.isSafeInteger(mac)) return undefined;
      for (let i = 0; i < ROUTER_ADDRESSES; i++) macs.carry(mac, 0);
    }
    return macs;
  }
}

/** The address can be bound to a MAC: both are there and the address is not the unspecified one. */
function speaks(end: Endpoint, mac: number): boolean {
  if (mac < 0) return false;
  const length = end.family === 4 ? 4 : 16;
  for (let i = 0; i < length; i++) if (end.bytes[i] !== 0) return true;
  return false;
}

function isRequest(record: PacketRecord): boolean {
  return record.arpOpcode === 1;
}
