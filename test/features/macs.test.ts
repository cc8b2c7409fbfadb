import { describe, expect, it } from 'vitest';
import { addressText, macText } from '../../src/base/address.ts';
import { COUNT_INDEX, type CountName } from '../../src/features/counts.ts';
import { PacketFeatures } from '../../src/features/packet/index.ts';
import { packet, type Word } from './neighbours.ts';
import { Oracle } from './oracle.ts';
import { Random } from './traffic.ts';

const ROUTER = 0x020000000001;
const OTHER_ROUTER = 0x020000000002;
const HOST = 0x020000000005;
const NEIGHBOUR = 0x020000000006;
const NEW = 0x02000000009a;
const GATEWAY = '10.20.0.1';

/** A router with twenty addresses behind it, a host and its neighbour, each of which spoke ARP. */
const TRAINING: Word[] = [
  { at: 0, mac: ROUTER, ip: GATEWAY },
  { at: 0, mac: ROUTER, ip: 'fe80::1' },
  { at: 1, mac: HOST, ip: '10.20.0.5' },
  { at: 2, mac: NEIGHBOUR, ip: '10.20.0.6' },
  ...Array.from({ length: 20 }, (_, i) => ({ at: 3 + i, mac: ROUTER, ip: `198.51.100.${i}`, data: true })),
];

interface Seen {
  word: Word;
  former: string;
  moved: string;
  counts: Partial<Record<CountName | 'unasked', number>>;
}

/** What is told of each word, after training and a save. */
function told(words: readonly Word[], training: readonly Word[] = TRAINING): Seen[] {
  const learner = new PacketFeatures({ novelty: false });
  training.forEach((word) => void learner.learn(packet(word), 0));
  learner.freeze();
  const features = new PacketFeatures({ novelty: false }, JSON.parse(JSON.stringify(learner.state())));
  const row = new Float32Array(features.schema.columns.length);
  const unasked = new Map<number, number>();
  return words.map((word) => {
    features.transform(packet(word), row, 0);
    const { formerMac = -1, moved } = features.context;
    const counts: Seen['counts'] = {};
    for (const name of ['mac_conflicts', 'mac_changes'] as const) {
      const value = features.counts[COUNT_INDEX[name]];
      if (value > 3) counts[name] = value;
    }
    const replies = (unasked.get(word.mac) ?? 0) + Number(features.context.traffic.unasked && word.ip.includes('.'));
    unasked.set(word.mac, replies);
    if (replies > 3) counts.unasked = replies;
    const isMoved = formerMac >= 0;
    return {
      word,
      former: isMoved ? macText(formerMac) : '',
      moved: isMoved ? addressText(moved.family, moved.bytes) : '',
      counts,
    };
  });
}

/** The counts over what strays may have, of any of the words. */
function raised(words: readonly Word[], training: readonly Word[] = TRAINING): string[] {
  return [...new Set(told(words, training).flatMap(({ counts }) => Object.keys(counts)))];
}

const every = (seconds: number, count: number, word: Omit<Word, 'at'>, from = 0): Word[] =>
  Array.from({ length: count }, (_, i) => ({ at: from + i * seconds, ...word }));
const inOrder = (...lists: Word[][]): Word[] => lists.flat().sort((a, b) => a.at - b.at);
/** Replies to a question, so that only their content can be wrong. */
const asked = (words: Word[]): Word[] =>
  words.flatMap((word) => [{ at: word.at, mac: 0x99, ip: '10.20.0.99', to: word.ip, ask: true }, word]);

describe('an address at two MACs at once', () => {
  it('is a conflict that names the address and both MACs: its own goes on speaking', () => {
    const words = inOrder(
      every(2, 10, { mac: ROUTER, ip: GATEWAY, data: true }),
      every(2, 10, { mac: NEW, ip: GATEWAY }, 1),
    );
    expect(raised(words)).toContain('mac_conflicts');
    const last = told(words)
      .filter(({ word }) => word.mac === NEW)
      .at(-1);
    expect(last).toMatchObject({ former: '02:00:00:00:00:01', moved: GATEWAY });
    expect(told(words).filter(({ word, former }) => word.mac === ROUTER && former !== '')).toEqual([]);
  });

  it('is a conflict as well by neighbour discovery', () => {
    const words = inOrder(every(2, 10, { mac: ROUTER, ip: 'fe80::1' }), every(2, 10, { mac: NEW, ip: 'fe80::1' }, 1));
    expect(raised(words)).toEqual(['mac_conflicts']);
  });

  it('is a conflict where the router is silent under its own address and goes on forwarding', () => {
    const words = inOrder(
      every(5, 10, { mac: ROUTER, ip: '198.51.100.3', data: true }),
      every(5, 10, { mac: NEW, ip: GATEWAY }, 1),
    );
    expect(raised(words)).toContain('mac_conflicts');
  });

  it('is a conflict where the new MAC is that of another host, which goes on speaking for itself', () => {
    const words = inOrder(
      every(2, 10, { mac: NEIGHBOUR, ip: '10.20.0.6', data: true }),
      every(2, 10, { mac: NEIGHBOUR, ip: GATEWAY }, 1),
    );
    expect(raised(words)).toContain('mac_conflicts');
  });

  it('is a conflict of two newcomers, of whom training knows nothing', () => {
    const words = inOrder(
      every(2, 10, { mac: HOST, ip: '10.20.0.77' }),
      every(2, 10, { mac: NEW, ip: '10.20.0.77' }, 1),
    );
    expect(raised(asked(words))).toEqual(['mac_conflicts']);
  });

  it('is a conflict where each claim comes from another MAC', () => {
    const words = inOrder(
      every(2, 10, { mac: ROUTER, ip: GATEWAY, data: true }),
      Array.from({ length: 10 }, (_, i) => ({ at: 1 + 2 * i, mac: NEW + 1 + i, ip: GATEWAY })),
    );
    expect(raised(words)).toEqual(['mac_conflicts']);
  });

  it('counts what is forwarded in the place of a router', () => {
    const words = inOrder(
      [
        { at: 0, mac: ROUTER, ip: GATEWAY },
        { at: 1, mac: NEW, ip: GATEWAY },
        { at: 2, mac: ROUTER, ip: GATEWAY },
      ],
      every(0.1, 20, { mac: NEW, ip: '198.51.100.4', data: true }, 3),
    );
    expect(told(words).at(-1)).toMatchObject({ moved: GATEWAY, counts: { mac_conflicts: 21 } });
  });
});

describe('a replaced device', () => {
  it('is a change for a minute, then the new MAC is the address’s own; what is behind a router is no change', () => {
    const words = inOrder(
      every(2, 100, { mac: NEW, ip: GATEWAY }),
      every(2, 100, { mac: NEW, ip: '198.51.100.3', data: true }, 1),
    );
    const seen = told(asked(words));
    expect(raised(asked(words))).toEqual(['mac_changes']);
    expect(new Set(seen.map(({ moved }) => moved))).toEqual(new Set(['', GATEWAY]));
    expect(seen.filter(({ word, former }) => word.at > 70 && former !== '')).toEqual([]);
  });

  it('is told however seldom it speaks', () => {
    expect(raised(every(300, 5, { mac: NEW, ip: GATEWAY, ask: true }))).toEqual(['mac_changes']);
  });

  it('becomes a conflict when the old one comes back and both speak', () => {
    const words = inOrder(every(2, 60, { mac: NEW, ip: GATEWAY }), every(2, 10, { mac: ROUTER, ip: GATEWAY }, 101));
    expect(raised(words)).toEqual(expect.arrayContaining(['mac_changes', 'mac_conflicts']));
  });

  it('is nothing where it replaced a client of DHCP, or asked for its address itself', () => {
    const fresh = every(2, 10, { mac: NEW, ip: '10.20.0.5', ask: true }, 1);
    expect(raised(fresh)).toEqual(['mac_changes']);
    expect(raised([{ at: 0, mac: NEW, ip: '0.0.0.0', dhcp: true }, ...fresh])).toEqual([]);
    expect(raised(fresh, [...TRAINING, { at: 60, mac: HOST, ip: '0.0.0.0', dhcp: true }])).toEqual([]);
    expect(
      raised([
        { at: 0, mac: NEW, ip: '0.0.0.0', dhcp: true },
        ...every(2, 10, { mac: NEW, ip: GATEWAY, ask: true }, 1),
      ]),
    ).toEqual(['mac_changes']);
  });
});

describe('nothing is wrong', () => {
  const both = (ip: string, a: number, b: number): Word[] =>
    inOrder(every(2, 10, { mac: a, ip }), every(2, 10, { mac: b, ip }, 1));

  it.each([2, 4, 6])('where an address lived at %i MACs in training', (count) => {
    const homes = Array.from({ length: count }, (_, i) => ({ at: 30 + i, mac: NEW + i, ip: GATEWAY }));
    expect(raised(asked(both(GATEWAY, ROUTER, NEW + count - 1)), [...TRAINING, ...homes])).toEqual([]);
  });

  it('where one router of training takes the address of another', () => {
    const second = Array.from({ length: 20 }, (_, i) => ({
      at: 30 + i,
      mac: OTHER_ROUTER,
      ip: `203.0.113.${i}`,
      data: true,
    }));
    expect(raised(asked(both(GATEWAY, ROUTER, OTHER_ROUTER)), [...TRAINING, ...second])).toEqual([]);
  });

  it('where addresses elsewhere come through one router and then through another', () => {
    const through = (ip: string): Word[] => both(ip, ROUTER, NEW).map((word) => ({ ...word, data: true }));
    expect(raised(inOrder(through('198.51.100.3'), through('192.0.2.7'), through('2001:db8::7')))).toEqual([]);
  });

  it('where a bridge or a router sends packets of a host from its own MAC, and copies what it says to all', () => {
    const words = every(2, 10, { mac: HOST, ip: '10.20.0.5', ask: true });
    const copies = words.map((word) => ({ ...word, at: word.at + 0.000004, mac: NEW }));
    const data = every(2, 10, { mac: NEW, ip: '10.20.0.5', data: true }, 1);
    expect(raised(inOrder(words, copies, data))).toEqual([]);
  });

  it('where a router answers for many others', () => {
    const proxied = Array.from({ length: 9 }, (_, i) => ({ at: 30 + i, mac: NEW, ip: `10.20.1.${i}` }));
    expect(raised(asked(both('10.20.0.5', HOST, NEW)), [...TRAINING, ...proxied])).toEqual([]);
  });

  it('where a device announces its own address again and again', () => {
    expect(raised(every(0.1, 20, { mac: HOST, ip: '10.20.0.5', to: '10.20.0.5' }))).toEqual([]);
    expect(raised(every(0.1, 20, { mac: NEW, ip: '10.20.0.88', to: '10.20.0.88' }))).toEqual([]);
    expect(raised(every(0.1, 20, { mac: NEW, ip: '10.20.0.88' }))).toEqual(['unasked']);
  });

  it('where there are no MAC addresses, or those of loopback or of groups', () => {
    for (const mac of [-1, 0, 0x010000000001]) expect(raised(asked(both(GATEWAY, ROUTER, mac)))).toEqual([]);
  });
});

describe('MAC addresses of the segment', () => {
  it('are counted in 60 s, each on its first packet in a minute', () => {
    const features = new PacketFeatures({ novelty: false });
    features.freeze();
    const row = new Float32Array(features.schema.columns.length);
    const count = (at: number, mac: number): number => {
      features.transform(packet({ at, mac, ip: '10.20.0.5', data: true }), row, 0);
      return features.counts[COUNT_INDEX.macs];
    };
    expect([count(0, 7), count(1, 8), count(2, 7), count(30, 9)]).toEqual([1, 2, Number.NaN, 3]);
    expect(count(65, 10), 'the first two are a minute old').toBe(2);
    for (let i = 0; i < 20_000; i++) count(100 + i / 1000, 0x0a0000000000 + i * 257);
    expect(count(120, 5)).toBe(20_001);
  });

  it('by the ten thousand do not push out who is known', () => {
    const random = new Random(3);
    const flood = Array.from({ length: 50_000 }, (_, i) => ({
      at: 61 + i / 200,
      mac: 0x0a0000000000 + random.below(0xffffffff),
      ip: `10.${random.below(256)}.${random.below(256)}.${random.below(256)}`,
      ask: true,
    }));
    const words = inOrder(
      every(2, 150, { mac: ROUTER, ip: GATEWAY, data: true }),
      every(2, 150, { mac: NEW, ip: GATEWAY }, 1),
      flood,
    );
    const spoofed = told(words).filter(({ word }) => word.mac === NEW && word.at > 10);
    expect(spoofed.every(({ counts }) => (counts.mac_conflicts ?? 0) > 3)).toBe(true);
    expect(told(words).filter(({ word, former }) => word.mac !== NEW && former !== '')).toEqual([]);
  });
});

describe('who is who against a slow and obvious implementation', () => {
  /** Hosts mostly at their own MACs, sometimes at others; claims, data, DHCP; pauses up to half an hour. */
  function segment(seed: number, count: number, mess: number): Word[] {
    const random = new Random(seed);
    const addresses = [GATEWAY, 'fe80::1', '10.20.0.5', '10.20.0.6', 'fe80::6', '10.20.0.7'];
    const macs = [ROUTER, ROUTER, HOST, NEIGHBOUR, NEIGHBOUR, NEW];
    let at = 0;
    return Array.from({ length: count }, () => {
      at += random.chance(0.02) ? random.below(1800) : random.chance(0.1) ? 0.0002 : random.below(5000) / 1000;
      const who = random.below(addresses.length);
      const mac = random.chance(mess) ? NEW + random.below(3) : (macs[who] as number);
      if (random.chance(0.01)) return { at, mac, ip: '0.0.0.0', dhcp: true };
      const far = random.chance(0.3);
      const ip = far ? `198.51.100.${random.below(30)}` : (addresses[who] as string);
      const back = random.below(addresses.length);
      const to = ip.includes(':') ? 'fe80::1' : ['10.20.0.5', GATEWAY][back % 2];
      return {
        at,
        mac: far ? (random.chance(mess) ? NEW : ROUTER) : mac,
        ip,
        data: far || random.chance(0.5),
        to,
        toMac: macs[back],
      };
    });
  }

  it.each([1, 2, 3])('is the same, packet by packet (seed %i)', (seed) => {
    const features = new PacketFeatures({ novelty: true });
    const learner = new Oracle();
    for (const word of segment(seed, 300, 0.005)) {
      const record = packet(word);
      features.learn(record, 0);
      learner.learn(record, 0);
    }
    features.freeze();
    const records = segment(seed + 10, 900, 0.15).map(packet);
    const slow = new Oracle(learner);
    const row = new Float32Array(features.schema.columns.length);
    const place = (name: string): number => features.schema.columns.findIndex((column) => column.name === name);
    const [mismatch, conflict] = [place('mac_mismatch'), place('mac_conflict')];
    let wrong = 0;
    const differences: string[] = [];
    records.forEach((record, at) => {
      features.transform(record, row, 0);
      const right = slow.transform(record, -1);
      wrong += row[mismatch];
      const [is, should] = [`${row[mismatch]} ${row[conflict]}`, `${right.mac_mismatch} ${right.mac_conflict}`];
      if (is !== should) differences.push(`record ${at + 1}: ${is}, should be ${should}`);
    });
    expect(differences).toEqual([]);
    expect(wrong, 'moves are among them').toBeGreaterThan(20);
  });
});

describe('the same address in two VLANs', () => {
  const there = every(10, 30, { mac: NEW, ip: GATEWAY, vlan: 20 });
  const home = every(10, 30, { mac: ROUTER, ip: GATEWAY }, 5);

  it('is that of two hosts', () => {
    expect(raised(asked(inOrder(there, home)))).toEqual([]);
    const training = [...TRAINING, ...every(10, 3, { mac: NEW, ip: GATEWAY, vlan: 20 })];
    expect(raised(asked(inOrder(there, home)), training)).toEqual([]);
  });

  it('is guarded in each of them, and behind a tag of priority alone it is no other', () => {
    const tagged: Word[] = TRAINING.map((word) => ({ ...word, vlan: 20 }));
    const spoof = inOrder(there, every(10, 30, { mac: ROUTER, ip: GATEWAY, vlan: 20 }, 5));
    expect(raised(asked(spoof), [...tagged, ...TRAINING])).toContain('mac_conflicts');
    const priority = inOrder(every(10, 30, { mac: NEW, ip: GATEWAY, vlan: 0 }), home);
    expect(raised(asked(priority))).toContain('mac_conflicts');
  });
});
