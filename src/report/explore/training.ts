/** What the model adds to the exploration: curves, threshold, and the sampled rows that it finds most and least unusual. */

import { featureWords } from '../../detect/incidents/feature-words.js';
import type { Scorer } from '../../model/score.js';
import type { TrainedModel } from '../../model/trained.js';
import type { ExplorationCollector } from './collector.js';
import type { ReconstructedRow, TrainingView } from './data.js';

const BEST = 4;
const WORST = 8;
/** Rows at either end, of which each who is told once: ten rows of one conversation say what one says. */
const RANKED = 200;
const FEATURES_TOLD = 2;

/**
 * @param scorer of the final net, with the model's scaler and weights
 * @returns the part of the report that needs the model
 */
export function viewTraining<R>(collector: ExplorationCollector<R>, model: TrainedModel, scorer: Scorer): TrainingView {
  const { sampled, width, rows } = collector;
  const scores = new Float32Array(sampled);
  for (let from = 0; from < sampled; from += scorer.capacity) {
    const count = Math.min(scorer.capacity, sampled - from);
    scorer.run(rows, count, from);
    scores.set(scorer.score.subarray(0, count), from);
  }
  const order = Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b]);
  const ranked = Math.min(RANKED, Math.ceil(sampled / 4));
  const describe = (place: number, alike: number): ReconstructedRow => {
    const row = rows.subarray(place * width, (place + 1) * width);
    scorer.run(row, 1);
    const leading = Array.from(scorer.topFeature.subarray(0, scorer.top), (j) =>
      featureWords(collector.schema.columns[j], model.reference[j], row[j]),
    );
    // what is odd alone says more than what is odd beside the rest
    const words = [...leading.filter(({ beyond }) => beyond), ...leading.filter(({ beyond }) => !beyond)];
    return {
      ...collector.described(place),
      loss: scorer.loss[0],
      score: scorer.score[0],
      why: words.slice(0, FEATURES_TOLD).map(({ text }) => text),
      alike,
    };
  };
  /** The first of each who, in the order given. */
  const told = (places: readonly number[], most: number): ReconstructedRow[] => {
    const groups = new Map<string, { place: number; alike: number }>();
    for (const place of places) {
      const { who } = collector.described(place);
      const group = groups.get(who);
      if (group) group.alike++;
      else groups.set(who, { place, alike: 1 });
    }
    return [...groups.values()].slice(0, most).map(({ place, alike }) => describe(place, alike));
  };
  return {
    lossCurve: model.facts.lossCurve,
    threshold: model.threshold.value,
    promise: model.threshold.promise,
    scoreGrid: model.calibration.smoothedGrid,
    constant: model.facts.constant,
    best: told(order.slice(0, ranked), BEST),
    worst: told(order.slice(sampled - ranked).reverse(), WORST),
    scored: sampled,
    ranked,
  };
}
