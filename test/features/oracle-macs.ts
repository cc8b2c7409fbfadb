/** Slow and obvious: where addresses live. Every word spoken for an address is kept, and each question asked of the whole list. */

import type { Seen } from './oracle-context.ts';

const WITHIN = 1200;

/** Of one address at one MAC in training: whether it spoke there by ARP or neighbour discovery. */
type Homes = Map<number, boolean>;

interface Challenge {
  readonly mac: number;
  readonly since: number;
  last: number;
  packets: number;
  told: number;
  wrong: boolean;
}

interface Neighbour {
  home: number;
  last: number;
  claimed: number;
  /** when the home spoke after its challenger */
  returned: number;
  challenge: Challenge | undefined;
}

export class OracleMacs {
  private readonly learned: Map<string, Homes>;
  private readonly clients: Set<number>;
  private readonly onLink = new Set<string>();
  private readonly neighbours = new Map<string, Neighbour>();
  /** the router's address that a MAC challenges */
  private readonly standsFor = new Map<number, string>();
  private readonly asked = new Set<number>();
  /** when a MAC spoke for an address of its own, and when it sent anything */
  private readonly own = new Map<number, number>();
  private readonly sent = new Map<number, number>();

  constructor(learner?: OracleMacs) {
    this.learned = learner?.learned ?? new Map();
    this.clients = learner?.clients ?? new Set();
  }

  learn(seen: Seen): void {
    const s = onLink(seen);
    if (s.protocol === 'not_ip') return;
    const { ethSrc, ethDst } = s.record;
    if (isStation(ethSrc)) {
      if (isAddress(s.source)) this.learnHome(s.source, ethSrc, isDiscovery(s));
      if (asksDhcp(s)) this.clients.add(ethSrc);
    }
    if (s.cast === 'unicast' && s.record.arpOpcode !== 1 && isStation(ethDst) && isAddress(s.destination)) {
      this.learnHome(s.destination, ethDst, false);
    }
  }

  private learnHome(ip: string, mac: number, onLink: boolean): void {
    const homes = this.learned.get(ip) ?? new Map<number, boolean>();
    homes.set(mac, onLink || (homes.get(mac) ?? false));
    this.learned.set(ip, homes);
  }

  private lists(mac: number): Homes[] {
    return [...this.learned.values()].filter((homes) => [...homes.keys()].slice(0, 4).includes(mac));
  }

  private isRouter(mac: number): boolean {
    const lists = this.lists(mac);
    return lists.length >= 8 || lists.some((homes) => !homes.get(mac) && [...homes.values()].includes(true));
  }

  values(seen: Seen): Record<string, number> {
    const s = onLink(seen);
    const verdict = s.protocol === 'not_ip' ? 'fine' : this.verdict(s);
    const to = this.neighbours.get(s.destination)?.challenge;
    const astray =
      s.protocol !== 'not_ip' && s.cast === 'unicast' && s.record.arpOpcode !== 1 && to?.mac === s.record.ethDst;
    this.sent.set(s.record.ethSrc, s.bucket);
    return { mac_mismatch: +(verdict !== 'fine' || (astray && to.wrong)), mac_conflict: +(verdict === 'conflict') };
  }

  private verdict(s: Seen): 'fine' | 'changed' | 'conflict' {
    const { record, source, seconds } = s;
    const mac = record.ethSrc;
    const spoke = isDiscovery(s);
    if (!isStation(mac)) return 'fine';
    if (asksDhcp(s)) this.asked.add(mac);
    if (!isAddress(source)) return 'fine';
    const homes = this.learned.get(source);
    if (spoke) this.onLink.add(source);
    const wasOnLink = homes !== undefined && [...homes.values()].includes(true);
    const onlyRouters = homes !== undefined && [...homes.keys()].slice(0, 4).every((m) => this.isRouter(m));
    if (!wasOnLink && (!this.onLink.has(source) || onlyRouters)) {
      const stood = this.standsFor.get(mac);
      const taken = stood === undefined ? undefined : this.neighbours.get(stood);
      return taken?.challenge?.mac === mac
        ? this.challenge(s, taken, this.learned.get(stood as string), stood as string)
        : 'fine';
    }
    const place: Neighbour = this.neighbours.get(source) ?? {
      home: -1,
      last: Number.NEGATIVE_INFINITY,
      claimed: Number.NEGATIVE_INFINITY,
      returned: Number.NEGATIVE_INFINITY,
      challenge: undefined,
    };
    this.neighbours.set(source, place);
    const right = place.home === mac || (homes !== undefined && (homes.has(mac) || homes.size > 4));
    if (!right) {
      if (place.challenge?.mac !== mac) {
        if (!spoke || seconds - place.claimed < 0.001) return 'fine';
        if (this.lists(mac).filter((list) => list.get(mac)).length >= 8) return 'fine';
        if (homes && onlyRouters && this.isRouter(mac)) return 'fine';
      }
      if (homes || seconds - place.last < WITHIN) return this.challenge(s, place, homes, source);
    }
    Object.assign(place, { home: mac, last: seconds, ...(spoke && { claimed: seconds }) });
    if (place.challenge && seconds - place.challenge.last < WITHIN) place.returned = seconds;
    if (homes || record.ipVersion !== 6) this.own.set(mac, seconds);
    return 'fine';
  }

  private challenge(
    s: Seen,
    place: Neighbour,
    homes: Homes | undefined,
    address: string,
  ): 'fine' | 'changed' | 'conflict' {
    const { seconds } = s;
    const mac = s.record.ethSrc;
    const before = place.challenge;
    if (before?.mac !== mac) {
      if (before && before.told < seconds) Object.assign(place, { home: before.mac, last: before.last });
      const packets = before && seconds - place.returned < WITHIN ? before.packets : 0;
      place.challenge = { mac, since: seconds, last: seconds, packets, told: Number.POSITIVE_INFINITY, wrong: false };
    }
    const now = place.challenge as Challenge;
    now.last = seconds;
    now.packets++;
    const former = place.home >= 0 ? place.home : ([...(homes as Homes).keys()][0] as number);
    if (before?.mac !== mac && homes && this.isRouter(former)) this.standsFor.set(mac, address);
    const routed = homes !== undefined && this.isRouter(former);
    const stillThere = (this.sent.get(former) ?? -1) > Math.floor(now.since / 10);
    const twoAddresses = homes !== undefined && (this.own.get(mac) ?? Number.NEGATIVE_INFINITY) > now.since;
    if (seconds - place.returned < WITHIN || twoAddresses || (routed && stillThere)) {
      now.wrong = true;
      return 'conflict';
    }
    const handedOut =
      this.asked.has(mac) ||
      this.clients.has(mac) ||
      [...(homes ?? new Map()).keys()].every((m) => this.clients.has(m));
    if (homes === undefined || (!routed && handedOut)) {
      now.wrong = false;
      return 'fine';
    }
    if (now.packets > 3) now.told = Math.min(now.told, seconds);
    now.wrong = seconds < now.told + 60;
    return now.wrong ? 'changed' : 'fine';
  }
}

/** The same address in another VLAN is another one. */
function onLink(s: Seen): Seen {
  const { vlanId } = s.record;
  if (vlanId <= 0) return s;
  return { ...s, source: `${s.source}%vlan${vlanId}`, destination: `${s.destination}%vlan${vlanId}` };
}

function isStation(mac: number): boolean {
  return mac > 0 && Math.floor(mac / 2 ** 40) % 2 === 0;
}

function isAddress(ip: string): boolean {
  return /[1-9a-f]/.test(ip.replace(/%.*/, ''));
}

function isDiscovery({ protocol, record }: Seen): boolean {
  if (protocol === 'arp') return true;
  return protocol === 'icmpv6' && [133, 134, 135, 136, 137].includes(record.icmpType) && record.ipTtl === 255;
}

function asksDhcp({ protocol, record }: Seen): boolean {
  return protocol === 'udp' && ['68>67', '546>547'].includes(`${record.srcport}>${record.dstport}`);
}
