/**
 * Whether traffic is still what the model was trained on: the population stability index of the score and of each feature,
 * sum over bins of (now − then)·ln(now / then) (Siddiqi, Credit Risk Scorecards, 2006), with bins of about equal shares in
 * training. By that book's rule of thumb 0.25 is a large shift.
 */

import type { FeatureColumn } from '../features/extractor.js';
import type { FeatureReference } from '../model/survey.js';
import { number, plainFigure } from './incidents/figures.js';
import type { DriftFinding } from './run-facts.js';
import type { DriftFigures } from './run-figures.js';
import type { ScoredBatch } from './score/scored-batch.js';

/** Records needed before anything is said, and the time they must span: less is one busy minute, not a shift. */
const FEWEST_RECORDS = 10_000;
const SHORTEST_S = 120;
const LARGE = 0.25;
/** The model is called stale when the score has shifted, or this share of the features. */
const STALE_SHARE = 0.2;
const MOST_FINDINGS = 10;
/** Every n-th record is looked at: whole flows make neighbours alike anyway. */
const STRIDE = 4;
/** Least width of a bin, as part of the feature's range in training. */
const NARROW = 0.03;
/** Bins of a column at most: tenths of training. */
const BINS = 10;
/** Share given to an empty bin. */
const EMPTY = 1e-4;

/** Initiators whose part in it is kept: of so many the busiest is among them (Metwally and others, Space-Saving, 2005). */
const INITIATORS = 16;

interface Bins {
  readonly edges: Float64Array;
  readonly shares: readonly number[];
  /** place of the first of its counts among those of all bins */
  readonly at: number;
}

/** What one initiator's records add to the bins. */
interface Part {
  key: number;
  address: string;
  /** no less than its records, and those that the parts hold */
  atMost: number;
  taken: number;
  /** of all bins */
  readonly counts: Float64Array;
}

export class DriftMeter {
  private readonly columns: Bins[];
  private readonly score: Bins;
  private readonly parts: Part[] = [];
  /** upper ends of bins, BINS for the score and for each column, infinite where there is none */
  private readonly edges: Float64Array;
  /** what initiators that made room had */
  private readonly gone: Float64Array;
  /** of the batch in work: records, and whose they are */
  private readonly waiting: number[] = [];
  private readonly waitingCounts: Float64Array[] = [];
  private seen = 0;
  private taken = 0;
  private firstUs = 0;
  private lastUs = 0;

  /** @param scoreGrid 0 %, 1 %, … 100 % quantiles of the records' own scores in training */
  constructor(
    private readonly schema: readonly FeatureColumn[],
    reference: readonly FeatureReference[],
    scoreGrid: readonly number[],
  ) {
    const last = scoreGrid.length - 1;
    const deciles = Array.from({ length: 9 }, (_, i) => scoreGrid[Math.round(((i + 1) / 10) * last)] ?? 0);
    this.score = { edges: Float64Array.from(deciles), shares: new Array<number>(10).fill(0.1), at: 0 };
    this.columns = reference.map((column, j) => ({ ...coarse(column), at: BINS * (j + 1) }));
    this.gone = new Float64Array(BINS * (reference.length + 1));
    this.edges = new Float64Array(this.gone.length).fill(Number.POSITIVE_INFINITY);
    for (const { edges, at } of [this.score, ...this.columns]) this.edges.set(edges, at);
  }

  add(batch: ScoredBatch): void {
    if (batch.count === 0) return;
    if (this.seen === 0) this.firstUs = batch.clockUs[0];
    this.lastUs = batch.clockUs[batch.count - 1];
    for (let k = 0; k < batch.count; k++) {
      if (this.seen++ % STRIDE !== 0) continue;
      // what has no score says nothing of how scores moved
      if (!Number.isFinite(batch.score[k])) continue;
      // what an incident is made of is no drift
      if (batch.anomaly[k] === 1 || batch.involved[k] === 1) continue;
      const part = this.partOf(batch, k);
      this.taken++;
      part.taken++;
      this.waiting.push(k);
      this.waitingCounts.push(part.counts);
    }
    this.placeAll(batch);
  }

  /** Values of the records that wait, column by column: a column's bins stay near while its values are placed. */
  private placeAll({ score, rows, width }: ScoredBatch): void {
    const { waiting, waitingCounts, edges } = this;
    for (let i = 0; i < waiting.length; i++) {
      let bin = this.score.at;
      while (score[waiting[i]] > edges[bin]) bin++;
      waitingCounts[i][bin]++;
    }
    for (let j = 0; j < this.columns.length; j++) this.placeColumn(this.columns[j].at, rows, width, j);
    waiting.length = waitingCounts.length = 0;
  }

  /** Ends below a value are counted, all of them: where it lies cannot be guessed, and a wrong guess costs more than nine comparisons. */
  private placeColumn(at: number, rows: Float32Array, width: number, column: number): void {
    const { waiting, waitingCounts, edges } = this;
    const e0 = edges[at];
    const e1 = edges[at + 1];
    const e2 = edges[at + 2];
    const e3 = edges[at + 3];
    const e4 = edges[at + 4];
    const e5 = edges[at + 5];
    const e6 = edges[at + 6];
    const e7 = edges[at + 7];
    const e8 = edges[at + 8];
    for (let i = 0; i < waiting.length; i++) {
      const x = rows[waiting[i] * width + column];
      const low = +(x > e0) + +(x > e1) + +(x > e2) + +(x > e3) + +(x > e4);
      waitingCounts[i][at + low + +(x > e5) + +(x > e6) + +(x > e7) + +(x > e8)]++;
    }
  }

  /** The part of record k's initiator; the least busy makes room. */
  private partOf(batch: ScoredBatch, k: number): Part {
    const key = batch.initiator.key(k);
    let least = this.parts[0];
    for (const part of this.parts) {
      if (part.key === key) {
        part.atMost++;
        return part;
      }
      if (part.atMost < least.atMost) least = part;
    }
    if (this.parts.length < INITIATORS) {
      least = { key, address: '', atMost: 0, taken: 0, counts: new Float64Array(this.gone.length) };
      this.parts.push(least);
    }
    this.placeAll(batch);
    least.key = key;
    least.address = batch.initiator.text(k);
    least.atMost++;
    least.taken = 0;
    for (let i = 0; i < this.gone.length; i++) this.gone[i] += least.counts[i];
    least.counts.fill(0);
    return least;
  }

  /** The initiator without whose records there would be no drift; undefined where there is no such one. */
  cause(): string | undefined {
    return [...this.parts].sort((a, b) => b.taken - a.taken).find((part) => !this.hasShifted(part))?.address;
  }

  private hasShifted(without?: Part): boolean {
    if (without?.taken === this.taken) return false;
    const index = this.indices(without);
    const moved = this.columns.filter((column) => index(column) > LARGE).length;
    return index(this.score) > LARGE || moved >= STALE_SHARE * this.columns.length;
  }

  /** Of all bins. @param without whose records are left out */
  private counts(without?: Part): Float64Array {
    const counts = this.gone.slice();
    for (const part of this.parts)
      if (part !== without) for (let i = 0; i < counts.length; i++) counts[i] += part.counts[i];
    return counts;
  }

  /** The stability index of bins. @param without whose records are left out */
  private indices(without?: Part): (bins: Bins) => number {
    const counts = this.counts(without);
    const total = this.taken - (without?.taken ?? 0);
    return ({ shares, at }) => {
      let sum = 0;
      for (let i = 0; i < shares.length; i++) {
        const then = Math.max(EMPTY, shares[i]);
        const now = Math.max(EMPTY, counts[at + i] / total);
        sum += (now - then) * Math.log(now / then);
      }
      return sum;
    };
  }

  /** True where there was too little traffic to tell. */
  get tooLittle(): boolean {
    return this.seen < FEWEST_RECORDS || this.lastUs - this.firstUs < SHORTEST_S * 1e6;
  }

  /** What has shifted, in figures; undefined where there was too little traffic to tell. */
  figures(): DriftFigures | undefined {
    if (this.tooLittle) return undefined;
    const index = this.indices();
    return {
      scoreIndex: index(this.score),
      features: this.columns.filter((column) => index(column) > LARGE).length,
      stale: this.hasShifted(),
    };
  }

  /** Empty while the model fits; else the score, if it moved, and the features that moved, most first. */
  findings(): DriftFinding[] {
    if (this.tooLittle) return [];
    const index = this.indices();
    const moved = this.columns
      .map((column, j) => ({ j, psi: index(column) }))
      .filter(({ psi }) => psi > LARGE)
      .sort((a, b) => b.psi - a.psi);
    if (!this.hasShifted()) return [];
    const ofScore = index(this.score);
    const counts = this.counts();
    const findings = moved.slice(0, MOST_FINDINGS).map(({ j, psi }) => {
      const { name, doc } = this.schema[j];
      return { feature: name, psi, text: `${doc}: ${this.words(j, counts)} (stability index ${number(round(psi))})` };
    });
    if (ofScore > LARGE) {
      const text = `scores differ from those of training (stability index ${number(round(ofScore))})`;
      findings.unshift({ feature: 'score', psi: ofScore, text });
    }
    return findings;
  }

  /** Which bin gained most. */
  private words(j: number, all: Float64Array): string {
    const { edges, shares, at } = this.columns[j];
    const counts = all.subarray(at, at + shares.length);
    let best = 0;
    for (let i = 1; i < shares.length; i++) {
      if (counts[i] / this.taken - shares[i] > counts[best] / this.taken - shares[best]) best = i;
    }
    const column = this.schema[j];
    const percent = (share: number): string => `${number(Math.round(share * 100))} %`;
    // of a flag the first bin has the zeros
    if (column.flag)
      return `yes in ${percent(1 - counts[0] / this.taken)} of the records, in training in ${percent(1 - shares[0])}`;
    const shown = (value: number): string => plainFigure(round(column.plain(value)), column.plainUnit);
    const from = best > 0 ? ` above ${shown(edges[best - 1])}` : '';
    const to = best < edges.length ? ` up to ${shown(edges[best])}` : '';
    return `${percent(counts[best] / this.taken)} of the records${from}${to}, in training ${percent(shares[best])}`;
  }
}

/**
 * Bins no narrower than a part of the feature's range. Where many values are nearly equal the deciles lie close together, and
 * rarities are a little lower now than in training, where each block was left out of its own counts: that is no drift.
 */
function coarse({ edges, shares, min, q999 }: FeatureReference): Omit<Bins, 'at'> {
  const narrow = NARROW * Math.max(0, q999 - min);
  const kept: number[] = [];
  const sums = [shares[0] ?? 1];
  edges.forEach((edge, i) => {
    const share = shares[i + 1];
    const next = edges[i + 1];
    if ((next !== undefined && next - edge <= narrow) || sums.length === BINS) sums[sums.length - 1] += share;
    else {
      kept.push(edge + narrow / 10);
      sums.push(share);
    }
  });
  return { edges: Float64Array.from(kept), shares: sums };
}

function round(value: number): number {
  return Number(value.toPrecision(2));
}
