/**
 * Which part an address plays on the captured link: the captured host's own, a neighbour's, one behind a router, or a group.
 * Learned from MAC addresses: the one that sends and receives most is the captured host; one that carries more than two
 * addresses for which it never answers ARP is a router. Without MAC addresses own and foreign ranges take their place.
 */
import { exactKey } from '../../base/hash.js';
import { decodeWords, encodeWords } from '../../features/base64.js';
import { isLinkLocal } from '../../features/local.js';
import { SlotTable } from '../../features/slot-table.js';
import type { FeatureBatch } from '../feature-batch.js';

export const OFF_LINK = 0;
export const OWN = 1;
export const NEIGHBOUR = 2;
export const GROUP = 3;

/** addresses whose role is remembered */
const ADDRESSES = 65_536;
const MACS = 4096;
const MOST_OF_ONE = 64;
/** beside its own and one that was there by mistake */
const ROUTED_ADDRESSES = 2;

interface Learning {
  packets: number;
  /** addresses it sent from, and those it spoke for by ARP */
  readonly carried: Set<number>;
  readonly spokenFor: Set<number>;
}

export interface RolesState {
  readonly self: number;
  readonly behind: boolean;
  readonly routers: number[];
  /** hashes of the addresses that the captured host itself has */
  readonly own: string;
}

export class RolesBuilder {
  private readonly macs = new Map<number, Learning>();

  observe(batch: FeatureBatch, k: number): void {
    const { sourceMac, traffic, protocol } = batch;
    this.count(traffic.destinationMac[k]);
    const mac = this.count(sourceMac[k]);
    if (!mac) return;
    const source = batch.fromInitiator[k] === 1 ? batch.initiator : batch.responder;
    const address = exactKey(source.low[k], source.high[k]);
    const family = source.family[k];
    if (protocol[k] === -1) add(mac.spokenFor, address);
    // link-local addresses are each interface's own (RFC 4291), whoever routes
    else if (family === 4) add(mac.carried, address);
  }

  private count(address: number): Learning | undefined {
    if (address < 0 || isGroupMac(address)) return undefined;
    let mac = this.macs.get(address);
    if (!mac) {
      if (this.macs.size >= MACS) return undefined;
      mac = { packets: 0, carried: new Set(), spokenFor: new Set() };
      this.macs.set(address, mac);
    }
    mac.packets++;
    return mac;
  }

  state(): RolesState {
    let self = -1;
    let most = 0;
    const spoken = new Set<number>();
    for (const [address, mac] of this.macs) {
      for (const one of mac.spokenFor) spoken.add(one);
      if (mac.packets <= most) continue;
      most = mac.packets;
      self = address;
    }
    const routed = ({ carried }: Learning, own: ReadonlySet<number>): number =>
      [...carried].filter((address) => !own.has(address)).length;
    const routers = [...this.macs]
      .filter(([address, mac]) => address !== self && routed(mac, spoken) > ROUTED_ADDRESSES)
      .map(([address]) => address);
    const me = this.macs.get(self);
    const behind = me !== undefined && routed(me, me.spokenFor) > ROUTED_ADDRESSES;
    const own = Int32Array.from(
      [...(me?.spokenFor ?? [])].flatMap((key) => [key % 2 ** 21, Math.floor(key / 2 ** 21)]),
    );
    return { self, behind, routers, own: encodeWords(own) };
  }
}

function add(set: Set<number>, address: number): void {
  if (set.size < MOST_OF_ONE) set.add(address);
}

/** The group bit of IEEE 802. */
function isGroupMac(address: number): boolean {
  return (Math.floor(address / 2 ** 40) & 1) === 1;
}

/** The role of each address, by the MAC it was first heard at. */
export class Roles {
  private readonly routers: ReadonlySet<number>;
  private readonly own = new Set<number>();
  private readonly table = new SlotTable(ADDRESSES);
  private readonly roles = new Uint8Array(ADDRESSES);

  constructor(private readonly state: RolesState) {
    this.routers = new Set(state.routers);
    const words = decodeWords(state.own) ?? new Int32Array();
    for (let i = 0; i + 1 < words.length; i += 2) this.own.add((words[i + 1] >>> 0) * 2 ** 21 + words[i]);
  }

  /** Takes in who sent record k. */
  hear(batch: FeatureBatch, k: number, tick: number): void {
    const mac = batch.sourceMac[k];
    if (mac < 0) return;
    const source = batch.fromInitiator[k] === 1 ? batch.initiator : batch.responder;
    const [low, high] = [source.low[k], source.high[k]];
    const slot = this.table.claim(low, high, tick);
    if (!this.table.fresh) return;
    this.roles[slot] = this.roleAt(mac, exactKey(low, high), isLinkLocal(source.family[k], source.bytes, 16 * k));
  }

  private roleAt(mac: number, address: number, linkLocal: boolean): number {
    const { self, behind } = this.state;
    if (mac !== self) return this.routers.has(mac) ? OFF_LINK : NEIGHBOUR;
    return !behind || linkLocal || this.own.has(address) ? OWN : OFF_LINK;
  }

  /** @param hasMac the input has MAC addresses */
  of(low: number, high: number, local: boolean, hasMac: boolean): number {
    // without MAC addresses, here or in training, or with a model that does not name them
    if (!hasMac || this.state.self < 0) return local ? OWN : OFF_LINK;
    const slot = this.table.find(low, high);
    return slot < 0 ? OFF_LINK : this.roles[slot];
  }

  /** The same roles with what was heard so far; where they were learned anew, addresses are heard anew. */
  after(before: Roles): Roles {
    return JSON.stringify(before.state) === JSON.stringify(this.state) ? before : this;
  }

  restart(): void {
    this.table.clear();
  }
}
