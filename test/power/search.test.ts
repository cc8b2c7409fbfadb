/** The smallest size that is raised: what is asked for next, and what is told when. */
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/engine/power/pass.ts';
import { Search } from '../../src/engine/power/search.ts';
import { template } from './network.ts';

const scan = template('SYN scan');
const [least, , , , , , , largest] = scan.sizes;

/** Takes what `named` and `raised` say of the sizes, until the answer is there or so many rounds are over. */
function run(search: Search, named: (size: number) => boolean, rounds = 20, raised = named): number[] {
  const asked: number[] = [];
  for (let i = 0; i < rounds && search.next().length > 0; i++) {
    const wishes = search.next();
    asked.push(wishes[0].size);
    const found = wishes.map((wish): Finding => {
      return {
        ...wish,
        named: named(wish.size),
        raised: raised(wish.size),
        delayS: raised(wish.size) ? 1 : Number.NaN,
      };
    });
    search.take(found, false);
  }
  return asked;
}

const quick = (whyNot: (size: number) => string | undefined = () => undefined) => new Search(scan, whyNot, 3, true);

describe('the search for the smallest size', () => {
  it('asks for one in the middle, then bisects, then makes sure of what remains', () => {
    const search = quick();
    const asked = run(search, (size) => size >= 20);
    expect(asked).toEqual([50, 10, 20, 20]);
    expect(search.result()).toMatchObject({ answer: 'raised', smallest: 20 });
    expect(search.result().sizes.map(({ placements }) => placements)).toEqual([1, 3, 1]);
  });

  it('asks for the largest where the middle is missed', () => {
    const search = quick();
    expect(run(search, (size) => size >= 500)).toEqual([50, 1000, 200, 500, 500]);
    expect(search.result()).toMatchObject({ answer: 'raised', smallest: 500 });
  });

  it('goes up where what was raised once is missed by another placement', () => {
    const search = quick();
    run(search, (size) => size >= 50);
    expect(search.result()).toMatchObject({ answer: 'raised', smallest: 50 });
    const unlucky = quick();
    let asked = 0;
    run(unlucky, (size) => size >= 100 || (size === 50 && asked++ === 0));
    expect(unlucky.result()).toMatchObject({ answer: 'raised', smallest: 100 });
  });

  it('goes by the right name: what is raised under another one is counted, and is no answer', () => {
    const search = quick();
    run(
      search,
      (size) => size >= 100,
      20,
      () => true,
    );
    const result = search.result();
    expect(result).toMatchObject({ answer: 'raised', smallest: 100 });
    expect(result.sizes.find(({ size }) => size === 50)).toMatchObject({ raised: 1, named: 0 });
  });

  it('says "missed" of what the largest size was tried for by two placements', () => {
    const search = quick((size) => (size === largest ? 'too long' : undefined));
    run(search, () => false, 2);
    expect(search.result()).toMatchObject({ answer: 'unfinished', at_most: null });
    run(search, () => false);
    const result = search.result();
    expect(result).toMatchObject({ answer: 'missed', smallest: null });
    expect(result.sizes.at(-1)).toMatchObject({ size: 500, placements: 2, named: 0 });
    expect(result.skipped).toEqual([{ size: largest, reason: 'too long' }]);
  });

  it('has no answer where it was cut short', () => {
    for (let rounds = 0; rounds < 4; rounds++) {
      const search = quick();
      run(search, (size) => size >= 20, rounds);
      const result = search.result();
      expect(result).toMatchObject({ answer: 'unfinished', at_most: null });
      expect(result).not.toHaveProperty('smallest');
      expect(result.skipped.map(({ reason }) => reason)).toContain('no time was left');
    }
  });

  it('decides nothing before all placements are made, where there is time for all', () => {
    const search = new Search(scan, () => undefined, 10, false);
    const [first] = search.next();
    search.take([{ ...first, named: true, raised: true, delayS: 1 }], false);
    expect(search.result()).toMatchObject({ answer: 'unfinished', at_most: null });
    expect(search.next()).toHaveLength(9);
  });

  it('allows one miss in ten, not two', () => {
    for (const misses of [1, 2]) {
      const search = new Search(scan, (size) => (size === least ? undefined : 'too long'), 10, false);
      const found = search.next().map((wish): Finding => {
        const named = wish.number >= misses;
        return { ...wish, named, raised: true, delayS: 1 };
      });
      search.take(found, false);
      expect(search.result().answer).toBe(misses === 1 ? 'raised' : 'missed');
    }
  });

  it('says that a network without parties was not tried', () => {
    const search = quick();
    search.take([], true);
    const result = search.result();
    expect(result.answer).toBe('impossible');
    expect(result.skipped).toHaveLength(scan.sizes.length);
  });
});
