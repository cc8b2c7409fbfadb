/**
 * Whether a model does what it did when it was saved. Ranges catch a number that cannot be; what weights mean nobody can say, so
 * a bundle brings rows with their scores and decisions, and they are worked out again: from its own numbers when it is
 * loaded, and by the engine that is to score before it begins.
 *
 * Who rewrites rows, scores and weights together makes another model, which no check can tell from one that was trained.
 */
import { z } from 'zod';
import { AnomalyError } from '../base/errors.js';
import { CHECK_ROWS, checkRows } from './check-rows.js';
import { type ExactModel, exactRow } from './exact.js';
import { RobustScaler } from './scaler.js';
import type { Scorer } from './score.js';
import type { TrainedModel } from './trained.js';

const finite = z.number();

export const checkSchema = z.strictObject({
  /** raw values by row, single precision */
  rows: z.array(z.array(finite)).length(CHECK_ROWS),
  /** in double precision */
  scores: z.array(finite.min(0)).length(CHECK_ROWS),
  /** whether it is above the threshold */
  above: z.array(z.boolean()).length(CHECK_ROWS),
  /** ln(1 + E/w) by input of the net, summed over the rows: a score has the ten largest only */
  terms: z.array(finite.min(0)),
});
type Check = z.infer<typeof checkSchema>;

/** The same sums in the same order: only the logarithm may differ between versions of Node, by few units in the last place. */
const SAME = 1e-9;

type Checked = Pick<TrainedModel, 'reference' | 'scaler' | 'weights' | 'residualWeights' | 'threshold'>;

const exactModel = ({ scaler, weights, residualWeights }: Checked): ExactModel => {
  return { weights, residualWeights, scaler: new RobustScaler(scaler) };
};

/** What the bundle is to hold. */
export function checkOf(model: Checked): Check {
  const rows = checkRows(model.reference);
  const columns = model.reference.length;
  const exact = exactModel(model);
  const terms = new Float64Array(exact.scaler.width);
  const scores = Array.from({ length: CHECK_ROWS }, (_, r) => {
    const row = exactRow(exact, rows, r);
    for (const [j, term] of row.terms.entries()) terms[j] += term;
    return row.score;
  });
  return {
    rows: Array.from({ length: CHECK_ROWS }, (_, r) => [...rows.subarray(r * columns, (r + 1) * columns)]),
    scores,
    above: scores.map((score) => score > model.threshold.value),
    terms: [...terms],
  };
}

/** What of a bundle's numbers does not fit what it says of its rows; undefined: all does. */
export function differenceOf(
  model: Checked & { readonly schema: TrainedModel['schema'] },
  check: Check,
): string | undefined {
  const now = checkOf(model);
  const { columns } = model.schema;
  for (const [r, row] of now.rows.entries()) {
    const j = row.findIndex((value, column) => check.rows[r]?.[column] !== value);
    if (j >= 0 || check.rows[r]?.length !== row.length)
      return `check row ${r + 1} is not of the range of ${columns[j]?.name ?? 'its features'} in training`;
  }
  for (const [r, score] of now.scores.entries()) {
    if (!isSame(score, check.scores[r])) return scoreDiffers(r, score, check.scores[r]);
    if (now.above[r] !== check.above[r]) {
      const [is, was] = now.above[r] ? ['above', 'below'] : ['below', 'above'];
      return `check row ${r + 1} is ${is} the threshold and was ${was} it`;
    }
  }
  if (check.terms.length !== now.terms.length) return 'its check is of another net';
  const input = now.terms.findIndex((term, i) => !isSame(term, check.terms[i]));
  if (input < 0) return undefined;
  return `${columns[model.scaler.inputs[input]]?.name} adds ${short(now.terms[input])} to the scores of its check rows, and added ${short(check.terms[input])}`;
}

/** NaN is not the same as anything. */
function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= SAME * (1 + Math.abs(b));
}

const short = (value: number): string => String(Number(value.toPrecision(6)));
const scoreDiffers = (row: number, now: number, before: number): string =>
  `check row ${row + 1} scores ${short(now)} instead of ${short(before)}`;

/**
 * Scores the rows with the engine that is to work, as far from the exact scores as single precision explains.
 * @throws AnomalyError BAD_MODEL naming the first row that differs by more
 */
export function requireScores(model: Checked, scorer: Scorer, engine: string): void {
  const rows = checkRows(model.reference);
  const exact = exactModel(model);
  for (let from = 0; from < CHECK_ROWS; from += scorer.capacity) {
    const count = Math.min(scorer.capacity, CHECK_ROWS - from);
    scorer.run(rows, count, from);
    for (let r = 0; r < count; r++) {
      const { score, tolerance } = exactRow(exact, rows, from + r);
      if (Math.abs(scorer.score[r] - score) <= tolerance) continue;
      const what = `${scoreDiffers(from + r, scorer.score[r], score)} on engine ${engine}`;
      throw new AnomalyError(
        'BAD_MODEL',
        `the model or the engine is broken: ${what}; train again, or try another --engine`,
      );
    }
  }
  scorer.clipped.fill(0);
}
