/** How well scores tell attacks from the rest, and what they would raise by themselves. */

import { load } from './run.js';

const { Key } = await load('base/hash.js');
const { TRAINING } = await load('base/defaults.js');
const { TIME_BLOCKS } = await load('base/time-blocks.js');
const { SETTINGS } = await load('detect/settings.js');
const { RECORD_KINDS } = await load('features/record-kinds.js');
const { SmoothedScores } = await load('model/smoothing.js');

/**
 * ROC-AUC by the rank sum, ties halved, and true-positive rates at the smallest threshold that keeps a false-positive rate.
 * @param labels by record: above 0 positive, 0 negative, below 0 left out
 */
export function ranking(scores, labels, rates = [1e-2, 1e-3]) {
  const order = Array.from(scores.keys())
    .filter((i) => labels[i] >= 0)
    .sort((a, b) => scores[b] - scores[a]);
  const positives = order.filter((i) => labels[i] > 0).length;
  const negatives = order.length - positives;
  let tp = 0;
  let fp = 0;
  let area = 0;
  const tpr = rates.map(() => 0);
  for (let i = 0; i < order.length; ) {
    let t = 0;
    let f = 0;
    const score = scores[order[i]];
    for (; i < order.length && scores[order[i]] === score; i++) labels[order[i]] > 0 ? t++ : f++;
    area += f * (tp + t / 2);
    tp += t;
    fp += f;
    for (const [r, rate] of rates.entries()) if (fp / negatives <= rate) tpr[r] = tp / positives;
  }
  return { positives, negatives, auc: area / positives / negatives, tpr };
}

/** Other scores of the records of a run, smoothed as the program smooths its own. */
export function smoothed(records, scores) {
  const means = new SmoothedScores(RECORD_KINDS.packet.smoothing);
  const { timestampUs, initiatorLow, initiatorHigh, responderLow, responderHigh } = records;
  const key = new Key();
  return Float64Array.from(scores, (score, k) => {
    key.startPair(initiatorLow[k], initiatorHigh[k], responderLow[k], responderHigh[k]);
    means.claim(initiatorLow[k], initiatorHigh[k], key.low, key.high, timestampUs[k]);
    return means.add(0, score);
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

/** What smoothed scores over a threshold raise without any rule, by three records of a pair in a minute: the attack or not, and pairs without cause. */
export function raisedAlone(records, values, threshold, labels) {
  const recent = new Map();
  let raised = false;
  let untrue = 0;
  for (let k = 0; k < values.length; k++) {
    if (values[k] <= threshold) continue;
    const { initiatorLow, initiatorHigh, responderLow, responderHigh, timestampUs } = records;
    const key = [initiatorLow[k], initiatorHigh[k], responderLow[k], responderHigh[k]].join();
    const before = recent.get(key) ?? [];
    if (before === true) continue;
    const within = before.filter((b) => timestampUs[k] - timestampUs[b] <= 1e6 * SETTINGS.EVIDENCE_S);
    within.push(k);
    recent.set(key, within.length < SETTINGS.EVIDENCE ? within : true);
    if (within.length < SETTINGS.EVIDENCE) continue;
    if (labels.code(within[0] + 1) > 0) raised = true;
    else untrue++;
  }
  return { raised, untrue };
}
