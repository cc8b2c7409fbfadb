/**
 * Who is who on the link: at which MAC address an IP address lives, and whether it moved. Only addresses that are on the link
 * themselves count (they spoke ARP or neighbour discovery); the packets of all others come from whichever router they came
 * through, and bridges of Wi-Fi send those of others from their own MAC. An address that is claimed on the link from a new MAC
 * is *challenged*: by somebody who got in between, while its own MAC goes on speaking or the new one has an address of its own
 * as well; else by whatever replaced it. Each VLAN is a link of its own, and may have the same addresses.
 */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import { Endpoint } from '../extractor.js';
import { SlotTable } from '../slot-table.js';
import { BUCKET_SECONDS, BUCKETS } from '../window.js';
import { ADDRESSES, LearnedMacs, MACS } from './learned-macs.js';
import { type Address, isOnLink, Links } from './link.js';
import { NOT_IP, type Scene, UDP, UNICAST } from './scene.js';

/** s; BSD keeps an ARP entry so long (net.link.ether.inet.max_age), longest of all: an address is at the MACs that spoke within it */
const CLAIM_SECONDS = 1200;
/** packets of an address at another MAC that are no sign yet: detection opens no incident for three strays either */
export const STRAY_PACKETS = 3;
/** s; a bridge that puts its own MAC in place of others' sends the same again at once, before anybody could have answered */
const COPY_SECONDS = 0.001;
/** s; a move is told for as long as the windows of all counts, then the new MAC is the address's own */
const TOLD_SECONDS = BUCKETS * BUCKET_SECONDS;
const MAC_KEY = 0;
const GROUP_BIT = 0x10000000000;

export class Macs {
  /** of the record last looked at: the sender's address speaks at another MAC than its own, and that one is gone */
  changed = false;
  /** … or that one is still there, or the sender's MAC has an address of its own */
  conflict = false;
  /** the address that it is, the sender's or that of the router in whose place the sender forwards; and its packets so far */
  readonly moved = new Endpoint();
  packets = 0;
  /** the MAC that the sender's address had; -1 where nothing is wrong */
  formerMac = -1;
  /** the MAC that it had was a router's; it is still there */
  formerRoutes = false;
  formerPresent = false;
  destinationMismatch = false;
  private learned = new LearnedMacs();
  // places of addresses: those of training by their slot there, which no flood can push out; others from ADDRESSES on
  private readonly heard = new SlotTable(ADDRESSES);
  private readonly onLink = new Uint8Array(2 * ADDRESSES);
  private readonly home = new Float64Array(2 * ADDRESSES);
  private readonly homeSeconds = new Float64Array(2 * ADDRESSES);
  /** when it last spoke on the link, not only sent something */
  private readonly homeClaim = new Float64Array(2 * ADDRESSES);
  private readonly homeSpeaker = new Int32Array(2 * ADDRESSES);
  /** the MAC that challenges the home; -1 none */
  private readonly other = new Float64Array(2 * ADDRESSES);
  private readonly otherSpeaker = new Int32Array(2 * ADDRESSES);
  private readonly otherSince = new Float64Array(2 * ADDRESSES);
  private readonly otherSeconds = new Float64Array(2 * ADDRESSES);
  private readonly otherPackets = new Float64Array(2 * ADDRESSES);
  /** when the home spoke again after the other */
  private readonly returned = new Float64Array(2 * ADDRESSES);
  private readonly toldSince = new Float64Array(2 * ADDRESSES);
  /** packets to the other go astray */
  private readonly wrong = new Uint8Array(2 * ADDRESSES);
  private readonly family = new Uint8Array(2 * ADDRESSES);
  private readonly bytes = new Uint8Array(16 * 2 * ADDRESSES);
  // speakers: MACs of training by their slot there, others from MACS on
  private readonly newcomers = new SlotTable(MACS);
  private readonly speakerMac = new Float64Array(2 * MACS);
  /** when the MAC last spoke for an address that is its own */
  private readonly ownSeconds = new Float64Array(2 * MACS);
  private readonly asked = new Uint8Array(2 * MACS);
  /** place of the router's address that the MAC challenges; -1 none */
  private readonly standsFor = new Int32Array(2 * MACS);
  private readonly lastBucket = new Int32Array(2 * MACS);
  private readonly key = new Key();
  private readonly links = new Links();
  private anyMove = false;

  constructor() {
    this.clear();
  }

  /** Learns from one record of training. */
  learn(record: PacketRecord, scene: Scene): void {
    if (scene.protocol === NOT_IP) return;
    const { tick } = scene;
    if (isHost(record.ethSrc)) {
      if (speaks(scene.source)) {
        this.learned.learn(this.links.on(record, scene.source), record.ethSrc, isOnLink(record, scene), tick);
      }
      if (asksForAddress(scene)) this.learned.learnClient(record.ethSrc, tick);
    }
    if (scene.cast === UNICAST && isHost(record.ethDst) && speaks(scene.destination) && !isRequest(record)) {
      this.learned.learn(this.links.on(record, scene.destination), record.ethDst, false, tick);
    }
  }

  /** Training saw the sender's address at its MAC. */
  isAtHome(record: PacketRecord, scene: Scene): boolean {
    const slot = this.learned.slotOf(this.links.on(record, scene.source));
    return slot >= 0 && this.learned.knows(slot, record.ethSrc);
  }

  /** In training it carried packets of many, or of addresses that another MAC has. */
  isRouter(mac: number): boolean {
    return this.learned.isRouter(mac);
  }

  /** Ends learning. */
  freeze(): void {
    this.learned.freeze();
  }

  /** Judges one record and sets the fields above. */
  look(record: PacketRecord, scene: Scene): void {
    this.changed = this.conflict = this.destinationMismatch = this.formerRoutes = this.formerPresent = false;
    this.formerMac = -1;
    this.packets = 0;
    if (scene.protocol === NOT_IP) return;
    if (isHost(record.ethSrc)) {
      if (asksForAddress(scene)) this.asked[this.speaker(record.ethSrc, scene)] = 1;
      if (speaks(scene.source)) this.judge(record, scene, isOnLink(record, scene));
    }
    if (this.anyMove && scene.cast === UNICAST && !isRequest(record)) {
      const place = this.find(this.links.on(record, scene.destination));
      this.destinationMismatch = place >= 0 && this.other[place] === record.ethDst && this.wrong[place] === 1;
    }
  }

  /** Notes that the MAC is there. To be called once in each bucket at least in which it sends. */
  notePresence(mac: number, bucket: number): void {
    const speaker = this.learned.speakerOf(mac);
    if (speaker >= 0) this.lastBucket[speaker] = bucket;
  }

  private find(end: Address): number {
    const slot = this.learned.slotOf(end);
    if (slot >= 0) return slot;
    const heard = this.heard.find(end.hashLow, end.hashHigh);
    return heard < 0 ? -1 : ADDRESSES + heard;
  }

  /** The place of the sender's address, -1 where it is not known to be on the link. */
  private placeOf(end: Address, onLink: boolean, tick: number): number {
    const slot = this.learned.slotOf(end);
    if (slot >= 0) {
      if (onLink) this.onLink[slot] = 1;
      if (this.learned.isOnLink(slot)) return slot;
      return this.onLink[slot] === 0 || this.learned.atRouters(slot) ? -1 : slot;
    }
    if (!onLink && this.heard.find(end.hashLow, end.hashHigh) < 0) return -1;
    const place = ADDRESSES + this.heard.claim(end.hashLow, end.hashHigh, tick);
    if (this.heard.fresh) this.empty(place);
    return place;
  }

  private empty(place: number): void {
    this.home[place] = this.other[place] = -1;
    this.otherPackets[place] = this.wrong[place] = this.onLink[place] = 0;
    this.homeSeconds[place] = this.homeClaim[place] = this.otherSeconds[place] = Number.NEGATIVE_INFINITY;
    this.returned[place] = Number.NEGATIVE_INFINITY;
    this.toldSince[place] = Number.POSITIVE_INFINITY;
  }

  private judge(record: PacketRecord, scene: Scene, onLink: boolean): void {
    const { learned } = this;
    const mac = record.ethSrc;
    const place = this.placeOf(this.links.on(record, scene.source), onLink, scene.tick);
    if (place < 0) {
      if (this.anyMove) this.judgeRouted(mac, scene);
      return;
    }
    const isKnown = place < ADDRESSES;
    if (this.home[place] === mac || (isKnown && learned.knows(place, mac))) {
      this.ownerSpeaks(place, mac, scene, onLink);
      return;
    }
    if (this.other[place] !== mac && (!onLink || this.isHarmless(place, mac, scene.seconds))) return;
    const gone = !(scene.seconds - this.homeSeconds[place] < CLAIM_SECONDS);
    if (!isKnown && gone) this.ownerSpeaks(place, mac, scene, onLink);
    else this.challenge(place, mac, scene);
  }

  /** Who answers for many, does so for one more; routers stand in for each other; bridges send copies. */
  private isHarmless(place: number, mac: number, seconds: number): boolean {
    const { learned } = this;
    if (learned.isProxy(mac) || seconds - this.homeClaim[place] < COPY_SECONDS) return true;
    return place < ADDRESSES && learned.isRouter(mac) && learned.atRouters(place);
  }

  /** A packet of an address elsewhere, from a MAC that took a router's place. */
  private judgeRouted(mac: number, scene: Scene): void {
    let speaker = this.learned.speakerOf(mac);
    if (speaker < 0) {
      this.key.start(MAC_KEY).addWide(mac);
      const newcomer = this.newcomers.find(this.key.low, this.key.high);
      if (newcomer < 0) return;
      speaker = MACS + newcomer;
    }
    if (this.speakerMac[speaker] !== mac) return;
    const place = this.standsFor[speaker];
    if (place >= 0 && this.other[place] === mac) this.challenge(place, mac, scene);
  }

  private ownerSpeaks(place: number, mac: number, scene: Scene, onLink: boolean): void {
    const { seconds } = scene;
    if (this.home[place] !== mac) {
      this.home[place] = mac;
      this.homeSpeaker[place] = this.speaker(mac, scene);
    }
    this.homeSeconds[place] = seconds;
    if (onLink) this.homeClaim[place] = seconds;
    if (seconds - this.otherSeconds[place] < CLAIM_SECONDS) this.returned[place] = seconds;
    const speaker = this.homeSpeaker[place];
    // whoever is new on the link gives himself addresses of IPv6 as he likes (RFC 8981): one more says nothing
    const own = place < ADDRESSES || scene.source.family === 4;
    if (own && this.speakerMac[speaker] === mac) this.ownSeconds[speaker] = seconds;
  }

  /** The address speaks at another MAC than its home. */
  private challenge(place: number, mac: number, scene: Scene): void {
    const { seconds } = scene;
    const since = this.otherSince;
    this.anyMove = true;
    if (this.other[place] !== mac) this.begin(place, mac, scene);
    this.otherSeconds[place] = seconds;
    this.packets = ++this.otherPackets[place];
    const former = this.formerOf(place);
    const routes = this.learned.isRouter(former);
    const speaker = this.otherSpeaker[place];
    const isKnown = place < ADDRESSES;
    const isPresent =
      seconds - this.returned[place] < CLAIM_SECONDS || (isKnown && routes && this.isPresent(former, since[place]));
    const hasOwn = isKnown && this.speakerMac[speaker] === mac && this.ownSeconds[speaker] > since[place];
    this.conflict = isPresent || hasOwn;
    this.changed = !this.conflict && isKnown && (routes || !this.isHandedOut(place, mac, speaker));
    if (this.changed) {
      if (this.packets > STRAY_PACKETS && this.toldSince[place] > seconds) this.toldSince[place] = seconds;
      this.changed = seconds - this.toldSince[place] < TOLD_SECONDS;
    }
    const isWrong = this.conflict || this.changed;
    this.wrong[place] = isWrong ? 1 : 0;
    if (!isWrong) return;
    this.moved.family = this.family[place] === 4 ? 4 : 6;
    for (let i = 0; i < 16; i++) this.moved.bytes[i] = this.bytes[16 * place + i];
    this.formerMac = former;
    this.formerRoutes = routes;
    this.formerPresent = isPresent;
  }

  private formerOf(place: number): number {
    return this.home[place] !== -1 ? this.home[place] : this.learned.firstMac(place);
  }

  private begin(place: number, mac: number, scene: Scene): void {
    const { seconds } = scene;
    // one that was told is at home; of several that come by turns with the home each is one packet more
    if (this.toldSince[place] < seconds) {
      this.home[place] = this.other[place];
      this.homeSpeaker[place] = this.otherSpeaker[place];
      this.homeSeconds[place] = this.otherSeconds[place];
    }
    if (!(seconds - this.returned[place] < CLAIM_SECONDS)) this.otherPackets[place] = 0;
    this.other[place] = mac;
    const speaker = this.speaker(mac, scene);
    this.otherSpeaker[place] = speaker;
    if (place < ADDRESSES && this.learned.isRouter(this.formerOf(place))) this.standsFor[speaker] = place;
    this.family[place] = scene.source.family;
    for (let i = 0; i < 16; i++) this.bytes[16 * place + i] = scene.source.bytes[i];
    this.otherSince[place] = seconds;
    this.toldSince[place] = Number.POSITIVE_INFINITY;
  }

  /** Addresses are handed to one device after the other: to the MAC, or those of this address, by DHCP. */
  private isHandedOut(place: number, mac: number, speaker: number): boolean {
    if (this.speakerMac[speaker] === mac && this.asked[speaker] === 1) return true;
    return this.learned.isClient(mac) || this.learned.atClients(place);
  }

  /** A MAC of training sent something in a later bucket than that of `seconds`. */
  private isPresent(mac: number, seconds: number): boolean {
    const speaker = this.learned.speakerOf(mac);
    return speaker >= 0 && this.lastBucket[speaker] > Math.floor(seconds / BUCKET_SECONDS);
  }

  private speaker(mac: number, scene: Scene): number {
    let speaker = this.learned.speakerOf(mac);
    if (speaker < 0) {
      this.key.start(MAC_KEY).addWide(mac);
      speaker = MACS + this.newcomers.claim(this.key.low, this.key.high, scene.tick);
      if (!this.newcomers.fresh) return speaker;
    } else if (this.speakerMac[speaker] === mac) return speaker;
    this.speakerMac[speaker] = mac;
    this.asked[speaker] = 0;
    this.standsFor[speaker] = -1;
    this.ownSeconds[speaker] = Number.NEGATIVE_INFINITY;
    return speaker;
  }

  /** The same learning, with nothing seen. */
  share(): Macs {
    return Macs.restore(this.save()) as Macs;
  }

  /** Forgets what was seen, keeps what was learned. */
  clear(): void {
    this.heard.clear();
    this.newcomers.clear();
    for (let place = 0; place < 2 * ADDRESSES; place++) this.empty(place);
    this.speakerMac.fill(-1);
    this.lastBucket.fill(-1);
    this.anyMove = false;
  }

  save(): unknown {
    return this.learned.save();
  }

  /** Undefined where `saved` is not what `save` gave. */
  static restore(saved: unknown): Macs | undefined {
    const learned = LearnedMacs.restore(saved);
    if (!learned) return undefined;
    const macs = new Macs();
    macs.learned = learned;
    return macs;
  }
}

/** A MAC of one station: neither absent nor that of loopback nor a group's. */
function isHost(mac: number): boolean {
  return mac > 0 && ((mac / GROUP_BIT) & 1) === 0;
}

/** Not the unspecified address, which is nobody's. */
function speaks(end: Endpoint): boolean {
  const length = end.family === 4 ? 4 : 16;
  for (let i = 0; i < length; i++) if (end.bytes[i] !== 0) return true;
  return false;
}

/** From a DHCP client to servers (RFC 2131, RFC 8415). */
function asksForAddress({ protocol, sourcePort, destinationPort }: Scene): boolean {
  if (protocol !== UDP) return false;
  return (sourcePort === 68 && destinationPort === 67) || (sourcePort === 546 && destinationPort === 547);
}

export function isRequest(record: PacketRecord): boolean {
  return record.arpOpcode === 1;
}
