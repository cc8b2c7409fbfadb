/** Raw rows brought by the thread of the built program: the same nets, to the bit, as with rows scaled and shuffled here. */

import { ftruncateSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RowSource } from '../../src/model/autoencoder.js';
import type { Feeder } from '../../src/model/feeder.js';
import { initialWeights } from '../../src/model/net.js';
import { Random } from '../../src/model/random.js';
import { CHUNK_ROWS, type RowRange } from '../../src/model/row-order.js';
import { RowView } from '../../src/model/row-view.js';
import { RobustScaler } from '../../src/model/scaler.js';
import { simdEngine } from '../../src/model/simd/engine.js';
import { Spool } from '../../src/model/spool.js';
import { root } from '../support/program.js';
import { fitOptions } from './support/data.js';

const COLUMNS = 14;
/** one column is left out, and the number is no multiple of four */
const INPUTS = Array.from({ length: COLUMNS }, (_, j) => j).filter((j) => j !== 3);
const SCALER = new RobustScaler({
  columns: COLUMNS,
  inputs: INPUTS,
  center: INPUTS.map((j) => j / 7),
  // of some, many values are beyond the clip
  scale: INPUTS.map((j) => (j % 5 === 0 ? 0.05 : 1 + j / 3)),
});
const ROWS = 20_001;
/** with a hole, and borders on none of a page */
const RANGES: readonly RowRange[] = [
  { from: 0, to: 9000 },
  { from: 11_111, to: ROWS },
];

let folder = '';
let startFeeder: (spool: Spool) => Promise<Feeder | undefined>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-test-'));
  const { Feeder } = await import(join(root, 'dist/model/feeder.js'));
  startFeeder = (spool) => Feeder.start(spool);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function filled(memoryBytes: number): Promise<Spool> {
  const spool = new Spool(COLUMNS, { memoryBytes, folder });
  const random = new Random(5);
  for (let i = 0; i < ROWS; i++) {
    for (let j = 0; j < COLUMNS; j++) spool.buffer[spool.offset + j] = random.normal() + (i % 7) * j;
    await spool.push(1e15 + i, 0, 0, 0, 0, 0);
  }
  await spool.finish();
  return spool;
}

async function started(spool: Spool): Promise<Feeder> {
  const feeder = await startFeeder(spool);
  if (!feeder) throw new Error('the thread does not start');
  return feeder;
}

/** Losses and weights after three passes over `data`. */
async function trained(data: RowSource, batchSize: number, threads: number) {
  const spec = { inputs: INPUTS.length, hidden: [9, 4], bypassRank: 0 };
  const net = simdEngine({ threads }).create(spec, initialWeights(spec, 1), COLUMNS);
  const options = fitOptions(INPUTS.length, { batchSize, maskRate: 0.1, noise: 0.05, ema: 0.99 });
  const losses: number[] = [];
  for (let epoch = 0; epoch < 3; epoch++) losses.push(await net.fitEpoch(data, options, epoch));
  const { layers } = net.weights();
  net.dispose();
  return { losses, layers };
}

describe.each([
  ['memory', 1 << 30],
  ['a file', 1],
])('rows in %s', (_where, memoryBytes) => {
  it.each([
    [64, 1],
    [256, 2],
    // no whole number of batches makes a chunk
    [1000, 2],
  ])('train to the same bits: batches of %i, %i threads', async (batchSize, threads) => {
    const spool = await filled(memoryBytes);
    const feeder = await started(spool);
    const raw = new RowView(spool, RANGES, SCALER, feeder);
    expect(raw.raw).toBeDefined();
    const fed = await trained(raw, batchSize, threads);
    const here = await trained(new RowView(spool, RANGES, SCALER), batchSize, threads);
    expect(fed.losses.every(Number.isFinite)).toBe(true);
    expect(fed).toEqual(here);
    await feeder.close();
    await spool.close();
  });

  it('come again from the start after a pass that was given up', async () => {
    const spool = await filled(memoryBytes);
    const feeder = await started(spool);
    const slots = [0, 1].map((k) => ({ rows: k << 20, order: (k << 20) + 4 * CHUNK_ROWS * COLUMNS }));
    const memory = new SharedArrayBuffer(2 << 20);
    const pass = async (most: number) => {
      const seen: number[][] = [];
      for await (const { slot, count } of feeder.chunks(RANGES, 7, slots, memory)) {
        const { rows, order } = slots[slot] as (typeof slots)[number];
        seen.push([count, ...new Int32Array(memory, order, count), ...new Float32Array(memory, rows, count * COLUMNS)]);
        if (seen.length === most) break;
      }
      return seen;
    };
    const whole = await pass(Number.POSITIVE_INFINITY);
    expect(whole).toHaveLength(3);
    expect(whole.reduce((sum, [count]) => sum + count, 0)).toBe(9000 + ROWS - 11_111);
    for (const most of [1, 2, 3]) expect(await pass(most)).toEqual(whole.slice(0, most));
    expect(await pass(Number.POSITIVE_INFINITY)).toEqual(whole);
    await feeder.close();
    await spool.close();
  });
});

it('says that rows cannot be read, and of which file', async () => {
  const spool = await filled(1);
  const feeder = await started(spool);
  ftruncateSync(spool.image().file as number, 100);
  const fed = trained(new RowView(spool, RANGES, SCALER, feeder), 64, 1);
  await expect(fed).rejects.toThrow(/anomaly-spool-.*: .*shorter than it was written/);
  await feeder.close();
  await spool.close();
});
