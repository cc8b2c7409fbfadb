/** What the model adds to the exploration: curves, threshold, and the sampled rows it reconstructs best and worst. */

import type { Scorer } from '../../model/score.js';
import type { TrainedModel } from '../../model/trained.js';
import type { ExplorationCollector } from './collector.js';
import type { ReconstructedRow, TrainingView } from './data.js';

const BEST = 5;
const WORST = 10;
const TOP_FEATURES = 3;

/**
 * @param scorer of the final net, with the model's scaler and weights
 * @returns the part of the report that needs the model
 */
export function viewTraining<R>(collector: ExplorationCollector<R>, model: TrainedModel, scorer: Scorer): TrainingView {
  const { sampled, width, rows } = collector;
  const loss = new Float32Array(sampled);
  for (let from = 0; from < sampled; from += scorer.capacity) {
    const count = Math.min(scorer.capacity, sampled - from);
    scorer.residuals(rows, count, from);
    for (let k = 0; k < count; k++) loss[from + k] = scorer.loss[k];
  }
  const order = Array.from(loss.keys()).sort((a, b) => loss[a] - loss[b]);
  const describe = (place: number): ReconstructedRow => {
    scorer.run(rows.subarray(place * width, (place + 1) * width), 1);
    const features = Array.from(scorer.topFeature.subarray(0, Math.min(TOP_FEATURES, scorer.top)));
    return {
      ...collector.described(place),
      loss: scorer.loss[0],
      score: scorer.score[0],
      top: features.map((j) => model.schema.columns[j]?.name ?? ''),
    };
  };
  return {
    lossCurve: model.facts.lossCurve,
    threshold: model.threshold.value,
    promise: model.threshold.promise,
    scoreGrid: model.calibration.smoothedGrid,
    constant: model.facts.constant,
    best: order.slice(0, BEST).map(describe),
    worst: order.slice(-WORST).reverse().map(describe),
    reconstructed: sampled,
  };
}
