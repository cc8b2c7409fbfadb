import { expect, it } from 'vitest';
import { FitProgress } from '../../src/model/fit-progress.js';
import type { TrainProgress } from '../../src/model/train-options.js';

const BLOCKS = [0, 1, 2, 3, 4].map((i) => [{ from: 100 * i, to: 100 * (i + 1) }]);
/** of 500 rows: the last block, the others, none */
const HELD = [4, 0, 1, 2, 3, -1];

it('Nets that are trained side by side are told as one: the first in work, the rate of all, and the time for what is left', () => {
  const told: TrainProgress[] = [];
  const progress = new FitProgress(BLOCKS, HELD, 500, 10, (p) => told.push(p));
  progress.rows(0, 0, 100, 50);
  // 10 epochs of 400 rows less 100, four times 5 of 400, 10 of 500
  expect(told.pop()).toMatchObject({ stage: 'fit', epoch: 1, epochs: 10, rowsPerSecond: 50, etaS: 16_900 / 50 });
  progress.epoch(0, { epoch: 4, loss: 2, validationLoss: 3, rowsPerSecond: 40 });
  expect(told.pop()).toMatchObject({ epochEnded: true, epoch: 4, loss: 2, validationLoss: 3 });
  progress.finished(0);
  progress.know(4, 2);
  progress.rows(5, 0, 200, 10);
  expect(told.pop()).toMatchObject({ stage: 'final fit', part: 1, parts: 1, epoch: 1, epochs: 4, rowsPerSecond: 10 });
  progress.rows(1, 1, 100, 30);
  // four times 2 of 400 and 4 of 500 less what is done
  const left = 4 * 2 * 400 + 4 * 500 - 400 - 100 - 200;
  expect(told.pop()).toMatchObject({ stage: 'cross-fit', part: 1, parts: 4, epoch: 2, epochs: 2, rowsPerSecond: 40 });
  progress.rows(5, 0, 300, 10);
  expect(told).toEqual([]);
  progress.rows(1, 1, 100, 30);
  expect(told.pop()?.etaS).toBeCloseTo((left - 100) / 40, 9);
  progress.epoch(5, { epoch: 1, loss: 1, validationLoss: 1, rowsPerSecond: 10 });
  expect(told.pop()).toMatchObject({ stage: 'final fit', epochEnded: true, validationLoss: Number.NaN });
  progress.finished(1);
  progress.rows(2, 0, 10, 30);
  expect(told.pop()).toMatchObject({ stage: 'cross-fit', part: 2 });
  expect(progress.rowsTrained).toBe(400 + 500);
});
