import { describe, expect, it } from 'vitest';
import { PacketFeatures } from '../../src/features/packet/index.ts';
import { PacketRecord } from '../../src/table/record.ts';
import { Random } from './traffic.ts';

const [FIN, SYN, RST, ACK, URG] = [1, 2, 4, 16, 32];
const CLIENT = [10, 20, 0, 9];
const SERVER = [10, 20, 0, 1];
const HOUR = 3600;

interface Given {
  /** s */
  at: number;
  flags?: number;
  /** at the client's end */
  client?: number;
  server?: number;
  from?: 'client' | 'server';
  payload?: number;
  udp?: boolean;
}

function packet({ at, flags = ACK, client = 40_000, server = 443, from = 'client', ...rest }: Given): PacketRecord {
  const back = from === 'server';
  const record = new PacketRecord();
  record.timestampUs = Math.round(at * 1e6);
  record.frameLen = record.capLen = 60;
  record.ethSrc = back ? 1 : 9;
  record.ethDst = back ? 9 : 1;
  record.ipVersion = 4;
  record.ipProto = rest.udp ? 17 : 6;
  record.ipTtl = 64;
  record.ipSrc.set(back ? SERVER : CLIENT);
  record.ipDst.set(back ? CLIENT : SERVER);
  record.srcport = back ? server : client;
  record.dstport = back ? client : server;
  if (!rest.udp) record.tcpFlags = flags;
  record.payloadLen = rest.payload ?? 0;
  return record;
}

/** What the extractor says of each packet. */
function follow(packets: readonly Given[], features = untrained()) {
  return packets.map((given) => {
    const row = new Float32Array(features.schema.columns.length);
    features.transform(packet(given), row, 0);
    const { opensFlow, begun, initiatorPort, servicePort, initiator, traffic } = features.context;
    const value = (name: string) => row[features.schema.columns.findIndex((column) => column.name === name)];
    const { refused } = traffic;
    return { opensFlow, begun, initiatorPort, servicePort, initiator: initiator.bytes[3], refused, value };
  });
}

function untrained(): PacketFeatures {
  const features = new PacketFeatures({ novelty: true });
  features.freeze();
  return features;
}

const openings = (packets: readonly Given[]): number => follow(packets).filter(({ opensFlow }) => opensFlow).length;
const handshake = (at: number): Given[] => [
  { at, flags: SYN },
  { at: at + 0.1, flags: SYN | ACK, from: 'server' },
  { at: at + 0.2 },
];

describe('a SYN-ACK', () => {
  /** Forty openings of the same client, the answer of each `later` s after its SYN; a minute on, something else. */
  const halfOpen = (later: number, reset = false): number => {
    const openings = Array.from({ length: 40 }, (_, i): Given[] => [
      { at: 10 + i / 4, client: 41_000 + i, flags: SYN },
      { at: 10 + i / 4 + later, client: 41_000 + i, from: 'server', flags: reset ? RST | ACK : SYN | ACK },
    ]).flat();
    const inOrder = openings.sort((a, b) => a.at - b.at);
    const counts = follow([...inOrder, { at: 24 }]).map(({ value }) => Math.expm1(value('initiator_half_open')));
    return Math.max(...counts);
  };

  it('that stands shortly before its SYN, in a capture out of order, is the answer; a reset is none', () => {
    expect(halfOpen(0.1)).toBe(0);
    expect(halfOpen(-0.1)).toBe(0);
    expect(halfOpen(-0.1, true)).toBeGreaterThan(20);
    expect(halfOpen(-2)).toBeGreaterThan(20);
  });
});

describe('a TCP connection', () => {
  it('is one for as long as it lives, however long it is silent', () => {
    const alive = Array.from({ length: 20 }, (_, i): Given[] => [
      { at: 2 * HOUR * (i + 1), from: 'server' },
      { at: 2 * HOUR * (i + 1) + 0.1 },
    ]).flat();
    const all = follow([...handshake(0), ...alive]);
    expect(all.filter(({ opensFlow }) => opensFlow)).toHaveLength(1);
    expect(all.every(({ begun, servicePort, initiator }) => begun && servicePort === 443 && initiator === 9)).toBe(
      true,
    );
  });

  it.each([
    ['FIN', FIN | ACK],
    ['RST', RST],
  ])('ends with %s, and a new SYN from the same port opens the next', (_name, flags) => {
    expect(openings([...handshake(0), { at: 1, flags }, ...handshake(2)])).toBe(2);
    expect(openings([...handshake(0), { at: 1, flags }, { at: 300, from: 'server' }])).toBe(1);
  });

  it('is opened once by a SYN that is repeated, and again by one minutes later', () => {
    expect(openings([0, 1, 3].map((at) => ({ at, flags: SYN })))).toBe(1);
    // others tell first that the hour has passed
    const others = [1, 2, 3].map((at): Given => ({ at: HOUR + at, client: 50_000 }));
    expect(openings([{ at: 0, flags: SYN }, ...others, { at: HOUR + 4, flags: SYN }])).toBe(2);
  });

  it('keeps its place while a flood of openings passes, answered or not', () => {
    const features = untrained();
    follow(handshake(0), features);
    const row = new Float32Array(features.schema.columns.length);
    const random = new Random(3);
    for (let i = 0; i < 120_000; i++) {
      const at = 1.5 * HOUR + i * 1e-4;
      const record = packet({ at, flags: SYN });
      record.ipSrc.set([203, random.below(256), random.below(256), random.below(256)]);
      features.transform(record, row, 0);
      const answer = packet({ at, flags: SYN | ACK, from: 'server' });
      answer.ipDst.set(record.ipSrc);
      features.transform(answer, row, 0);
    }
    expect(follow([{ at: 2 * HOUR, from: 'server' }], features)).toMatchObject([{ begun: true, opensFlow: false }]);
  });

  it('is told by features as long as training could know it, and no longer', () => {
    const features = new PacketFeatures({ novelty: true });
    // five blocks of 100 s
    for (let at = 0; at < 500; at++) features.learn(packet({ at }), Math.floor(at / 100));
    features.freeze();
    const every = Array.from({ length: 600 }, (_, i): Given => ({ at: 10 * i }));
    const all = follow([{ at: 0, flags: SYN }, ...every], features);
    expect(Math.max(...all.map(({ value }) => Math.expm1(value('flow_age'))))).toBeLessThan(100);
    expect(Math.max(...all.map(({ value }) => Math.expm1(value('flow_packets'))))).toBeLessThan(13);
    expect(all.filter(({ opensFlow }) => opensFlow)).toHaveLength(1);
    const restored = new PacketFeatures({ novelty: true }, JSON.parse(JSON.stringify(features.state())));
    expect(follow(every, restored).at(-1)?.value('flow_age')).toBe(all.at(-1)?.value('flow_age'));
  });
});

describe('a connection joined in its middle', () => {
  it('opens nothing, and says nothing about who began it', () => {
    for (const from of ['client', 'server'] as const) {
      expect(follow([{ at: 0, from }])).toMatchObject([{ opensFlow: false, begun: false, servicePort: 443 }]);
    }
  });

  it('is the guess of neither port, but known from the next SYN on', () => {
    const all = follow([
      { at: 0, client: 50_000, server: 60_000 },
      ...handshake(1).map((g) => ({ ...g, client: 50_000, server: 60_000 })),
    ]);
    expect(all.map(({ begun }) => begun)).toEqual([false, true, true, true]);
    expect(all[0]).toMatchObject({ initiator: 1, servicePort: 50_000 });
    expect(all[1]).toMatchObject({ initiator: 9, servicePort: 60_000, opensFlow: true });
  });

  it('is one whose SYN with ACK nobody asked for', () => {
    expect(follow([{ at: 0, flags: SYN | ACK, from: 'server' }])).toMatchObject([{ begun: false, initiator: 9 }]);
  });

  it('is none that somebody opened', () => {
    const joined = Array.from({ length: 40 }, (_, i): Given[] => [
      { at: i * 0.1, client: 60_000, server: 50_000 - i, payload: 10 },
      { at: i * 0.1 + 0.05, client: 60_000, server: 50_000 - i, from: 'server' },
    ]).flat();
    const all = follow([...joined, { at: 5, flags: SYN }]);
    expect(all.filter(({ opensFlow }) => opensFlow)).toHaveLength(1);
    // to the model they are there
    expect(Math.expm1(all.at(-1)?.value('pair_ports') ?? 0)).toBeCloseTo(41, 3);
  });
});

describe('a scan with flags that open no connection', () => {
  const answered = (flags: number) =>
    Array.from({ length: 40 }, (_, i): Given[] => [
      { at: i * 0.1, flags, client: 33_000, server: 1000 + 1000 * i },
      {
        at: i * 0.1 + 0.01,
        flags: (flags & ACK) !== 0 ? RST : RST | ACK,
        client: 33_000,
        server: 1000 + 1000 * i,
        from: 'server',
      },
    ]).flat();

  it.each([
    ['NULL', 0],
    ['FIN', FIN],
    ['Xmas', FIN | URG | 8],
    ['ACK', ACK],
    ['Maimon', FIN | ACK],
    ['window', ACK],
    ['SYN and FIN', SYN | FIN],
    ['all flags', 0xff],
  ])('%s: every port that was tried is refused to the one who sent it', (_name, flags) => {
    // a SYN opens a connection, whatever flags are with it: that its port is closed is no refusal of a stray segment
    const all = follow(answered(flags)).filter(({ opensFlow, refused }) => opensFlow || refused);
    expect(all).toHaveLength(40);
    expect(all.every(({ initiator }) => initiator === 9)).toBe(true);
  });

  it('is no scan when data came, or the answer was no reset of something unknown', () => {
    const refusals = (packets: readonly Given[]) => follow(packets).filter(({ refused }) => refused);
    expect(
      refusals([
        { at: 0, payload: 5 },
        { at: 0.1, flags: RST, from: 'server' },
      ]),
    ).toEqual([]);
    expect(refusals([{ at: 0 }, { at: 0.1, flags: RST | ACK, from: 'server' }])).toEqual([]);
    expect(refusals([{ at: 0 }, { at: 0.1, from: 'server' }, { at: 0.2, flags: RST, from: 'server' }])).toEqual([]);
    expect(refusals([{ at: 0, flags: RST, from: 'server' }])).toEqual([]);
  });
});

describe('a flow of datagrams', () => {
  it('ends after two minutes of silence, and who began is remembered', () => {
    const ends = { udp: true, client: 30_000, server: 50_000 };
    const all = follow([
      { at: 0, ...ends },
      { at: 200, ...ends, from: 'server' },
      { at: 201, ...ends },
      { at: 400, ...ends },
    ]);
    expect(all.every(({ begun, initiator, servicePort }) => begun && initiator === 9 && servicePort === 50_000)).toBe(
      true,
    );
    expect(all.map(({ opensFlow }) => opensFlow)).toEqual([true, false, false, true]);
  });

  it('whose question was not seen opens nothing', () => {
    expect(follow([{ at: 0, udp: true, server: 53, from: 'server' }])).toMatchObject([
      { begun: false, opensFlow: false, servicePort: 53 },
    ]);
  });
});
