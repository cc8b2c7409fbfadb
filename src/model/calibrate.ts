/** Scores every training row with a net that has not seen it: residual weights first, then the scores made with them. */

import type { Engine, NetSpec, NetWeights } from './autoencoder.js';
import { type Calibration, ScoreCollector } from './calibration.js';
import { ResidualWeights } from './residual-weights.js';
import type { RowRange } from './row-order.js';
import { type RowChunk, RowView } from './row-view.js';
import type { RobustScaler } from './scaler.js';
import { Scorer } from './score.js';
import type { Spool } from './spool.js';
import { rowsIn } from './time-blocks.js';

const BATCH = 1024;

export interface OutOfFold {
  readonly residualWeights: Float32Array;
  readonly calibration: Calibration;
  /** values beyond the scaler's clip, per input of the net */
  readonly clipped: Float64Array;
  readonly rowsScored: number;
}

export interface OutOfFoldInput {
  readonly engine: Engine;
  readonly spec: NetSpec;
  readonly spool: Spool;
  readonly scaler: RobustScaler;
  /** of scores per pair */
  readonly smoothing: number;
  readonly blocks: readonly (readonly RowRange[])[];
  /** by block; blocks without one are left out */
  readonly folds: readonly (NetWeights | undefined)[];
  /** each row's pair and smoothed score */
  readonly onScore?: ((pairLow: number, pairHigh: number, smoothed: number) => void) | undefined;
  /** share of the work done, 0..1, and rows/s */
  readonly onRows: (share: number, rowsPerSecond: number) => void;
}

export async function calibrate(input: OutOfFoldInput): Promise<OutOfFold> {
  const { scaler, folds, blocks } = input;
  const total = 2 * rowsIn(blocks.filter((_, i) => folds[i]).flat());
  const start = performance.now();
  let rows = 0;
  const count = (more: number) => {
    rows += more;
    input.onRows(rows / total, (1000 * rows) / Math.max(1e-3, performance.now() - start));
  };
  const clipped = new Float64Array(scaler.width);
  const weights = new ResidualWeights(scaler.width);
  for (const number of blocks.keys()) {
    const scorer = scorerOf(input, number, new Float32Array(scaler.width).fill(1));
    if (!scorer) continue;
    for await (const chunk of rowsOf(input, number)) {
      for (const [from, part] of batches(chunk)) {
        scorer.residuals(chunk.rows, part, from);
        weights.add(scorer.squared, part);
      }
      count(chunk.count);
    }
    for (const [j, more] of scorer.clipped.entries()) clipped[j] += more;
    scorer.net.dispose();
  }
  const residualWeights = weights.finish();
  const scores = new ScoreCollector(input.smoothing);
  for (const number of blocks.keys()) {
    const scorer = scorerOf(input, number, residualWeights);
    if (!scorer) continue;
    for await (const chunk of rowsOf(input, number)) {
      for (const [from, part] of batches(chunk)) {
        scorer.run(chunk.rows, part, from);
        for (let r = 0, i = from; r < part; r++, i++) {
          const smoothed = scores.add(number, chunk, i, scorer.score[r]);
          input.onScore?.(chunk.hashes[4 * i + 2], chunk.hashes[4 * i + 3], smoothed);
        }
      }
      count(chunk.count);
    }
    scorer.net.dispose();
  }
  return { residualWeights, calibration: scores.finish(), clipped, rowsScored: rows };
}

function scorerOf(input: OutOfFoldInput, block: number, weights: Float32Array): Scorer | undefined {
  const fold = input.folds[block];
  return fold && new Scorer(input.engine.create(input.spec, fold), input.scaler, weights, BATCH);
}

function rowsOf({ spool, blocks }: OutOfFoldInput, block: number): AsyncIterable<RowChunk> {
  return new RowView(spool, blocks[block] ?? []).chunks();
}

function* batches(chunk: RowChunk): Generator<[from: number, count: number]> {
  for (let from = 0; from < chunk.count; from += BATCH) yield [from, Math.min(BATCH, chunk.count - from)];
}
