/** What has to be raised, and what must not: made conversations after half an hour of an office. */
import { describe, expect, it } from 'vitest';
import type { Incident } from '../../src/detect/incident.js';
import {
  attempt,
  beacon,
  flood,
  guessing,
  inOrder,
  OFFICE,
  office,
  ping,
  repeat,
  SERVER,
  scan,
  shell,
  sweep,
  tunnel,
  upload,
} from './dealings.js';
import { type Packet, run, SCHEMA } from './traffic.js';

const BACKGROUND = office(900, 9);
const FROM = 300;
const incidentsOf = (attack: Packet[], background = BACKGROUND): readonly Incident[] =>
  run(inOrder(background, attack), {}, OFFICE).incidents;
const kindsOf = (attack: Packet[], background = BACKGROUND): string[] =>
  incidentsOf(attack, background).map(({ kind }) => kind);

describe('harmless traffic', () => {
  it.each([2, 3, 4, 5])('of the same office raises nothing (seed %i)', (seed) => {
    expect(kindsOf([], office(1800, seed))).toEqual([]);
  });
});

it('A whole connection is judged as it comes: an upload may be one', () => {
  const connection = { schema: { ...SCHEMA, kind: 'connection' as const } };
  const row = (at: number, from: string, to: string, port: number, up: number): Packet => ({
    ...{ at, from, to, port, opens: true, bytes: up },
    traffic: { flow: -1, payload: up, replyPayload: 900, packets: 4 + Math.ceil(up / 1460), duration: 1 },
  });
  const day = (seed: number): Packet[] =>
    office(1800, seed)
      .filter(({ opens, port }) => opens && port !== -1)
      .map(({ at, from, to, port }, i) => row(at, from ?? '', to ?? '', port ?? 0, 300 + ((i * 7919) % 900)));
  const told = (packets: Packet[]) => run(packets, connection, day(1)).incidents.map(({ initiator }) => initiator);
  expect(told(day(2))).toEqual([]);
  expect(told(inOrder(day(2), [row(900, '10.0.0.2', '203.0.113.99', 4444, 3e7)]))).toEqual(['10.0.0.2']);
});

describe('raised and named', () => {
  it.each<[string, Packet[]]>([
    ['port scan', scan(FROM)],
    ['DNS tunnel', tunnel(FROM)],
    ['ping flood', repeat(500, FROM, 0.02, (at) => ping(at, '10.0.0.66', SERVER))],
    ['ICMP tunnel', repeat(100, FROM, 0.2, (at, i) => ping(at, '10.0.0.2', '203.0.113.99', 400 + i, 900 - i))],
  ])('is a %s, once', (kind, attack) => {
    expect(kindsOf(attack)).toEqual([kind]);
  });

  it.each<[string, string, Packet[]]>([
    ['a sweep', '10.0.0.66', sweep(FROM, 250)],
    ['guessing', '10.0.0.66', guessing(FROM)],
    ['a flood', '10.0.0.66', flood(FROM, 4000)],
    ['an upload', '10.0.0.2', upload(FROM)],
    ['a beacon', '10.0.0.2', beacon(FROM, 29)],
    ['a shell', '10.0.0.2', shell(FROM, 100)],
  ])('is %s, with its initiator', (_name, initiator, attack) => {
    expect(incidentsOf(attack)).toMatchObject([{ initiator }]);
  });

  it('is what a host does under a flood of spoofed senders', () => {
    const spoofed = repeat(40_000, FROM - 5, 0.0005, (at, i) => {
      const from = `198.18.${i >> 8}.${i & 255}`;
      return attempt(at, { from, to: SERVER, port: 22, fromPort: 1024 + i }, false);
    });
    expect(incidentsOf(inOrder(tunnel(FROM), spoofed)).map(({ initiator }) => initiator)).toContain('10.0.0.2');
  });

  it('is nothing while it is as little as anybody does', () => {
    expect(kindsOf(scan(FROM, 2))).toEqual([]);
    expect(kindsOf(guessing(FROM, 2, '10.0.0.3'))).toEqual([]);
    expect(kindsOf(upload(FROM, 5000))).toEqual([]);
    expect(kindsOf(beacon(FROM, 3))).toEqual([]);
    expect(kindsOf(shell(FROM, 1))).toEqual([]);
  });

  it('is told with what was seen, in how long, and what training had', () => {
    const [incident] = incidentsOf(scan(FROM));
    for (const { text } of incidentsOf(scan(FROM))[0].reasons.slice(0, 2))
      expect(text).toMatch(/^\d+ [a-z ]+( within 60 s)?; (none|at most \d+) by anybody in training$/);
    expect(incident.openedUs - incident.firstUs).toBeLessThan(10e6);
  });
});
