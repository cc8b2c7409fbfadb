/**
 * The MAC addresses at which training saw each IP address, and what each MAC did there: whether it spoke for the address on
 * the link itself (ARP, neighbour discovery) or only carried its packets, as routers do.
 */

import { Key } from '../../base/hash.js';
import { decodeWords, encodeWords } from '../base64.js';
import { SlotTable } from '../slot-table.js';
import type { Address } from './link.js';

export const ADDRESSES = 16_384;
export const MACS = 4_096;
const PER_ADDRESS = 4;
/** addresses in training from which a MAC is a router's; as many spoken for on the link, and it answers for others (RFC 1027) */
const ROUTER_ADDRESSES = 8;
const MAC_KEY = 0;

/** of an address at a MAC: that MAC spoke for it on the link itself */
const ON_LINK = 1;
/** of an address: it lived at more MACs than are held */
const MORE = 2;
const ROUTER = 1;
const PROXY = 2;
const DHCP_CLIENT = 4;
/** where flags stand in a word beside the upper 16 bits of a MAC */
const FLAGS_AT = 16;

export class LearnedMacs {
  private readonly addresses = new SlotTable(ADDRESSES);
  private readonly hash = new Int32Array(2 * ADDRESSES);
  /** per address, -1 where there is none */
  private readonly macs = new Float64Array(ADDRESSES * PER_ADDRESS).fill(-1);
  private readonly flags = new Uint8Array(ADDRESSES * PER_ADDRESS);
  private readonly speakers = new SlotTable(MACS);
  private readonly speakerMac = new Float64Array(MACS);
  private readonly carried = new Int32Array(MACS);
  private readonly spokenFor = new Int32Array(MACS);
  /** ROUTER, PROXY, DHCP_CLIENT */
  private readonly traits = new Uint8Array(MACS);
  private readonly key = new Key();

  /** `onLink`: it spoke for the address by ARP or neighbour discovery. */
  learn(end: Address, mac: number, onLink: boolean, tick: number): void {
    this.put(end.hashLow, end.hashHigh, mac, onLink ? ON_LINK : 0, tick);
  }

  private put(low: number, high: number, mac: number, flags: number, tick: number): void {
    const slot = this.addresses.claim(low, high, tick);
    const first = slot * PER_ADDRESS;
    if (this.addresses.fresh) {
      this.macs.fill(-1, first, first + PER_ADDRESS);
      this.flags.fill(0, first, first + PER_ADDRESS);
      this.hash[2 * slot] = low;
      this.hash[2 * slot + 1] = high;
    }
    if ((flags & MORE) !== 0) this.flags[first] |= MORE;
    for (let at = first; at < first + PER_ADDRESS; at++) {
      const isNew = this.macs[at] === -1;
      if (!isNew && this.macs[at] !== mac) continue;
      const spoke = (flags & ~this.flags[at] & ON_LINK) !== 0;
      if (!isNew && !spoke) return;
      this.macs[at] = mac;
      this.flags[at] |= flags;
      const speaker = this.speaker(mac, tick);
      if (isNew) this.carried[speaker]++;
      if (spoke) this.spokenFor[speaker]++;
      return;
    }
    this.flags[first] |= MORE;
  }

  /** The MAC asked for an address by DHCP. */
  learnClient(mac: number, tick: number): void {
    this.traits[this.speaker(mac, tick)] |= DHCP_CLIENT;
  }

  private speaker(mac: number, tick: number): number {
    this.key.start(MAC_KEY).addWide(mac);
    const slot = this.speakers.claim(this.key.low, this.key.high, tick);
    if (this.speakers.fresh) {
      this.speakerMac[slot] = mac;
      this.carried[slot] = this.spokenFor[slot] = this.traits[slot] = 0;
    }
    return slot;
  }

  /** Ends learning: who carried many addresses, or those that another MAC has on the link, forwards packets. */
  freeze(): void {
    for (let slot = 0; slot < MACS; slot++) {
      if (this.carried[slot] >= ROUTER_ADDRESSES) this.traits[slot] |= ROUTER;
      if (this.spokenFor[slot] >= ROUTER_ADDRESSES) this.traits[slot] |= PROXY;
    }
    for (let slot = 0; slot < ADDRESSES; slot++) {
      if (!this.isOnLink(slot)) continue;
      for (let at = slot * PER_ADDRESS; at < (slot + 1) * PER_ADDRESS; at++) {
        if (this.macs[at] === -1 || (this.flags[at] & ON_LINK) !== 0) continue;
        const speaker = this.speakerOf(this.macs[at]);
        if (speaker >= 0) this.traits[speaker] |= ROUTER;
      }
    }
  }

  /** The slot of an address, -1 where training did not have it. */
  slotOf(end: Address): number {
    return this.addresses.find(end.hashLow, end.hashHigh);
  }

  isOnLink(slot: number): boolean {
    const { flags } = this;
    const at = slot * PER_ADDRESS;
    return ((flags[at] | flags[at + 1] | flags[at + 2] | flags[at + 3]) & ON_LINK) !== 0;
  }

  /** Training saw the address at this MAC, or at more than can be held. */
  knows(slot: number, mac: number): boolean {
    const { macs } = this;
    const at = slot * PER_ADDRESS;
    if (macs[at] === mac || macs[at + 1] === mac || macs[at + 2] === mac || macs[at + 3] === mac) return true;
    return (this.flags[at] & MORE) !== 0;
  }

  private all(slot: number, trait: number): boolean {
    for (let at = slot * PER_ADDRESS; at < (slot + 1) * PER_ADDRESS; at++) {
      if (this.macs[at] !== -1 && !this.has(this.macs[at], trait)) return false;
    }
    return true;
  }

  /** Whether only routers, or only DHCP clients, had the address. */
  atRouters(slot: number): boolean {
    return this.all(slot, ROUTER);
  }

  atClients(slot: number): boolean {
    return this.all(slot, DHCP_CLIENT);
  }

  /** The MAC at which training saw the address first. */
  firstMac(slot: number): number {
    return this.macs[slot * PER_ADDRESS];
  }

  /** The slot of a MAC that spoke in training, -1 where it did not. */
  speakerOf(mac: number): number {
    this.key.start(MAC_KEY).addWide(mac);
    return this.speakers.find(this.key.low, this.key.high);
  }

  private has(mac: number, trait: number): boolean {
    const slot = this.speakerOf(mac);
    return slot >= 0 && (this.traits[slot] & trait) !== 0;
  }

  isRouter(mac: number): boolean {
    return this.has(mac, ROUTER);
  }

  /** It speaks on the link for many addresses: proxy ARP, or a host that hosts many. */
  isProxy(mac: number): boolean {
    return this.has(mac, PROXY);
  }

  isClient(mac: number): boolean {
    return this.has(mac, DHCP_CLIENT);
  }

  save(): { addresses: string; traits: string } {
    const addresses: number[] = [];
    for (let slot = 0; slot < ADDRESSES; slot++) {
      for (let at = slot * PER_ADDRESS; at < (slot + 1) * PER_ADDRESS; at++) {
        if (this.macs[at] === -1) continue;
        addresses.push(this.hash[2 * slot], this.hash[2 * slot + 1], ...packed(this.macs[at], this.flags[at]));
      }
    }
    const traits: number[] = [];
    for (let slot = 0; slot < MACS; slot++) {
      if (this.traits[slot] !== 0) traits.push(...packed(this.speakerMac[slot], this.traits[slot]));
    }
    return { addresses: encodeWords(Int32Array.from(addresses)), traits: encodeWords(Int32Array.from(traits)) };
  }

  /** Undefined where `saved` is not what `save` gave. */
  static restore(saved: unknown): LearnedMacs | undefined {
    const { addresses, traits } = (saved ?? {}) as { addresses?: unknown; traits?: unknown };
    const words = typeof addresses === 'string' ? decodeWords(addresses) : undefined;
    const marks = typeof traits === 'string' ? decodeWords(traits) : undefined;
    if (!words || words.length % 4 !== 0 || !marks || marks.length % 2 !== 0) return undefined;
    const learned = new LearnedMacs();
    for (let at = 0; at < words.length; at += 4) {
      learned.put(words[at], words[at + 1], macOf(words, at + 2), words[at + 2] >>> FLAGS_AT, 0);
    }
    for (let at = 0; at < marks.length; at += 2) {
      learned.traits[learned.speaker(macOf(marks, at), 0)] = marks[at] >>> FLAGS_AT;
    }
    return learned;
  }
}

/** A MAC and its flags in two words. */
function packed(mac: number, flags: number): [number, number] {
  return [(flags << FLAGS_AT) | Math.floor(mac / 2 ** 32), mac | 0];
}

function macOf(words: Int32Array, at: number): number {
  return (words[at] & 0xffff) * 2 ** 32 + (words[at + 1] >>> 0);
}
