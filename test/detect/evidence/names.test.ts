/** Servers that moved: what is reached under a name that training knew is what it was under another address. */
import { describe, expect, it } from 'vitest';
import { exactKey } from '../../../src/base/hash.js';
import { Names } from '../../../src/detect/evidence/names.js';
import { KNOWN_PAIR, NEW_CLIENT, NEW_SERVER } from '../../../src/detect/evidence/novelty.js';
import { Relations } from '../../../src/detect/evidence/relations.js';
import { Windows } from '../../../src/detect/evidence/windows.js';
import { connection, inOrder, lookUp } from '../dealings.js';
import { batchOf, end, type Packet } from '../traffic.js';

const [CLIENT, OTHER, RESOLVER] = ['10.0.0.2', '10.0.0.3', '10.0.0.53'];
const [HOME, MOVED, STRANGE] = ['203.0.113.10', '203.0.113.77', '203.0.113.99'];
const NAME = 'cloud.example.com';
const host = (address: string): number => exactKey(end(address).hashLow, end(address).hashHigh);

const call = (at: number, to: string, from = CLIENT): Packet[] =>
  connection(at, { from, to, port: 443, fromPort: 40_000 + Math.floor(at) }, [
    [0.1, false, 300],
    [0.1, true, 900],
  ]);
const told = (at: number, address: string, name = NAME, from = CLIENT, resolver = RESOLVER): Packet[] =>
  lookUp(at, from, name, true, 1, [address], resolver);
const TRAINING = [1, 2, 3].flatMap((i) => [...told(60 * i, HOME), ...call(60 * i + 1, HOME)]);

interface Seen {
  readonly client: number;
  readonly responder: number;
  readonly address: number;
  readonly novelty: number;
}

/** Pairs at port 443 in what follows the training. @param blocks training's block of that number is left out of what is known */
function pairs(packets: readonly Packet[], training: readonly Packet[][] = [TRAINING], except = -1): Seen[] {
  const relations = new Relations();
  for (const [block, part] of training.entries()) {
    const batch = batchOf(part);
    for (let k = 0; k < batch.count; k++) relations.observe(batch, k, block);
  }
  relations.freeze();
  const known = Relations.from(JSON.parse(JSON.stringify(relations.state())));
  const seen: Seen[] = [];
  const nobody = { self: -1, behind: false, routers: [], own: '' };
  const windows = new Windows('packet', except < 0 ? known : relations, nobody, 1, {
    due: () => undefined,
    full: ({ family, initiator, responder, address, novelty, port }) => {
      if (family === 0 && port === 443) seen.push({ client: initiator, responder, address, novelty });
    },
  });
  windows.ledger.block = except;
  const batch = batchOf(packets);
  for (let k = 0; k < batch.count; k++) windows.observe(batch, k);
  windows.finish();
  return seen;
}

describe('a server at another address', () => {
  it('is the one that training knew, where the client was told the address under its name', () => {
    const [moved] = pairs([...told(1, MOVED), ...call(2, MOVED)]);
    const expected = { client: host(CLIENT), responder: host(HOME), address: host(MOVED), novelty: KNOWN_PAIR };
    expect(moved).toEqual(expected);
  });

  it('is a new one where no name tells of it', () => {
    expect(pairs(call(2, MOVED))[0]).toMatchObject({ responder: host(MOVED), novelty: NEW_SERVER });
  });

  it('is a new one under a name that training did not have', () => {
    const [strange] = pairs([...told(1, STRANGE, 'c2.example.net'), ...call(2, STRANGE)]);
    expect(strange).toMatchObject({ responder: host(STRANGE), novelty: NEW_SERVER });
  });

  it('is a new one where another resolver than training had tells the name', () => {
    const [strange] = pairs([...told(1, STRANGE, NAME, CLIENT, '198.51.100.5'), ...call(2, STRANGE)]);
    expect(strange?.novelty).toBe(NEW_SERVER);
  });

  it('is a new one where neighbours tell the name among themselves, as LLMNR does', () => {
    const llmnr = (packets: Packet[]): Packet[] => packets.map((packet) => ({ ...packet, port: 5355 }));
    const training = [1, 2, 3].flatMap((i) => [...llmnr(told(60 * i, HOME)), ...call(60 * i + 1, HOME)]);
    const [strange] = pairs([...llmnr(told(1, MOVED)), ...call(2, MOVED)], [training]);
    expect(strange?.novelty).toBe(NEW_SERVER);
  });

  it('is a new one where somebody else was told the name', () => {
    const [strange] = pairs([...told(1, MOVED, NAME, OTHER), ...call(2, MOVED)]);
    expect(strange?.novelty).toBe(NEW_SERVER);
  });

  it('is a new one at a service that it never had under the name', () => {
    const ssh = connection(2, { from: CLIENT, to: MOVED, port: 443, fromPort: 41_000 }, [[0.1, false, 10]]);
    const training = [1, 2, 3].flatMap((i) => [
      ...told(60 * i, HOME),
      ...call(60 * i + 1, '203.0.113.11'),
      ...connection(60 * i + 2, { from: CLIENT, to: HOME, port: 22, fromPort: 42_000 + i }, [[0.1, false, 10]]),
    ]);
    expect(pairs([...told(1, MOVED), ...ssh], [training])[0]).toMatchObject({
      responder: host(MOVED),
      novelty: NEW_SERVER,
    });
  });

  it('has a new client where another client used it under the name', () => {
    const [other] = pairs([...told(1, MOVED, NAME, OTHER), ...call(2, MOVED, OTHER)]);
    expect(other).toMatchObject({ client: host(OTHER), responder: host(HOME), novelty: NEW_CLIENT });
  });

  it('goes by the name it was told last, of several at one address', () => {
    const second = 'shop.example.com';
    const training = [...TRAINING, ...told(300, STRANGE, second), ...call(301, STRANGE)];
    const told2 = inOrder(told(1, MOVED), told(2, MOVED, second), call(3, MOVED));
    expect(pairs(told2, [training])[0]?.responder).toBe(host(STRANGE));
  });

  it('stays itself where the name had the address in training as well', () => {
    const both = [...TRAINING, ...told(300, MOVED), ...call(301, MOVED)];
    expect(pairs([...told(1, MOVED), ...call(2, MOVED)], [both])[0]).toMatchObject({
      responder: host(MOVED),
      novelty: KNOWN_PAIR,
    });
  });

  it('is known as that to a block of training by what the other blocks had', () => {
    const here = [...told(500, MOVED), ...call(501, MOVED)];
    expect(pairs(here, [TRAINING, here], 1)[0]).toMatchObject({ responder: host(HOME), novelty: KNOWN_PAIR });
  });

  it('stays the same for as long as a connection lasts, whatever else is told of the address', () => {
    const second = 'shop.example.com';
    const training = [...TRAINING, ...told(300, STRANGE, second), ...call(301, STRANGE)];
    const between = { from: CLIENT, to: MOVED, port: 443, fromPort: 45_000 };
    const long = connection(2, between, [
      [0.1, false, 300],
      [3, true, 900],
      [3, false, 300],
    ]);
    const seen = pairs(inOrder(told(1, MOVED), long, told(4, MOVED, second)), [training]);
    expect(seen.map(({ responder }) => responder)).toEqual([host(HOME)]);
  });
});

describe('names', () => {
  it('are bounded, and what found no place is counted', () => {
    const names = new Names();
    const batch = batchOf(told(1, HOME));
    for (let i = 0; i < 70_000; i++) {
      batch.traffic.nameLow[1] = i;
      names.observe(batch, 1, i % 5);
    }
    expect(names.state()).toHaveLength(65_536);
    expect(names.beyond).toBe(70_000 - 65_536);
  });

  it('keep addresses up to sixty-four each, with the blocks that had them', () => {
    const names = new Names();
    for (let i = 0; i < 80; i++) names.observe(batchOf(told(1, `198.51.100.${i}`)), 1, i % 2);
    const [[name, addresses]] = names.state();
    expect(addresses).toHaveLength(64);
    expect(names.of(name, 0)).toHaveLength(32);
    expect(names.has(name, -1)).toBe(true);
    expect(names.has(name + 1, -1)).toBe(false);
  });
});
