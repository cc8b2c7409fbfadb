/** The packet table against tshark: a sample of every collection. All of it: oracle.slow.test.ts. */

import { describe, expect, test, vi } from 'vitest';
import { type Capture, corpusCaptures, fixtureCaptures, rangeCaptures } from './captures.ts';
import { compareCaptures, unexplained } from './compare.ts';
import { tsharkVersion } from './tshark.ts';

const SAMPLE_PACKETS = 250;
/** starting tshark takes most of the time */
const EVERY = 3;
const GOAL = 0.999;

const sample = (captures: readonly Capture[]) => captures.filter((_, i) => i % EVERY === 0);

// a busy machine starts tshark slowly
vi.setConfig({ testTimeout: 300_000 });

const tshark = tsharkVersion();
if (tshark === undefined) console.log('skipped: no tshark on this machine (Debian: apt-get install tshark)');

describe.runIf(tshark !== undefined)('the packet table says what tshark says', () => {
  test('on the fixtures, but for damage made on purpose', async () => {
    const sums = await compareCaptures(fixtureCaptures(), Number.POSITIVE_INFINITY);
    expect(unexplained(sums)).toEqual([]);
    expect(sums.skipped).toEqual([]);
    expect(sums.packets).toBeGreaterThan(80);
  });

  test('on what the tunnels of the fixtures carry', async () => {
    const sums = await compareCaptures(fixtureCaptures(), Number.POSITIVE_INFINITY, true);
    console.log(`${tshark}: fixtures with --inner: ${sums.summary()}`);
    expect(unexplained(sums)).toEqual([]);
    expect(sums.inner).toBeGreaterThan(50);
  });

  const collections = [
    { name: 'our recordings', captures: sample(rangeCaptures()) },
    { name: 'captures of others', captures: sample(corpusCaptures().filter(({ name }) => /corpora.pcap./.test(name))) },
  ];
  for (const { name, captures } of collections) {
    if (captures.length === 0) console.log(`skipped: ${name} are not beside the project`);
    test.runIf(captures.length > 0)(`on the first packets of ${name}`, async () => {
      const sums = await compareCaptures(captures, SAMPLE_PACKETS);
      console.log(`${tshark}: ${name}: ${sums.summary()}`);
      expect(unexplained(sums)).toEqual([]);
      expect(sums.share).toBeGreaterThanOrEqual(GOAL);
    });
  }
});
