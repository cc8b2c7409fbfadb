/** Whether the parts of a bundle are of one training: what two of them hold must be the same. */
import type { TrainingFacts } from './trained.js';

/** What the states hold that is compared. Their owners read them whole, and refuse what lacks it. */
interface ExtractorFigures {
  readonly longestS?: unknown;
}
interface DetectorFigures {
  readonly input?: { readonly records?: unknown };
  readonly evidence?: { readonly scales?: unknown; readonly strata?: { readonly trainingS?: unknown } };
}

/** What differs, in words; undefined: nothing. */
export function apart(facts: TrainingFacts, extractorState: unknown, detectorState: unknown): string | undefined {
  const { longestS } = (extractorState ?? {}) as ExtractorFigures;
  const { input, evidence } = (detectorState ?? {}) as DetectorFigures;
  const trainingS = evidence?.strata?.trainingS;
  const pairs = [
    ['records', facts.records, input?.records],
    ['length of training', facts.evidence?.trainingS, trainingS],
    ['lengths of windows', facts.evidence?.scales, evidence?.scales],
  ] as const;
  const odd = pairs.find(([, said, held]) => said !== undefined && held !== undefined && said !== held);
  if (odd) return `two of its parts differ in the ${odd[0]}`;
  const older = typeof longestS === 'number' && typeof trainingS === 'number' && longestS > trainingS;
  return older ? 'flows of its training were older than the training was long' : undefined;
}
