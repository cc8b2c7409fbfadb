/** Damaged packets and damaged files, a short run. The long one: torture.slow.test.ts. */

import { expect, test, vi } from 'vitest';
import { readFiles, tortureFiles } from './files.ts';
import { tortureFrames } from './frames.ts';
import { smallLogs, tortureLogs } from './logs.ts';
import { fileReport, frameReport, frameSeeds, parserCaptures, smallFiles } from './material.ts';

const SEED = 41;
const MAX_FRAME_MS = 5;
const MAX_HEAP_GROWTH = 4 * 2 ** 20;

vi.setConfig({ testTimeout: 300_000 });

test('mutated frames are decoded, each in less than 5 ms and without memory growing', async () => {
  const result = tortureFrames(await frameSeeds(), 60_000, SEED);
  console.log(frameReport(result));
  expect(result.slowestMs).toBeLessThan(MAX_FRAME_MS);
  expect(result.heapGrowth).toBeLessThan(MAX_HEAP_GROWTH);
});

test('mutated capture files end clean or as bad data', async () => {
  const result = await tortureFiles(smallFiles(), 1500, SEED);
  console.log(fileReport('1500 mutated capture files', result));
  expect(result.clean).toBeGreaterThan(300);
  expect(result.refused).toBeGreaterThan(100);
});

test('mutated conn.logs and flow tables end clean or as bad data, and their features are numbers', async () => {
  const result = await tortureLogs(smallLogs(), 1500, SEED);
  console.log(fileReport('1500 mutated logs', result));
  expect(result.clean).toBeGreaterThan(300);
  expect(result.refused).toBeGreaterThan(5);
});

const captures = parserCaptures();
if (captures.length === 0)
  console.log('skipped: the captures that others made to break parsers are not beside the project');
test.runIf(captures.length > 0)('captures made to break parsers end clean or as bad data', async () => {
  const result = await readFiles(captures.map(({ path }) => path));
  console.log(fileReport(`${captures.length} captures made to break parsers`, result));
  expect(result.clean + result.refused).toBe(captures.length);
  expect(result.clean).toBeGreaterThan(captures.length * 0.9);
});
