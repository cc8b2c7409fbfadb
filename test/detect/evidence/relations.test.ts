import { describe, expect, it } from 'vitest';
import { exactKey } from '../../../src/base/hash.js';
import { KNOWN_PAIR, NEW_CLIENT } from '../../../src/detect/evidence/novelty.js';
import { Blocks, Relations } from '../../../src/detect/evidence/relations.js';
import { pooled, serviceOf, TCP } from '../../../src/detect/evidence/services.js';
import { connection, lookUp } from '../dealings.js';
import { batchOf, end, type Packet } from '../traffic.js';

const SSH = serviceOf(TCP, 22);
const host = (address: string): number => exactKey(end(address).hashLow, end(address).hashHigh);

/** Relations after packets, each list in a block of its own. */
function relationsOf(...blocks: Packet[][]): Relations {
  const relations = new Relations();
  for (const [block, packets] of blocks.entries()) {
    const batch = batchOf(packets);
    for (let k = 0; k < batch.count; k++) relations.observe(batch, k, block);
  }
  relations.freeze();
  return relations;
}

const call = (from: string, to: string, port: number, fromPort = 40_000): Packet[] =>
  connection(1, { from, to, port, fromPort }, [
    [0.1, false, 10],
    [0.1, true, 10],
  ]);

const ASKED: Packet = { at: 1, from: '10.0.0.2', to: '10.0.0.1', port: -1, protocol: -1, traffic: { arpOpcode: 1 } };

describe('who was there', () => {
  it('is new to the other blocks where only one had it, and to nobody where two had', () => {
    const one = call('10.0.0.2', '10.0.0.1', 22);
    const relations = relationsOf(one, [...one, ...call('10.0.0.3', '10.0.0.1', 22)], []);
    const novelty = (client: string) =>
      [-1, 0, 1].map((except) => relations.noveltyOf(host(client), host('10.0.0.1'), SSH, except));
    expect(novelty('10.0.0.2')).toEqual([KNOWN_PAIR, KNOWN_PAIR, KNOWN_PAIR]);
    expect(novelty('10.0.0.3')).toEqual([KNOWN_PAIR, KNOWN_PAIR, NEW_CLIENT]);
    expect(relations.initiators.has(host('10.0.0.3'), 1)).toBe(false);
    expect(relations.initiators.has(host('10.0.0.1'), -1)).toBe(false);
    expect(relations.hosts.has(host('10.0.0.1'), -1)).toBe(true);
  });

  it('has a service of its own for what three connections used, or what is assigned; the rest is pooled', () => {
    const often = [1, 2, 3].flatMap((i) => call('10.0.0.2', '10.0.0.1', 5000, 40_000 + i));
    const relations = relationsOf([
      ...often,
      ...call('10.0.0.2', '10.0.0.1', 5001),
      ...call('10.0.0.2', '10.0.0.1', 22),
    ]);
    expect([5000, 5001, 22, 23].map((port) => relations.hasService(serviceOf(TCP, port), -1))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(relations.hasService(serviceOf(TCP, 5000), 0)).toBe(false);
    expect(pooled(serviceOf(TCP, 5001))).toBe(pooled(serviceOf(TCP, 60_000)));
    expect(pooled(serviceOf(TCP, 5001))).not.toBe(pooled(serviceOf(17, 5001)));
  });

  it('counts clients of a service that it served, up to several', () => {
    const clients = [2, 3, 4, 5].flatMap((i) => call(`10.0.0.${i}`, '10.0.0.1', 22));
    const { hashLow, hashHigh } = end('10.0.0.1');
    const offer = { responder: exactKey(hashLow, hashHigh), service: SSH };
    expect(relationsOf(clients).usersOf(offer)).toBe(3);
    expect(relationsOf(call('10.0.0.2', '10.0.0.1', 22)).usersOf(offer)).toBe(1);
  });

  it('knows what was looked up on the link, and whether somebody else did it', () => {
    const asks = (from: string): Packet => ({ ...ASKED, from });
    const { lookups } = relationsOf([asks('10.0.0.2')]);
    expect([-1, 0].map((except) => lookups.has(host('10.0.0.1'), except))).toEqual([true, false]);
    expect(['10.0.0.2', '10.0.0.3'].map((by) => lookups.hasBeside(host('10.0.0.1'), host(by)))).toEqual([false, true]);
    const both = relationsOf([asks('10.0.0.2'), asks('10.0.0.3')]).lookups;
    expect(both.hasBeside(host('10.0.0.1'), host('10.0.0.2'))).toBe(true);
  });

  it('is the same after it was saved', () => {
    const relations = relationsOf([
      ...call('10.0.0.2', '10.0.0.1', 22),
      ...lookUp(2, '10.0.0.2', 'www.example.com'),
      ASKED,
    ]);
    const saved = JSON.parse(JSON.stringify(relations.state()));
    expect(Relations.from(saved).state()).toEqual(relations.state());
    expect(saved.zones).toHaveLength(1);
    expect(saved.lookups).toHaveLength(1);
  });
});

describe('a set of what blocks had', () => {
  it('is bounded, and counts what found no place', () => {
    const blocks = new Blocks();
    for (let i = 0; i < 70_000; i++) blocks.add(i, i % 5);
    expect(blocks.size).toBe(65_536);
    expect(blocks.beyond).toBe(70_000 - 65_536);
    expect(blocks.has(69_999, -1)).toBe(false);
  });
});
