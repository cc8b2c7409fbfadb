/** What a report shows of a run as a whole: timeline, talkers, distribution of scores. Bounded. */
import { US_PER_DAY } from '../base/time.js';
import { ENOUGH } from '../features/clock.js';
import { SlotTable, tickOf } from '../features/slot-table.js';
import type { EndpointColumn } from './feature-batch.js';
import type { Histogram, Talker, TimelineBucket } from './run-facts.js';
import type { ScoreTotals } from './run-figures.js';
import type { ScoredBatch } from './score/scored-batch.js';

/** Buckets of the timeline; when they are full, two become one. */
const BUCKETS = 240;
const FIRST_WIDTH_US = 1e6;
const TALKERS = 4096;
/** Smoothed scores from 0 in steps; what is above is in the last bin. */
const STEP = 0.1;
const STEPS = 80;

interface Bucket {
  records: number;
  /** of them those that have a score */
  scored: number;
  anomalous: number;
  maxScore: number;
  sum: number;
}

export class RunSummary {
  records = 0;
  bytes = 0;
  /** of smoothed scores */
  scoreSum = 0;
  firstUs = 0;
  lastUs = 0;
  private readonly buckets: Bucket[] = Array.from({ length: BUCKETS }, empty);
  private widthUs = FIRST_WIDTH_US;
  private readonly histogram = new Float64Array(STEPS + 1);
  private readonly table = new SlotTable(TALKERS);
  private readonly talkerRecords = new Float64Array(TALKERS);
  private readonly talkerBytes = new Float64Array(TALKERS);
  private readonly talkerAnomalous = new Float64Array(TALKERS);
  private readonly talkerAddress: string[] = new Array<string>(TALKERS).fill('');

  /** Takes in a batch that detection has judged. */
  add(batch: ScoredBatch): void {
    for (let k = 0; k < batch.count; k++) {
      const timeUs = batch.wallUs[k];
      if (this.records++ < ENOUGH && this.isFirst(timeUs)) this.firstUs = timeUs;
      this.lastUs = Math.max(this.lastUs, timeUs);
      this.bytes += batch.bytes[k];
      const smoothed = batch.smoothed[k];
      const isScored = Number.isFinite(smoothed);
      if (isScored) {
        this.scoreSum += smoothed;
        this.histogram[Math.max(0, Math.min(STEPS, Math.floor(smoothed / STEP)))]++;
      }
      this.addToBucket(timeUs, isScored ? smoothed : undefined, batch.anomaly[k]);
      this.addTalker(batch, k, batch.initiator);
      this.addTalker(batch, k, batch.responder);
    }
  }

  /** Nobody knows yet whether the first records' time is right; all of them are in the first bucket. */
  private isFirst(timeUs: number): boolean {
    if (this.records > 1 && timeUs >= this.firstUs && timeUs - this.firstUs < US_PER_DAY) return false;
    this.lastUs = timeUs;
    return true;
  }

  private addToBucket(timeUs: number, smoothed: number | undefined, anomaly: number): void {
    let index = Math.max(0, Math.floor((timeUs - this.firstUs) / this.widthUs));
    while (index >= BUCKETS) {
      this.halve();
      index = Math.floor((timeUs - this.firstUs) / this.widthUs);
    }
    const bucket = this.buckets[index];
    bucket.records++;
    bucket.anomalous += anomaly;
    if (smoothed === undefined) return;
    bucket.scored++;
    bucket.sum += smoothed;
    if (smoothed > bucket.maxScore) bucket.maxScore = smoothed;
  }

  private halve(): void {
    for (let i = 0; i < BUCKETS; i++) {
      const [a, b] = [this.buckets[2 * i] ?? empty(), this.buckets[2 * i + 1] ?? empty()];
      this.buckets[i] = {
        records: a.records + b.records,
        anomalous: a.anomalous + b.anomalous,
        maxScore: Math.max(a.maxScore, b.maxScore),
        scored: a.scored + b.scored,
        sum: a.sum + b.sum,
      };
    }
    this.widthUs *= 2;
  }

  /** A full table gives up who was silent longest and came once: who talks much stays. */
  private addTalker(batch: ScoredBatch, k: number, end: EndpointColumn): void {
    if (end.family[k] === 0) return;
    const slot = this.table.claim(end.low[k], end.high[k], tickOf(batch.clockUs[k] / 1e6));
    if (this.table.fresh) {
      this.talkerRecords[slot] = this.talkerBytes[slot] = this.talkerAnomalous[slot] = 0;
      this.talkerAddress[slot] = end.text(k);
    }
    this.talkerRecords[slot]++;
    this.talkerBytes[slot] += batch.bytes[k];
    this.talkerAnomalous[slot] += batch.anomaly[k];
  }

  timeline(): TimelineBucket[] {
    if (this.records === 0) return [];
    const last = Math.floor((this.lastUs - this.firstUs) / this.widthUs);
    return this.buckets.slice(0, last + 1).map((bucket, i) => ({
      fromUs: this.firstUs + i * this.widthUs,
      records: bucket.records,
      anomalous: bucket.anomalous,
      maxScore: bucket.maxScore,
      meanScore: bucket.scored > 0 ? bucket.sum / bucket.scored : 0,
    }));
  }

  /** By bytes, most first; those with anomalous records before the rest when they would be cut off. */
  talkers(most = 20): Talker[] {
    const all: Talker[] = [];
    for (let slot = 0; slot < TALKERS; slot++) {
      if (this.talkerRecords[slot] === 0) continue;
      all.push({
        address: this.talkerAddress[slot],
        records: this.talkerRecords[slot],
        bytes: this.talkerBytes[slot],
        anomalous: this.talkerAnomalous[slot],
      });
    }
    const suspects = all.filter((t) => t.anomalous > 0).sort((a, b) => b.anomalous - a.anomalous);
    const chosen = new Set(suspects.slice(0, most / 2));
    for (const talker of all.sort((a, b) => b.bytes - a.bytes)) if (chosen.size < most) chosen.add(talker);
    return [...chosen].sort((a, b) => b.bytes - a.bytes);
  }

  /** How often each smoothed score came. */
  get scores(): ScoreTotals {
    return { counts: this.histogram, step: STEP, sum: this.scoreSum };
  }

  /** Of smoothed scores; empty bins at the end are left out. */
  scoreHistogram(): Histogram {
    let used = STEPS + 1;
    while (used > 1 && this.histogram[used - 1] === 0) used--;
    const counts = Array.from(this.histogram.subarray(0, used));
    return { edges: Array.from({ length: used + 1 }, (_, i) => Number((i * STEP).toFixed(1))), counts };
  }
}

function empty(): Bucket {
  return { records: 0, scored: 0, anomalous: 0, maxScore: 0, sum: 0 };
}
