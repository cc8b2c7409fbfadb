/** What a score raises by itself: smoothed per pair, over the block-wise threshold of training, three records in a minute. */

const SMOOTHING = 20;
const BLOCKS = 5;
const PERCENTILE = 0.999;

export function smoothed(batch, scores) {
  const means = new Map();
  const out = new Float64Array(batch.count);
  const { initiator, responder } = batch;
  for (let k = 0; k < batch.count; k++) {
    const key = `${initiator.low[k]},${initiator.high[k]},${responder.low[k]},${responder.high[k]}`;
    const mean = means.get(key) ?? 0;
    out[k] = mean + (scores[k] - mean) / SMOOTHING;
    means.set(key, out[k]);
  }
  return out;
}

/** The largest over five blocks of each block's 99.9th percentile. */
export function blockThreshold(values) {
  let threshold = 0;
  for (let block = 0; block < BLOCKS; block++) {
    const part = values.slice(
      Math.floor((block * values.length) / BLOCKS),
      Math.floor(((block + 1) * values.length) / BLOCKS),
    );
    part.sort();
    threshold = Math.max(threshold, part[Math.floor(PERCENTILE * (part.length - 1))]);
  }
  return threshold;
}

/** Whether the attack is raised, and how many pairs are raised without cause. */
export function raisedBy(batch, values, threshold, labels) {
  const { initiator, responder } = batch;
  const recent = new Map();
  let raised = false;
  let untrue = 0;
  for (let k = 0; k < batch.count; k++) {
    if (values[k] <= threshold) continue;
    const key = `${initiator.low[k]},${initiator.high[k]},${responder.low[k]},${responder.high[k]}`;
    const before = recent.get(key) ?? [];
    if (before === true) continue;
    const within = before.filter((b) => batch.timestampUs[k] - batch.timestampUs[b] <= 60e6);
    within.push(k);
    recent.set(key, within.length < 3 ? within : true);
    if (within.length < 3) continue;
    if (labels.code(batch.frame[within[0]]) > 0) raised = true;
    else untrue++;
  }
  return { raised, untrue };
}

/** Area under the ROC curve by ranks, ties half. */
export function rocAuc(batch, scores, labels) {
  const order = Uint32Array.from({ length: batch.count }, (_, k) => k).sort((a, b) => scores[a] - scores[b]);
  let wins = 0;
  let positives = 0;
  let below = 0;
  for (let i = 0; i < order.length; ) {
    let end = i;
    let ties = 0;
    let attacks = 0;
    for (; end < order.length && scores[order[end]] === scores[order[i]]; end++) {
      if (labels.code(batch.frame[order[end]]) > 0) attacks++;
      else ties++;
    }
    wins += attacks * (below + ties / 2);
    positives += attacks;
    below += ties;
    i = end;
  }
  return wins / (positives * below);
}
