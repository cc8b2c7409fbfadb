/** From made packets to the statistics of their entities: openings, messages, names, and how little room they take. */
import { describe, expect, it } from 'vitest';
import { Relations } from '../../../src/detect/evidence/relations.js';
import {
  FAMILIES,
  I,
  INITIATOR_FAMILY,
  P,
  PAIR_FAMILY,
  S,
  SERVICE_FAMILY,
  STATISTICS,
  scalesOf,
  windowUs,
  Z,
  ZONE_FAMILY,
} from '../../../src/detect/evidence/statistics.js';
import { Windows } from '../../../src/detect/evidence/windows.js';
import type { RecordKind } from '../../../src/features/extractor.js';
import { REFUSED, UNANSWERED } from '../../../src/features/traffic.js';
import { attempt, connection, flood, inOrder, lookUp, office, ping, repeat, SERVER, scan, shell } from '../dealings.js';
import { batchOf, type Packet, series } from '../traffic.js';

const NOBODY = { self: -1, behind: false, routers: [], own: '' };

interface Seen {
  readonly family: number;
  readonly scale: number;
  readonly startUs: number;
  readonly stats: Float64Array;
}

function follow(
  packets: readonly Packet[],
  kind: RecordKind = 'packet',
  scales = 1,
): { seen: Seen[]; windows: Windows } {
  const relations = new Relations();
  const seen: Seen[] = [];
  const windows = new Windows(kind, relations, NOBODY, scales, {
    due: () => undefined,
    full: ({ family }, scale, stats, startUs) => seen.push({ family, scale, startUs, stats: stats.slice() }),
  });
  const batch = batchOf(packets);
  for (let k = 0; k < batch.count; k++) relations.observe(batch, k, 0);
  relations.freeze();
  for (let k = 0; k < batch.count; k++) windows.observe(batch, k);
  windows.finish();
  return { seen, windows };
}

/** The largest value of a statistic in any window of the shortest length. */
const most = (packets: readonly Packet[], family: number, j: number, kind: RecordKind = 'packet'): number =>
  Math.max(
    0,
    ...follow(packets, kind)
      .seen.filter((one) => one.family === family && one.scale === 0)
      .map(({ stats }) => stats[j]),
  );
/** Something else, so that time goes on. */
const later = (at: number): Packet => ({
  at,
  from: '10.0.0.77',
  to: '10.0.0.78',
  protocol: 17,
  port: 5000,
  opens: true,
});

const CALL = { from: '10.0.0.2', to: SERVER, port: 22, fromPort: 40_000 };

describe('openings', () => {
  it('fail when they are refused, or when nobody answered within three seconds', () => {
    expect(most(attempt(1, CALL), PAIR_FAMILY, P.failed)).toBe(1);
    expect(most([...attempt(1, CALL, false), later(3)], PAIR_FAMILY, P.failed)).toBe(0);
    expect(most([...attempt(1, CALL, false), later(5)], PAIR_FAMILY, P.failed)).toBe(1);
    expect(most([...connection(1, CALL, []), later(9)], PAIR_FAMILY, P.failed)).toBe(0);
  });

  it('stay half-open where the SYN-ACK is never answered, at the service that they are open to', () => {
    const attack = [...flood(1, 50), later(9)];
    expect(most(attack, SERVICE_FAMILY, S.half_open)).toBe(50);
    expect(most(attack, SERVICE_FAMILY, S.received_connections)).toBe(50);
    expect(most([...connection(1, CALL, []), later(9)], SERVICE_FAMILY, S.half_open)).toBe(0);
  });

  it('of a scan reach as many services, of one host and refused', () => {
    const attack = scan(1, 30);
    for (const j of [I.services, I.ports_of_one, I.failed_services]) expect(most(attack, INITIATOR_FAMILY, j)).toBe(30);
    expect(most(attack, INITIATOR_FAMILY, I.hosts)).toBe(1);
  });

  it('count a stray segment that is reset as a probe', () => {
    const probes = repeat(20, 1, 0.1, (at, i) => [
      { at, ...CALL, port: 1000 + i, flags: 0x01, opens: false },
      { at: at + 0.01, ...CALL, port: 1000 + i, reply: true, flags: 0x14, traffic: { refused: true } },
    ]);
    expect(most(probes, INITIATOR_FAMILY, I.failed_services)).toBe(20);
  });

  it('are open at once until they end', () => {
    const held = repeat(12, 1, 0.1, (at, i) => connection(at, { ...CALL, fromPort: 40_000 + i }, [], false));
    const ended = repeat(12, 1, 0.1, (at, i) => connection(at, { ...CALL, fromPort: 40_000 + i }, []));
    expect(most(held, PAIR_FAMILY, P.open_at_once)).toBe(12);
    expect(most(ended, PAIR_FAMILY, P.open_at_once)).toBe(1);
  });
});

describe('what is said', () => {
  it('counts both ways, exchanges, and answers of one size', () => {
    const guesses = repeat(5, 1, 1, (at, i) =>
      connection(at, { ...CALL, fromPort: 40_000 + i }, [
        [0.1, false, 80],
        [0.1, true, 120],
        [0.1, false, 80],
        [0.1, true, 120],
        [0.1, false, 5],
      ]),
    );
    expect(most(guesses, PAIR_FAMILY, P.sent)).toBe(5 * 165);
    expect(most(guesses, PAIR_FAMILY, P.received)).toBe(5 * 240);
    expect(most(guesses, PAIR_FAMILY, P.exchanges)).toBe(15);
    expect(most(guesses, PAIR_FAMILY, P.same_answers)).toBe(10);
    expect(most(guesses, PAIR_FAMILY, P.same_sessions)).toBe(5);
  });

  it('is reversed in a shell', () => {
    expect(most(shell(1, 8), PAIR_FAMILY, P.commanded)).toBe(8);
    expect(most(office(120, 3), PAIR_FAMILY, P.commanded)).toBe(0);
  });

  it('is unanswered where nothing comes back for a second', () => {
    const into = [
      ...connection(1, CALL, [], false),
      ...series(10, 0.5, (_i, at) => ({ at, ...CALL, payload: 1000 }), 2),
    ];
    expect(most(into, PAIR_FAMILY, P.unanswered)).toBe(10_000);
  });
});

describe('messages', () => {
  it('count echoes of many sizes, and replies unlike their request', () => {
    const tunnel = repeat(10, 1, 0.1, (at, i) => ping(at, '10.0.0.2', SERVER, 100 + i, 300));
    expect(most(tunnel, PAIR_FAMILY, P.unlike_echoes)).toBe(10);
    expect(most(tunnel, PAIR_FAMILY, P.echo_sizes)).toBe(10);
    expect(
      most(
        repeat(10, 1, 0.1, (at) => ping(at, '10.0.0.2', SERVER)),
        PAIR_FAMILY,
        P.unlike_echoes,
      ),
    ).toBe(0);
  });

  it('count names of one zone once, with their length, those that do not exist and questions for free data', () => {
    const asked = [
      ...lookUp(1, '10.0.0.2', 'aaaa.example.com'),
      ...lookUp(2, '10.0.0.2', 'aaaa.example.com'),
      ...lookUp(3, '10.0.0.2', 'b.c.example.com', false, 16),
      ...lookUp(4, '10.0.0.2', 'other.test'),
    ];
    const values = [Z.names, Z.longest_name, Z.missing_names, Z.free_questions].map((j) => most(asked, ZONE_FAMILY, j));
    expect(values).toEqual([2, 4, 1, 1]);
  });

  const arp = (to: string, from = '10.0.0.66'): Packet => ({
    at: 1,
    from,
    to,
    port: -1,
    protocol: -1,
    traffic: { arpOpcode: 1 },
  });

  it('count look-ups of others, and no announcement of one’s own address', () => {
    const asked = ['10.0.0.1', '10.0.0.2', '10.0.0.2', '10.0.0.66'].map((to) => arp(to));
    expect(most(asked, INITIATOR_FAMILY, I.lookups)).toBe(2);
  });

  it('count as news what nobody else looked up, but not who asks whether the address of his choice is free', () => {
    // without MAC addresses who is local may be the captured host, of which there is but one
    const alone = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((to) => arp(to, '198.51.100.66'));
    expect(most(alone, INITIATOR_FAMILY, I.new_lookups)).toBe(3);
    expect(most([...alone, arp('10.0.0.2', '198.51.100.9')], INITIATOR_FAMILY, I.new_lookups)).toBe(2);
    const probes = ['10.0.0.1', '10.0.0.2'].map((to) => arp(to, '0.0.0.0'));
    expect(most(probes, INITIATOR_FAMILY, I.lookups)).toBe(2);
    expect(most(probes, INITIATOR_FAMILY, I.new_lookups)).toBe(0);
  });
});

describe('whole connections', () => {
  const row = (traffic: Packet['traffic'], port = 22): Packet => ({
    at: 1,
    ...CALL,
    port,
    opens: true,
    traffic: { flow: -1, ...traffic },
  });

  it('count their bytes, lengths and what came to nothing', () => {
    const rows = [
      row({ payload: 5000, replyPayload: 200, duration: 60 }),
      row({ outcome: REFUSED }),
      row({ outcome: UNANSWERED }),
    ];
    const values = [P.connections, P.failed, P.sent, P.received, P.one_sided, P.age].map((j) =>
      most(rows, PAIR_FAMILY, j, 'connection'),
    );
    expect(values).toEqual([3, 2, 5000, 200, 4800, 60]);
    expect(most(rows, SERVICE_FAMILY, S.half_open, 'connection')).toBe(1);
  });
});

describe('windows', () => {
  it('begin with the first event, are a minute long, and then four times as long, to an eighth of the training', () => {
    const { seen } = follow(
      repeat(41, 30, 10, (at) => ping(at, '10.0.0.2', SERVER)),
      'packet',
      2,
    );
    const of = (scale: number): Seen[] => seen.filter((one) => one.family === PAIR_FAMILY && one.scale === scale);
    expect(of(0).map(({ stats }) => stats[P.connections])).toEqual([6, 6, 6, 6, 6, 6, 5]);
    expect(of(1).map(({ stats }) => stats[P.connections])).toEqual([24, 17]);
    expect(of(0)[1].startUs - of(0)[0].startUs).toBe(60e6);
    expect([480e6, 1919e6, 1920e6, 8 * 3600e6].map(scalesOf)).toEqual([1, 1, 2, 3]);
    expect(windowUs(2)).toBe(960e6);
  });

  it('of more spoofed sources than there is room for take a bounded place, and what was forgotten is counted', () => {
    const spoofed = (n: number): Packet[] =>
      Array.from({ length: n }, (_, i) => ({
        ...attempt(
          1 + i / 10_000,
          { ...CALL, from: `198.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, fromPort: i % 60_000 },
          false,
        )[0],
      }));
    const known = office(25, 4, 1);
    const { windows } = follow(inOrder(spoofed(80_000), known));
    expect(windows.ledger.forgotten).toBeGreaterThan(80_000 - 65_536);
  });
});

it('Every statistic has a name of its own in its family, and what every connection shows is no evidence', () => {
  expect(STATISTICS).toHaveLength(FAMILIES.length);
  for (const table of STATISTICS) {
    expect(new Set(table.map(({ name }) => name)).size).toBe(table.length);
    for (const { floor, scale } of table) expect([floor >= 0, scale > 0]).toEqual([true, true]);
  }
});
