/**
 * How well a run did on labelled records: ranking quality per attack against the benign records of the same input, and
 * which incidents name an attack. Scores are kept as histograms: memory does not grow with the records.
 */
import { US_PER_HOUR } from '../base/time.js';
import type { Incident } from './incident.js';
import type { AttackEvaluation, Evaluation, LabelFacts } from './run-facts.js';
import type { ScoredBatch } from './score/scored-batch.js';

/** Scores from 0 up to LIMIT in bins of 1/RESOLUTION; what is above is one bin. */
const RESOLUTION = 4096;
const LIMIT = 16;
const BINS = LIMIT * RESOLUTION;
const FPRS = [1e-2, 1e-3, 1e-4];
/** Attacks told apart; records of further ones count under the last. */
const MOST_ATTACKS = 64;

/** Labels by 1-based record number: benign (also where none was given) or the name of an attack. */
export class Labels {
  /** names by code; code 0 is benign */
  readonly names: string[] = [''];
  /** code + 1 by record; 0: nothing was said of it */
  private codes = new Uint8Array(1024);
  private readonly byName = new Map<string, number>();
  private rows = 0;
  private repeated = 0;
  private disordered = 0;
  private lastFrame = 0;

  /** A row of a file, in the order of the file; `attack` is empty for what is benign. */
  row(frame: number, attack: string): void {
    this.rows++;
    if (this.has(frame)) this.repeated++;
    else if (frame < this.lastFrame) this.disordered++;
    this.lastFrame = frame;
    this.set(frame, attack);
  }

  /** Whether something was said of a record. */
  has(frame: number): boolean {
    return frame < this.codes.length && this.codes[frame] > 0;
  }

  /** How rows of a file fit the records, of which `withRow` and `withoutRow` were seen; undefined: there were no rows. */
  fit(withRow: number, withoutRow: number): LabelFacts | undefined {
    const { rows, repeated, disordered } = this;
    if (rows === 0) return undefined;
    return { rows, withoutRow, beyond: rows - repeated - withRow, repeated, disordered };
  }

  set(frame: number, attack: string): void {
    if (frame >= this.codes.length) {
      const longer = new Uint8Array(Math.max(frame + 1, 2 * this.codes.length));
      longer.set(this.codes);
      this.codes = longer;
    }
    let code = attack === '' ? 0 : this.byName.get(attack);
    if (code === undefined) {
      if (this.names.length <= MOST_ATTACKS) this.names.push(attack);
      code = this.names.length - 1;
      this.byName.set(attack, code);
    }
    this.codes[frame] = code + 1;
  }

  code(frame: number): number {
    return this.has(frame) ? this.codes[frame] - 1 : 0;
  }

  /**
   * Codes of the attacks that an incident is about: what has most of its records and, of several steps, which have equal shares
   * of them, whatever has half of such a share. None where more than half of the records are benign.
   */
  attacksOf({ frames, steps = [] }: Pick<Incident, 'frames' | 'steps'>): number[] {
    const counts = new Uint32Array(this.names.length);
    for (const frame of frames) counts[this.code(frame)]++;
    const [benign, ...attacks] = counts;
    if (2 * benign > frames.length) return [];
    const most = Math.max(...attacks);
    const enough = steps.length > 1 ? frames.length / (2 * steps.length) : most;
    return [...attacks.keys()]
      .filter((i) => attacks[i] > 0 && (attacks[i] >= enough || attacks[i] === most))
      .map((i) => i + 1);
  }
}

interface Tally {
  readonly histogram: Uint32Array;
  records: number;
  flagged: number;
  firstUs: number;
}

export class Evaluator {
  private readonly tallies: Tally[];
  private firstUs = 0;
  private lastUs = 0;
  private withRow = 0;
  private withoutRow = 0;

  constructor(private readonly labels: Labels) {
    this.tallies = labels.names.map(() => ({
      histogram: new Uint32Array(BINS + 1),
      records: 0,
      flagged: 0,
      firstUs: 0,
    }));
  }

  /** Records that detection has judged. */
  observe({ count, frame, timestampUs, score, anomaly }: ScoredBatch): void {
    for (let k = 0; k < count; k++) this.add(frame[k], timestampUs[k], score[k], anomaly[k] === 1);
  }

  /** One record with its own score and whether it was flagged. */
  add(frame: number, timestampUs: number, score: number, flagged: boolean): void {
    const tally = this.tallies[this.labels.code(frame)];
    if (tally.records++ === 0) tally.firstUs = timestampUs;
    if (flagged) tally.flagged++;
    if (this.labels.has(frame)) this.withRow++;
    else this.withoutRow++;
    // what has no score is unknown: it is not taken for the most normal
    const bin = Number.isFinite(score) ? Math.floor(score * RESOLUTION) : BINS;
    tally.histogram[Math.max(0, Math.min(BINS, bin))]++;
    if (this.firstUs === 0) this.firstUs = timestampUs;
    this.lastUs = timestampUs;
  }

  finish(incidents: readonly Incident[]): Evaluation {
    const [benign, ...attacks] = this.tallies;
    const all = new Uint32Array(BINS + 1);
    let records = 0;
    let flagged = 0;
    for (const attack of attacks) {
      for (let i = 0; i <= BINS; i++) all[i] += attack.histogram[i];
      records += attack.records;
      flagged += attack.flagged;
    }
    const named = attacks.map((): Incident[] => []);
    const untrue: Incident[] = [];
    for (const incident of incidents) {
      const about = this.labels.attacksOf(incident);
      for (const code of about) named[code - 1].push(incident);
      if (about.length === 0) untrue.push(incident);
    }
    const falseNotices = untrue.filter((incident) => incident.severity === 'notice').length;
    const falseIncidents = untrue.length - falseNotices;
    const hours = (this.lastUs - this.firstUs) / US_PER_HOUR;
    const labels = this.labels.fit(this.withRow, this.withoutRow);
    return {
      ...(labels && { labels }),
      rocAuc: rocAuc(all, benign.histogram),
      attacks: attacks
        .map((tally, i) => this.evaluate(i + 1, tally, benign, named[i]))
        // one whose records are all beyond the input was not there to be found
        .filter((attack) => attack.records > 0),
      falseIncidents,
      falseNotices,
      falseIncidentsPerHour: hours > 0 ? falseIncidents / hours : 0,
      falsePositiveRate: benign.records > 0 ? benign.flagged / benign.records : 0,
      truePositiveRate: records > 0 ? flagged / records : 0,
    };
  }

  private evaluate(code: number, tally: Tally, benign: Tally, named: readonly Incident[]): AttackEvaluation {
    const alarms = named.filter((incident) => incident.severity !== 'notice');
    const alarmUs = alarms.reduce((first, incident) => Math.min(first, incident.alarmUs), Number.POSITIVE_INFINITY);
    return {
      attack: this.labels.names[code],
      records: tally.records,
      rocAuc: rocAuc(tally.histogram, benign.histogram),
      tprAtFpr: FPRS.map((fpr) => ({ fpr, tpr: tprAt(fpr, tally, benign) })),
      raised: alarms.length > 0,
      // an incident that was there before the attack began may have grown into one about it
      delayS: alarms.length > 0 ? Math.max(0, alarmUs - tally.firstUs) / 1e6 : -1,
      kinds: [...new Set(named.flatMap(kindsOf))],
    };
  }
}

/** What it is called, and each of its steps. */
export function kindsOf({ kind, steps = [] }: Pick<Incident, 'kind' | 'steps'>): string[] {
  return [kind, ...steps.map((step) => step.kind)];
}

/** Chance that a positive ranks above a negative, ties half (Mann and Whitney 1947); NaN where either is missing. */
function rocAuc(positives: Uint32Array, negatives: Uint32Array): number {
  let below = 0;
  let wins = 0;
  let total = 0;
  for (let i = 0; i < positives.length; i++) {
    wins += positives[i] * (below + negatives[i] / 2);
    below += negatives[i];
    total += positives[i];
  }
  return wins / (total * below);
}

/** Share of the attack above the lowest level that at most `fpr` of the benign records exceed. */
function tprAt(fpr: number, attack: Tally, benign: Tally): number {
  const allowed = fpr * benign.records;
  let over = 0;
  let caught = 0;
  for (let i = BINS; i >= 0; i--) {
    over += benign.histogram[i];
    if (over > allowed) break;
    caught += attack.histogram[i];
  }
  return attack.records > 0 ? caught / attack.records : Number.NaN;
}
