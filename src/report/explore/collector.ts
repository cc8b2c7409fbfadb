/**
 * Gathers what the exploratory report shows while training reads its records once: exact counts over all of them in
 * bounded tables, and a seeded uniform sample for everything that needs whole columns.
 */

import { US_PER_DAY, US_PER_HOUR } from '../../base/time.js';
import type { Explored } from '../../features/explored.js';
import type { FeatureSchema, RecordContext } from '../../features/extractor.js';
import { Random } from '../../model/random.js';
import type { ExplorationData, TimeCount } from './data.js';
import { correlate, histogramOf, type Summarise, summarise } from './summary.js';
import { ValueCounts } from './top-values.js';
import { whoOf } from './who.js';

const SAMPLE = 20_000;
const TOP_VALUES = 10;
/** more days than this are shown as the first so many */
const MOST_DAYS = 1000;

export interface CollectorOptions {
  readonly seed: number;
  /** rows of the sample */
  readonly sample?: number;
}

export class ExplorationCollector<R> {
  records = 0;
  readonly width: number;
  /** [sampled x width]: feature rows of the sample */
  readonly rows: Float32Array;
  private readonly capacity: number;
  private readonly fields: Float64Array;
  private readonly record: Float64Array;
  private readonly time: Float64Array;
  private readonly who: string[] = [];
  private readonly facets: ValueCounts[];
  private readonly days = new Map<number, { records: number; bytes: number }>();
  private readonly hours = Array.from({ length: 24 }, () => ({ records: 0, bytes: 0 }));
  private readonly random: Random;
  private firstUs = Number.POSITIVE_INFINITY;
  private lastUs = Number.NEGATIVE_INFINITY;
  private beyondDays = 0;
  /** algorithm L of Li (1994): rows to skip before the next one enters the sample */
  private skip = 0;
  private weight = 1;

  constructor(
    readonly schema: FeatureSchema,
    private readonly explored: Explored<R>,
    options: CollectorOptions,
  ) {
    this.capacity = options.sample ?? SAMPLE;
    this.width = schema.columns.length;
    this.rows = new Float32Array(this.capacity * this.width);
    this.fields = new Float64Array(this.capacity * explored.fields.length);
    this.record = new Float64Array(this.capacity);
    this.time = new Float64Array(this.capacity);
    this.facets = explored.facets.map((facet) => new ValueCounts(facet.title));
    this.random = new Random(options.seed);
  }

  get sampled(): number {
    return Math.min(this.records, this.capacity);
  }

  /** One record of training with its feature row `row[at..]`. */
  add(record: R, context: RecordContext, row: Float32Array, at: number): void {
    const { timestampUs, bytes } = context;
    if (timestampUs < this.firstUs) this.firstUs = timestampUs;
    if (timestampUs > this.lastUs) this.lastUs = timestampUs;
    this.countTime(timestampUs, bytes);
    const { facets } = this.explored;
    for (let i = 0; i < facets.length; i++) this.facets[i].add(facets[i]?.value(record));
    const place = this.choose();
    this.records++;
    if (place >= 0) this.keep(place, record, context, row, at);
  }

  private countTime(timestampUs: number, bytes: number): void {
    const day = Math.floor(timestampUs / US_PER_DAY);
    let entry = this.days.get(day);
    if (!entry && this.days.size < MOST_DAYS) {
      entry = { records: 0, bytes: 0 };
      this.days.set(day, entry);
    }
    if (entry) {
      entry.records++;
      entry.bytes += bytes;
    } else this.beyondDays++;
    const hour = this.hours[Math.floor(timestampUs / US_PER_HOUR) % 24] as { records: number; bytes: number };
    hour.records++;
    hour.bytes += bytes;
  }

  /** Place in the sample for the next record, or -1. */
  private choose(): number {
    const { capacity, records, random } = this;
    if (records < capacity) {
      if (records === capacity - 1) this.leap();
      return records;
    }
    if (this.skip > 0) {
      this.skip--;
      return -1;
    }
    this.leap();
    return random.integer(capacity);
  }

  private leap(): void {
    this.weight *= Math.exp(Math.log(this.random.uniform() || Number.MIN_VALUE) / this.capacity);
    this.skip = Math.floor(Math.log(this.random.uniform() || Number.MIN_VALUE) / Math.log(1 - this.weight));
  }

  private keep(place: number, record: R, context: RecordContext, row: Float32Array, at: number): void {
    for (let j = 0; j < this.width; j++) this.rows[place * this.width + j] = row[at + j];
    const { fields } = this.explored;
    for (let j = 0; j < fields.length; j++) {
      this.fields[place * fields.length + j] = fields[j]?.value(record) ?? Number.NaN;
    }
    this.record[place] = this.records;
    this.time[place] = context.timestampUs;
    this.who[place] = whoOf(context);
  }

  /** Of the sampled row `place`. */
  described(place: number): { record: number; timestampUs: number; who: string } {
    return {
      record: this.record[place],
      timestampUs: this.time[place],
      who: this.who[place],
    };
  }

  /**
   * What is known without a model.
   * @param summary another way to the same statistics, for example by a data-frame package
   */
  data(summary: Summarise = summarise): Omit<ExplorationData, 'model' | 'sources'> {
    const { sampled, schema, explored, width } = this;
    const column = (values: ArrayLike<number>, stride: number, j: number): Float64Array =>
      Float64Array.from({ length: sampled }, (_, i) => values[i * stride + j]);
    const features = schema.columns.map((_, j) => column(this.rows, width, j));
    const varying = features.flatMap((values, j) => (values.some((value) => value !== values[0]) ? [j] : []));
    const empty = this.records === 0;
    return {
      kind: schema.kind,
      records: this.records,
      firstUs: empty ? 0 : this.firstUs,
      lastUs: empty ? 0 : this.lastUs,
      sampled,
      fields: explored.fields.map((field, j) =>
        summary(field.name, field.unit, column(this.fields, explored.fields.length, j)),
      ),
      features: schema.columns.map(({ name, unit }, j) => summary(name, unit, features[j])),
      histograms: schema.columns.map((column, j) => histogramOf(column, features[j])),
      correlation: correlate(
        varying.map((j) => schema.columns[j]?.name),
        varying.map((j) => features[j]),
      ),
      facets: this.facets.map((facet) => facet.top(TOP_VALUES)),
      days: this.everyDay(),
      hours: this.hours,
      warnings:
        this.beyondDays > 0
          ? [`${this.beyondDays} records lie beyond the first ${MOST_DAYS} days; the days leave them out`]
          : [],
    };
  }

  /** Days without a record are shown too, unless the gap is longer than all of the rest could be. */
  private everyDay(): TimeCount[] {
    const known = [...this.days.keys()].sort((a, b) => a - b);
    const first = known[0];
    const last = known.at(-1);
    if (first === undefined || last === undefined) return [];
    const days = last - first < MOST_DAYS ? Array.from({ length: last - first + 1 }, (_, i) => first + i) : known;
    return days.map((day) => ({ fromUs: day * US_PER_DAY, ...(this.days.get(day) ?? { records: 0, bytes: 0 }) }));
  }
}
