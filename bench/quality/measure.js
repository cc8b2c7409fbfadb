/** How well scores tell attacks from the rest, and what they would raise by themselves. */
import { attacksOf } from './data.js';
import { load } from './run.js';

const { Key } = await load('base/hash.js');
const { TRAINING } = await load('base/defaults.js');
const { TIME_BLOCKS } = await load('base/time-blocks.js');
const { SETTINGS } = await load('detect/settings.js');
const { RECORD_KINDS } = await load('features/record-kinds.js');
const { SmoothedScores } = await load('model/smoothing.js');

/** False-positive rates at which the true-positive rate is told. */
export const RATES = [1e-2, 1e-3, 1e-4];

/**
 * Of each attack of a part: ROC-AUC by the rank sum, ties halved, and true-positive rates at the smallest threshold that keeps a
 * false-positive rate.
 * @param negatives scores of further harmless records
 */
export function rankings(part, labels, scores, negatives = []) {
  return attacksOf(part, labels).map(({ name, code }) => {
    const of = (wanted) => Array.from(scores).filter((_, k) => labels.code(k + 1) === wanted);
    return { name, ...ranking(of(code), [...of(0), ...negatives]) };
  });
}

function ranking(positives, negatives) {
  positives.sort((a, b) => b - a);
  negatives.sort((a, b) => b - a);
  const tpr = RATES.map(() => 0);
  let area = 0;
  let above = 0;
  let at = 0;
  for (const score of positives) {
    while (negatives[above] > score) above++;
    at = Math.max(at, above);
    while (negatives[at] === score) at++;
    area += negatives.length - (above + at) / 2;
    for (const [r, rate] of RATES.entries()) if (at <= rate * negatives.length) tpr[r] += 1 / positives.length;
  }
  return { auc: area / positives.length / negatives.length, tpr };
}

/** Other scores of the records of a run, smoothed as the program smooths its own. */
export function smoothed(records, scores, kind) {
  const means = new SmoothedScores(RECORD_KINDS[kind].smoothing);
  const { timestampUs, initiatorLow, initiatorHigh, responderLow, responderHigh } = records;
  const key = new Key();
  return Float64Array.from(scores, (score, k) => {
    key.startPair(initiatorLow[k], initiatorHigh[k], responderLow[k], responderHigh[k]);
    means.claim(initiatorLow[k], initiatorHigh[k], key.low, key.high, timestampUs[k]);
    return means.add(score);
  });
}

/** The largest over the blocks of time of each block's 99.9th percentile: the program's threshold, for other scores. */
export function blockThreshold(values) {
  let threshold = 0;
  for (let block = 0; block < TIME_BLOCKS; block++) {
    const [from, to] = [block, block + 1].map((edge) => Math.floor((edge * values.length) / TIME_BLOCKS));
    const part = values.slice(from, to).sort();
    threshold = Math.max(threshold, part[Math.floor((TRAINING.percentile / 100) * (part.length - 1))]);
  }
  return threshold;
}

/**
 * What smoothed scores over a threshold raise without any rule, by three records of a pair in a minute: names of attacks, and how
 * many pairs without cause.
 */
export function raisedAlone(part, labels, records, values, threshold) {
  const { initiatorLow, initiatorHigh, responderLow, responderHigh, timestampUs } = records;
  const attacks = attacksOf(part, labels);
  const recent = new Map();
  const raised = new Set();
  let untrue = 0;
  for (let k = 0; k < values.length; k++) {
    if (values[k] <= threshold) continue;
    const key = [initiatorLow[k], initiatorHigh[k], responderLow[k], responderHigh[k]].join();
    const before = recent.get(key) ?? [];
    if (before === true) continue;
    const within = before.filter((b) => timestampUs[k] - timestampUs[b] <= 1e6 * SETTINGS.EVIDENCE_S);
    within.push(k);
    recent.set(key, within.length < SETTINGS.EVIDENCE ? within : true);
    if (within.length < SETTINGS.EVIDENCE) continue;
    const codes = labels.attacksOf({ frames: within.map((index) => index + 1) });
    if (codes.length === 0) untrue++;
    for (const { name, code } of attacks) if (codes.includes(code)) raised.add(name);
  }
  return { raised: [...raised], untrue };
}
