import { describe, expect, it } from 'vitest';
import type { Incident } from '../../src/detect/incident.ts';
import { CLIENTS, HOST, type Judged, judge, Made, type Sent } from './made-traffic.ts';

const STRANGER = '10.0.0.66';
const FAR = '198.51.100.77';
const many = (count: number, every: number, make: (i: number, at: number) => void): void => {
  for (let i = 0; i < count; i++) make(i, 3100 + i * every);
};
const spoofed = (i: number): string => `203.0.${i % 250}.${1 + (i % 200)}`;
const distinct = (packets: readonly Sent[], of: (packet: Sent) => string | number): number =>
  new Set(packets.map(of)).size;
const asked = (packets: readonly Sent[], from: string, to?: string): Sent[] =>
  packets.filter((packet) => packet.from === from && (to === undefined || packet.to === to));

interface Case {
  readonly kind: string;
  readonly make: (made: Made) => void;
  readonly initiator?: string;
  readonly alertsPerDay?: number;
  readonly title: RegExp;
  /** what the title claims, of the incident's frames */
  readonly borneOut: (frames: readonly Sent[], incident: Incident) => void;
}

const CASES: readonly Case[] = [
  {
    kind: 'port scan',
    make: (made) => many(200, 0.1, (i, at) => made.syn(at, STRANGER, HOST, 1000 + i, 'refused')),
    title: /^10\.0\.0\.66 tries many ports on 10\.0\.0\.1$/,
    borneOut: (frames) => expect(distinct(asked(frames, STRANGER, HOST), ({ port }) => port)).toBeGreaterThan(100),
  },
  {
    kind: 'host sweep',
    make: (made) => many(60, 0.3, (i, at) => made.syn(at, STRANGER, `10.0.0.${100 + i}`, 445)),
    title: /^10\.0\.0\.66 turns to many hosts/,
    borneOut: (frames) => expect(distinct(asked(frames, STRANGER), ({ to }) => to)).toBeGreaterThan(40),
  },
  {
    kind: 'ping sweep',
    make: (made) => many(60, 0.3, (i, at) => made.ping(at, STRANGER, `10.0.0.${100 + i}`, 56, 0)),
    title: /^10\.0\.0\.66 pings many hosts/,
    borneOut: (frames) => {
      expect(frames.every(({ data }) => data[23] === 1)).toBe(true);
      expect(distinct(asked(frames, STRANGER), ({ to }) => to)).toBeGreaterThan(40);
    },
  },
  {
    kind: 'ARP sweep',
    make: (made) => many(100, 0.1, (i, at) => made.lookup(at, STRANGER, `10.0.0.${100 + i}`)),
    title: /^10\.0\.0\.66 asks the segment for many addresses \(ARP/,
    borneOut: (frames) => expect(frames.every(({ data }) => data[12] === 8 && data[13] === 6)).toBe(true),
  },
  {
    kind: 'password guessing',
    make: (made) => many(100, 0.5, (_i, at) => made.session(at, STRANGER, HOST, 22, [[900, 1600, 0.2]])),
    title: /^10\.0\.0\.66 tries again and again at 10\.0\.0\.1 port 22 \(TCP\)/,
    borneOut: (frames) => expect(distinct(frames, ({ port }) => port)).toBe(1),
  },
  {
    kind: 'request flood',
    make: (made) =>
      made.session(
        3100,
        STRANGER,
        HOST,
        80,
        Array.from({ length: 300 }, () => [120, 500, 0.05] as const),
      ),
    title: /^10\.0\.0\.66 asks 10\.0\.0\.1 port 80 \(TCP\) far more/,
    borneOut: (frames) => expect(asked(frames, STRANGER).length).toBeGreaterThan(100),
  },
  {
    kind: 'ping flood',
    make: (made) => many(3000, 0.01, (_i, at) => made.ping(at, STRANGER, HOST)),
    title: /^10\.0\.0\.66 floods 10\.0\.0\.1 with pings$/,
    borneOut: (frames) => expect(frames.every(({ data }) => data[23] === 1)).toBe(true),
  },
  {
    kind: 'ICMP tunnel',
    make: (made) => many(200, 0.2, (i, at) => made.ping(at, CLIENTS[0], HOST, 700 + i, 300 + 2 * i)),
    initiator: CLIENTS[0],
    title: /^10\.0\.0\.2 and 10\.0\.0\.1 exchange pings unlike those of training/,
    borneOut: (frames) => expect(distinct(frames, ({ data }) => data.length)).toBeGreaterThan(50),
  },
  {
    kind: 'SYN flood',
    alertsPerDay: 1,
    make: (made) => many(3000, 0.01, (_i, at) => made.syn(at, STRANGER, HOST, 80, 'agreed')),
    title: /^10\.0\.0\.66 floods 10\.0\.0\.1 port 80 \(TCP\) with connections, most of which come to nothing$/,
    borneOut: (frames) => expect(frames.every(({ port }) => port === 80)).toBe(true),
  },
  {
    kind: 'SYN flood',
    make: (made) => many(3000, 0.01, (i, at) => made.syn(at, spoofed(i), HOST, 80, 'agreed')),
    initiator: '',
    title:
      /^203\.0\.\d+\.\d+ and 100 or more flood 10\.0\.0\.1 port 80 \(TCP\) with connections, most of which come to nothing$/,
    borneOut: (frames) => expect(distinct(frames, ({ from }) => from)).toBeGreaterThan(100),
  },
  {
    kind: 'UDP flood',
    make: (made) => many(3000, 0.01, (_i, at) => made.datagram(at, STRANGER, HOST, 9999, 1000)),
    title: /^10\.0\.0\.66 floods 10\.0\.0\.1 port 9999 \(UDP\) with datagrams, most of which nobody answers$/,
    borneOut: (frames) => expect(asked(frames, HOST)).toEqual([]),
  },
  {
    kind: 'connection flood',
    make: (made) => many(1500, 0.02, (_i, at) => made.session(at, STRANGER, HOST, 80)),
    title: /^10\.0\.0\.66 opens connections to 10\.0\.0\.1 port 80 \(TCP\) far more often/,
    borneOut: (frames) => expect(asked(frames, HOST).length).toBeGreaterThan(0),
  },
  {
    kind: 'service load',
    make: (made) => many(4000, 0.01, (i, at) => made.session(at, spoofed(i), HOST, 80)),
    initiator: '',
    title:
      /^10\.0\.0\.1 port 80 \(TCP\) gets connections far beyond what was usual in training, from 203\.0\.\d+\.\d+ and 100 or more$/,
    borneOut: (frames) => expect(distinct(frames, ({ from }) => from)).toBeGreaterThan(100),
  },
  {
    kind: 'held connections',
    make: (made) => many(150, 0.2, (_i, at) => made.held(at, STRANGER, HOST, 80)),
    title: /^10\.0\.0\.66 holds far more connections to 10\.0\.0\.1 port 80 \(TCP\) open at once/,
    borneOut: (frames) => expect(asked(frames, STRANGER, HOST).length).toBeGreaterThan(20),
  },
  {
    kind: 'reversed roles',
    make: (made) => made.shell(3100, CLIENTS[1], FAR, 4444, 20),
    initiator: CLIENTS[1],
    title:
      /^10\.0\.0\.3 called 198\.51\.100\.77 port 4444 \(TCP\) and answers at once what the called side sends after a silence/,
    borneOut: (frames) => expect(frames[0]?.from).toBe(CLIENTS[1]),
  },
  {
    kind: 'large download',
    make: (made) => made.session(3100, CLIENTS[1], HOST, 80, [[300, 20e6, 0]]),
    initiator: CLIENTS[1],
    title: /^10\.0\.0\.3 fetches far more from 10\.0\.0\.1 port 80 \(TCP\)/,
    borneOut: (frames) => expect(bytesOf(asked(frames, HOST))).toBeGreaterThan(bytesOf(asked(frames, CLIENTS[1]))),
  },
  {
    kind: 'large upload',
    make: (made) => made.session(3100, CLIENTS[2], FAR, 31_337, [[5e6, 0, 0]]),
    initiator: CLIENTS[2],
    title: /^10\.0\.0\.4 sends far more to 198\.51\.100\.77 port 31337 \(TCP\)/,
    borneOut: (frames) => expect(bytesOf(asked(frames, CLIENTS[2]))).toBeGreaterThan(bytesOf(asked(frames, FAR))),
  },
  {
    kind: 'DNS tunnel',
    make: (made) =>
      many(150, 0.2, (i, at) => made.name(at, CLIENTS[1], HOST, `${'abcdefghij'.repeat(4)}${i}.t.tunnel.test`, 16)),
    initiator: CLIENTS[1],
    title: /^10\.0\.0\.3 asks 10\.0\.0\.1 for DNS names unlike those of training/,
    borneOut: (frames) => expect(frames.every(({ port }) => port === 53)).toBe(true),
  },
  {
    kind: 'beacon',
    make: (made) => many(50, 5, (_i, at) => made.session(at, CLIENTS[2], FAR, 8443, [[150, 150, 0]])),
    initiator: CLIENTS[2],
    title: /^10\.0\.0\.4 calls 198\.51\.100\.77 port 8443 \(TCP\) at regular intervals/,
    borneOut: (frames, { reasons }) => {
      expect(frames[0]?.from).toBe(CLIENTS[2]);
      expect(reasons.map(({ text }) => text).join('\n')).toMatch(
        /^calls every 5 s, so evenly that chance would do it once in [\d,]+ times; /m,
      );
    },
  },
];

function bytesOf(packets: readonly Sent[]): number {
  return packets.reduce((sum, { data }) => sum + data.length, 0);
}

/** Every alarm that evidence makes is wanted here, however often it would be false. */
const EAGER = 1e6;

function incidentOf({ incidents }: Judged, { kind, initiator = STRANGER }: Case): Incident | undefined {
  return incidents.find((one) => one.kind === kind && (initiator === '' || one.initiator === initiator));
}

describe('what an incident says', () => {
  it.each(CASES)('of a $kind is borne out by its frames', (one) => {
    const made = new Made();
    one.make(made);
    const judged = judge(made, { alertsPerDay: one.alertsPerDay ?? EAGER });
    const incident = incidentOf(judged, one);
    expect(
      incident,
      judged.incidents.map(({ title, reasons }) => [title, ...reasons.map(({ text }) => text)].join(' | ')).join('\n'),
    ).toBeDefined();
    if (!incident) return;
    expect(incident.title).toMatch(one.title);
    expect(incident.reasons.length).toBeGreaterThan(0);
    const frames = judged.framesOf(incident);
    expect(frames.length).toBeGreaterThan(2);
    one.borneOut(frames, incident);
  });
});
