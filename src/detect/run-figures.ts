/** The figures of a run so far, for who asks every few seconds: cheap to make, and those that count only grow. */
import type { Severity } from './incident.js';
import type { ModelFacts, RunIdentity } from './run-facts.js';

export interface ScoreTotals {
  /** of smoothed scores: bin k holds those from k * step on; the last bin all above */
  readonly counts: ArrayLike<number>;
  readonly step: number;
  readonly sum: number;
}

export interface DriftFigures {
  /** population stability index of the score */
  readonly scoreIndex: number;
  /** features that have shifted */
  readonly features: number;
  /** the model is called stale */
  readonly stale: boolean;
}

export interface RunFigures extends RunIdentity {
  readonly records: number;
  readonly bytes: number;
  /** records a second, of late */
  readonly rate: number;
  /** packets that went unseen; undefined: cannot be known */
  readonly dropped?: number | undefined;
  readonly gaps: number;
  /** µs since the epoch of the last record; 0 when there was none */
  readonly lastUs: number;
  readonly flagged: number;
  /** records that nothing could be raised from: nobody's */
  readonly unjudged: number;
  /** records without a score, which evidence alone judged */
  readonly unscored: number;
  /** incidents that were opened with this severity or rose to it */
  readonly raised: Readonly<Record<Severity, number>>;
  readonly open: Readonly<Record<Severity, number>>;
  /** incidents that no report lists: one of a crowd, or told before and making room for others */
  readonly unlisted: { readonly crowd: number; readonly room: number };
  readonly suppressed: { readonly records: number; readonly incidents: number };
  readonly scores: ScoreTotals;
  readonly threshold: number;
  /** undefined: too little traffic to tell, or traffic that the model was trained on */
  readonly drift?: DriftFigures | undefined;
  readonly model: ModelFacts;
}
