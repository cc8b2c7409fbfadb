import type { SavedSchema } from '../../../src/features/extractor.js';
import { Random } from '../../../src/model/random.js';
import { Spool, type SpoolOptions } from '../../../src/model/spool.js';
import { TRAIN_DEFAULTS, type TrainOptions } from '../../../src/model/train-options.js';
import { lowRank } from './data.js';

/** `width` columns; number 3 is binary, the last one constant. */
export function schemaOf(width: number): SavedSchema {
  const columns = Array.from({ length: width }, (_, j) => ({
    name: `f${j}`,
    unit: 'B',
    doc: `column ${j}`,
    group: 'packet' as const,
    binary: j === 3,
  }));
  return { kind: 'packet', columns };
}

/** Low-rank rows of `width` columns in five blocks, 10 ms apart, over 12 pairs. */
export async function filledSpool(
  rows: number,
  width: number,
  seed: number,
  options: SpoolOptions = {},
): Promise<Spool> {
  const spool = new Spool(width, options);
  const values = lowRank(rows, width, 4, seed);
  const random = new Random(seed + 1);
  for (let i = 0; i < rows; i++) {
    const { buffer, offset } = spool;
    for (let j = 0; j < width; j++) buffer[offset + j] = values[i * width + j];
    buffer[offset + 3] = random.integer(2);
    buffer[offset + width - 1] = 7;
    const pair = random.integer(12);
    const wait = spool.push(1e15 + i * 10_000, pair & 3, 1, pair, pair * 77, Math.floor((5 * i) / rows));
    if (wait) await wait;
  }
  await spool.finish();
  return spool;
}

export function trainOptions(change: Partial<TrainOptions> = {}): TrainOptions {
  return {
    ...TRAIN_DEFAULTS,
    epochs: 4,
    layers: [8, 4],
    bypassRank: 3,
    threads: 1,
    percentile: 99,
    ...change,
  };
}
