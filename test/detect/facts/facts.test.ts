import { describe, expect, it } from 'vitest';
import { FACTS } from '../../../src/detect/facts/table.ts';
import { ACK, FIN, PSH, SYN } from '../../support/packets.ts';
import {
  advert,
  detect,
  dhcpAnswer,
  every,
  HOST,
  inOrder,
  learn,
  neighbour,
  protocol,
  quiet,
  ROGUE,
  ROUTER,
  redirect,
  reply,
  type Sent,
  type Station,
  segment,
  spoofed,
} from './frames.ts';

const [RST, URG] = [4, 32];
const TRAINED = learn(quiet());
const ODD = [FIN, 0, FIN | PSH | URG, SYN | FIN, SYN | RST];
const OTHERS = [47, 50, 51, 89, 103];

interface Case {
  fact: (typeof FACTS)[number]['name'];
  kind: string;
  make: (i: number, from: Station) => Uint8Array;
  /** who does it; default a stranger */
  by?: Station;
  /** what it is called where many do it; none: nothing, for one alone can */
  ofMany?: string;
  title: string;
  reason: string;
}

const CASES: Case[] = [
  {
    fact: 'odd_flags',
    kind: 'odd TCP flags',
    make: (i, from) => segment(from === ROGUE ? ODD[i % 5] : FIN, from, HOST, 40_000, 1 + (i % 1000)),
    ofMany: 'odd packets of many',
    title:
      '10.0.0.99 sends 10.0.0.5 TCP flags that no TCP sends (none, FIN without ACK, FIN SYN and 2 more), as some scans do',
    reason:
      '5 segments of 10.0.0.99 in 60 s with TCP flags that no TCP sends: none, FIN without ACK, FIN SYN and 2 more; training had none',
  },
  {
    fact: 'new_protocols',
    kind: 'IP protocol scan',
    make: (i, from) => protocol(OTHERS[i % 5], from),
    ofMany: 'odd packets of many',
    title: '10.0.0.99 tries IP protocols on 10.0.0.5 that nobody used in training',
    reason: '5 different IP protocols of 10.0.0.99 in 60 s that nobody used in training',
  },
  {
    fact: 'hasty_adverts',
    kind: 'router advertisement flood',
    make: (_i, from) => advert(from),
    by: ROUTER,
    title: 'fe80::1 sends router advertisements faster than a router may',
    reason: '4 router advertisements of fe80::1 in 60 s came less than 3 s after the one before; training had none',
  },
  {
    fact: 'new_router',
    kind: 'rogue router',
    make: (_i, from) => advert(from),
    ofMany: 'rogue router',
    title: 'fe80::99 advertises itself as a router on this segment',
    reason: '5 router advertisements of fe80::99 in 60 s, and no router of training sent them',
  },
  {
    fact: 'redirects',
    kind: 'ICMP redirects',
    make: (_i, from) => redirect(from),
    ofMany: 'ICMP redirects',
    title: '10.0.0.99 redirects traffic of 10.0.0.5, and was no router in training',
    reason: '5 ICMP redirects of 10.0.0.99 in 60 s, and no router of training sent them',
  },
  {
    fact: 'unasked_arp',
    kind: 'ARP spoofing',
    make: (i, from) => reply(from, HOST, from === ROGUE ? `10.0.7.${i}` : from.ip),
    ofMany: 'ARP spoofing',
    title: '10.0.7.2 sends ARP replies that nobody asked for, as when somebody gets in between',
    reason: '5 ARP replies of 02:00:00:00:00:99 in 60 s that nobody had asked for; training had none',
  },
  {
    fact: 'unasked_neighbours',
    kind: 'neighbour spoofing',
    make: (_i, from) => neighbour(from),
    ofMany: 'neighbour spoofing',
    title: 'fe80::99 sends neighbour advertisements that nobody asked for, as when somebody gets in between',
    reason: '5 neighbour advertisements of fe80::99 in 60 s that nobody had asked for; training had none',
  },
  {
    fact: 'new_dhcp_server',
    kind: 'rogue DHCP server',
    make: (_i, from) => dhcpAnswer(from),
    ofMany: 'rogue DHCP server',
    title: '10.0.0.99 answers as a DHCP server on this segment, and did not in training',
    reason: '5 DHCP answers of 10.0.0.99 in 60 s, and no DHCP server of training sent them',
  },
  {
    fact: 'unasked_syn_acks',
    kind: 'unasked answers',
    make: (i, from) => segment(SYN | ACK, from, HOST, 80, 60_000 - i),
    ofMany: 'unasked answers',
    title: '10.0.0.99 answers 10.0.0.5 with SYN-ACKs to no SYN of it, as when others are flooded under its address',
    reason: '5 SYN-ACKs of 10.0.0.99 to 10.0.0.5 in 60 s answered no SYN; training had none',
  },
];

/** Two minutes of ordinary traffic, with the frames in it. */
const amid = (sent: Sent[]): Sent[] => inOrder(quiet(650).slice(0, 108), sent);
const framesOf = (all: Sent[], sent: Sent[]): number[] => sent.map((one) => all.indexOf(one) + 1);

describe('the table of facts', () => {
  it('is tested row by row', () => {
    expect(CASES.map(({ fact }) => fact)).toEqual(FACTS.map(({ name }) => name));
  });
});

describe.each(CASES)('$fact', ({ fact, kind, make, by = ROGUE, ofMany, title, reason }) => {
  const some = (count: number, every_ = 0.6): Sent[] => every(every_, count, (i) => make(i, by));
  const kinds = (sent: Sent[]): string[] => detect(TRAINED, amid(sent)).incidents.map((incident) => incident.kind);

  it('of five records in three seconds is an incident about these frames, in words that they bear out', () => {
    const sent = some(5);
    const all = amid(sent);
    const { incidents } = detect(TRAINED, all);
    expect(incidents).toMatchObject([{ kind, title, initiator: title.split(' ')[0] }]);
    const [{ reasons, frames }] = incidents;
    expect(reasons.find(({ feature }) => feature === fact)).toMatchObject({
      value: Number(reason.split(' ')[0]),
      text: reason,
    });
    expect(framesOf(all, sent).slice(-frames.length)).toEqual(frames);
    expect(frames.length).toBeGreaterThanOrEqual(4);
  });

  it('of one or two records, or of one a minute for ten, is nothing', () => {
    for (const count of [1, 2]) expect(kinds(some(count))).toEqual([]);
    expect(kinds(some(10, 61))).toEqual([]);
  });

  it('at a constant rate is nothing where training had it at that rate', () => {
    const constant = (from: number): Sent[] => every(2, 250, (i) => make(i, by), from + 0.05);
    const trained = learn(inOrder(quiet(), constant(20)));
    expect(detect(trained, inOrder(quiet(650), constant(700))).incidents.map((incident) => incident.kind)).toEqual([]);
  });

  it('of thirty thousand senders shows at what they reach, in one incident', () => {
    if (!ofMany) return;
    const flood = every(0.002, 30_000, (i) => make(i, spoofed(i)), 700);
    const under = detect(TRAINED, inOrder(quiet(650).slice(0, 108), flood));
    const told = under.incidents.filter((incident) => incident.kind === ofMany);
    expect(told).toHaveLength(1);
    expect(told[0].openedUs / 1e6 - 1_700_000_700).toBeLessThan(1);
    expect(told[0].reasons.find(({ feature }) => feature === fact)?.text).toContain('of several senders');
  });
});
