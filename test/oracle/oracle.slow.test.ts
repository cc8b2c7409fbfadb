/** The packet table against tshark: every packet of every readable capture. Minutes; runs with SLOW set. */

import { describe, expect, test } from 'vitest';
import { corpusCaptures, rangeCaptures } from './captures.ts';
import { type Comparison, compareCaptures, unexplained } from './compare.ts';
import { DIFFERENCES } from './differences.ts';
import { tsharkVersion } from './tshark.ts';

const GOAL = 0.999;
const MINUTES = 60_000;
/** Tunnels are in small captures, or from the beginning on. */
const TUNNEL_PACKETS = 2000;

const tshark = process.env.SLOW ? tsharkVersion() : undefined;
if (process.env.SLOW && tshark === undefined) console.log('skipped: no tshark on this machine');

function report(name: string, sums: Comparison): void {
  console.log(`${tshark}: ${name}: ${sums.summary()}`);
  for (const { name, reason } of DIFFERENCES) if (sums.classes.has(name)) console.log(`  ${name}: ${reason}`);
}

describe.runIf(tshark !== undefined)('the packet table says what tshark says', () => {
  const range = rangeCaptures();
  test.runIf(range.length > 0)(
    'on all our recordings',
    async () => {
      const sums = await compareCaptures(range, Number.POSITIVE_INFINITY);
      report('our recordings', sums);
      expect(unexplained(sums)).toEqual([]);
      expect(sums.skipped).toEqual([]);
      expect(sums.share).toBeGreaterThanOrEqual(GOAL);
    },
    20 * MINUTES,
  );

  // Captures made to break dissectors and captures of link types that are not decoded are part of these, so the goal is not theirs.
  const corpora = corpusCaptures();
  test.runIf(corpora.length > 0)(
    'on all captures of others, but for differences with a known reason',
    async () => {
      const sums = await compareCaptures(corpora, Number.POSITIVE_INFINITY);
      report('captures of others', sums);
      expect(unexplained(sums)).toEqual([]);
    },
    45 * MINUTES,
  );

  test.runIf(corpora.length > 0)(
    'on what tunnels in captures of others carry',
    async () => {
      const sums = await compareCaptures(corpora, TUNNEL_PACKETS, true);
      report('captures of others, with --inner', sums);
      expect(unexplained(sums)).toEqual([]);
      expect(sums.inner).toBeGreaterThan(0);
    },
    45 * MINUTES,
  );
});
