/** What the exploratory report shows: plain data, safe to serialise. */

import type { Budget } from '../../detect/evidence/budget.js';
import type { RecordKind } from '../../features/extractor.js';
import type { EpochFacts } from '../../model/autoencoder.js';
import type { Power } from '../../model/power-schema.js';
import type { EvidenceFacts } from '../../model/trained.js';

/** Statistics of one column over the sample; NaN where there is no value to take them of. */
export interface ColumnSummary {
  readonly name: string;
  readonly unit: string;
  /** values in the sample, and rows of it without one */
  readonly count: number;
  readonly missing: number;
  readonly mean: number;
  /** with n − 1, as data frames give it */
  readonly deviation: number;
  readonly min: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly max: number;
}

export interface FeatureHistogram {
  readonly name: string;
  readonly unit: string;
  readonly doc: string;
  /** told as yes or no: `yes` is the share of rows with it */
  readonly flag: boolean;
  readonly yes: number;
  /** least, median and most as a person counts: of "ln ports" the ports */
  readonly plain: readonly [least: number, median: number, most: number];
  readonly plainUnit: string;
  /** one more than counts; empty where the column is constant */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly constant?: number;
}

export interface Correlation {
  readonly names: readonly string[];
  /** Pearson's, by row and column; null where it is not defined */
  readonly values: readonly (readonly (number | null)[])[];
}

export interface FacetCounts {
  readonly title: string;
  readonly top: readonly { readonly value: string; readonly count: number }[];
  /** rows with another value, and rows without one */
  readonly other: number;
  readonly missing: number;
  /** distinct values; a lower bound where `exact` is false */
  readonly distinct: number;
  readonly exact: boolean;
}

/** Records and bytes of a stretch of time; `fromUs` µs since the epoch. */
export interface TimeCount {
  readonly fromUs: number;
  readonly records: number;
  readonly bytes: number;
}

export interface ReconstructedRow {
  /** 1-based number of the record in the training data */
  readonly record: number;
  readonly timestampUs: number;
  readonly who: string;
  readonly loss: number;
  readonly score: number;
  /** of the features with the largest terms of the score, the oddest in words */
  readonly why: readonly string[];
  /** so many of the rows that were ranked are of the same who */
  readonly alike: number;
}

export interface TrainingView {
  readonly lossCurve: readonly EpochFacts[];
  readonly threshold: number;
  readonly promise: string;
  /** quantiles 0 %, 1 % … 100 % of the out-of-fold scores that the threshold is about */
  readonly scoreGrid: readonly number[];
  readonly constant: readonly string[];
  /** lowest and highest scores, one row for each who */
  readonly best: readonly ReconstructedRow[];
  readonly worst: readonly ReconstructedRow[];
  /** rows that were scored for the two tables, and how many at either end were ranked */
  readonly scored: number;
  readonly ranked: number;
}

export interface AlarmFacts {
  readonly budget: Budget;
  readonly evidence: EvidenceFacts;
  /** what may be attacks in the training data */
  readonly findings: number;
}

export interface ExplorationData {
  readonly kind: RecordKind;
  readonly model: string;
  readonly sources: readonly string[];
  readonly records: number;
  readonly firstUs: number;
  readonly lastUs: number;
  readonly sampled: number;
  readonly fields: readonly ColumnSummary[];
  readonly features: readonly ColumnSummary[];
  readonly histograms: readonly FeatureHistogram[];
  readonly correlation: Correlation;
  readonly facets: readonly FacetCounts[];
  /** every day from the first to the last; empty days are there with 0 */
  readonly days: readonly TimeCount[];
  /** by hour of the day, UTC: 24 */
  readonly hours: readonly { readonly records: number; readonly bytes: number }[];
  readonly training?: TrainingView;
  readonly warnings: readonly string[];
  /** what alarms the training can promise, and what its blocks raised; absent: it learned nothing but a net */
  readonly alarms?: AlarmFacts;
  /** absent: not measured */
  readonly power?: Power | undefined;
}
