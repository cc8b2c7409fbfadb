/** A million damaged packets and twenty thousand damaged files, as many of captures as of logs. Minutes; runs with SLOW set. */

import { describe, expect, test } from 'vitest';
import { tortureFiles } from './files.ts';
import { tortureFrames } from './frames.ts';
import { smallLogs, tortureLogs } from './logs.ts';
import { fileReport, frameReport, frameSeeds, smallFiles } from './material.ts';

const SEED = 20_240_501;
const FRAMES = 1_000_000;
const FILES = 20_000;
const MAX_FRAME_MS = 5;
const MAX_HEAP_GROWTH = 4 * 2 ** 20;
const MINUTES = 60_000;

describe.runIf(process.env.SLOW)('torture', () => {
  test(
    'a million mutated frames are decoded, each in less than 5 ms and without memory growing',
    async () => {
      const result = tortureFrames(await frameSeeds(), FRAMES, SEED);
      console.log(frameReport(result));
      expect(result.slowestMs).toBeLessThan(MAX_FRAME_MS);
      expect(result.heapGrowth).toBeLessThan(MAX_HEAP_GROWTH);
    },
    10 * MINUTES,
  );

  test(
    'twenty thousand mutated capture files end clean or as bad data',
    async () => {
      const result = await tortureFiles(smallFiles(), FILES, SEED);
      console.log(fileReport(`${FILES} mutated capture files`, result));
      expect(result.clean + result.refused + result.unrecognised).toBe(FILES);
    },
    10 * MINUTES,
  );

  test(
    'twenty thousand mutated conn.logs and flow tables end clean or as bad data',
    async () => {
      const result = await tortureLogs(smallLogs(), FILES, SEED);
      console.log(fileReport(`${FILES} mutated logs`, result));
      expect(result.clean + result.refused + result.unrecognised).toBe(FILES);
    },
    10 * MINUTES,
  );
});
