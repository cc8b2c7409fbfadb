/**
 * The figures of a run in the text that Prometheus reads, or OpenMetrics where that is asked for. Names follow Prometheus's
 * conventions: a unit at the end, `_total` for what only grows, times as seconds since the epoch.
 */
import {
  Counter,
  Gauge,
  Histogram,
  type LabelValues,
  type OpenMetricsContentType,
  type PrometheusContentType,
  Registry,
} from 'prom-client';
import type { RunFigures } from '../../detect/run-figures.js';

/** What a program that runs for weeks holds back and has sent, by what it is for. */
export interface Queues {
  /** waiting now */
  readonly waiting: Readonly<Record<string, number>>;
  /** notifications so far, by what came of them */
  readonly notifications: Readonly<Record<string, number>>;
}

export interface Figures extends RunFigures, Queues {}

type Values = readonly { readonly labels: LabelValues<string>; readonly value: number }[];

interface Row {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** what is unknown has no value, and no zero that looks measured */
  readonly of: (figures: Figures) => Values | number | undefined;
}

const by = (label: string, all: Readonly<Record<string, number>>): Values =>
  Object.entries(all).map(([key, value]) => ({ labels: { [label]: key }, value }));

const SECONDS = 1e6;

const COUNTERS: readonly Row[] = [
  {
    name: 'anomaly_records_total',
    help: 'Packets or connections examined.',
    labels: ['kind'],
    of: ({ kind, records }) => [{ labels: { kind }, value: records }],
  },
  { name: 'anomaly_traffic_bytes_total', help: 'Bytes on the wire of what was examined.', of: ({ bytes }) => bytes },
  {
    name: 'anomaly_records_flagged_total',
    help: 'Records that were evidence of an alarm.',
    of: ({ flagged }) => flagged,
  },
  {
    name: 'anomaly_records_unjudged_total',
    help: 'Records of which not enough was decoded to tell who sends or receives.',
    of: ({ unjudged }) => unjudged,
  },
  {
    name: 'anomaly_records_unscored_total',
    help: 'Records whose score is no number: evidence alone judged them.',
    of: ({ unscored }) => unscored,
  },
  {
    name: 'anomaly_records_suppressed_total',
    help: 'Records that the allow-list kept from being flagged.',
    of: ({ suppressed }) => suppressed.records,
  },
  {
    name: 'anomaly_packets_dropped_total',
    help: 'Packets that the capture lost; absent where that cannot be known.',
    of: ({ dropped }) => dropped,
  },
  { name: 'anomaly_capture_gaps_total', help: 'Stretches of time without capture.', of: ({ gaps }) => gaps },
  {
    name: 'anomaly_incidents_raised_total',
    help: 'Incidents that were opened with this severity or rose to it.',
    labels: ['severity'],
    of: ({ raised }) => by('severity', raised),
  },
  {
    name: 'anomaly_incidents_unlisted_total',
    help: 'Incidents that no report lists: one of a crowd, or told before and making room for others.',
    labels: ['reason'],
    of: ({ unlisted }) => by('reason', unlisted),
  },
  {
    name: 'anomaly_incidents_suppressed_total',
    help: 'Incidents that the allow-list kept quiet.',
    of: ({ suppressed }) => suppressed.incidents,
  },
  {
    name: 'anomaly_notifications_total',
    help: 'Notifications of incidents, by what came of them.',
    labels: ['result'],
    of: ({ notifications }) => by('result', notifications),
  },
  {
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time spent in seconds.',
    of: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / SECONDS;
    },
  },
];

const GAUGES: readonly Row[] = [
  {
    name: 'anomaly_records_per_second',
    help: 'Records a second, of late, as the console says it.',
    of: ({ rate }) => rate,
  },
  {
    name: 'anomaly_last_record_timestamp_seconds',
    help: 'Time of the last record by its own clock, since the epoch.',
    of: ({ lastUs }) => (lastUs > 0 ? lastUs / SECONDS : undefined),
  },
  {
    name: 'anomaly_incidents_open',
    help: 'Incidents that are going on.',
    labels: ['severity'],
    of: ({ open }) => by('severity', open),
  },
  {
    name: 'anomaly_score_threshold',
    help: 'Smoothed score above which a record is unlike training.',
    of: ({ threshold }) => threshold,
  },
  {
    name: 'anomaly_model_trained_timestamp_seconds',
    help: 'When the model was trained, since the epoch.',
    of: ({ model }) => whenTrained(model.trainedAt),
  },
  {
    name: 'anomaly_model_info',
    help: 'The model that judges.',
    labels: ['name', 'id'],
    of: ({ model: { name, id } }) => [{ labels: { name, id }, value: 1 }],
  },
  {
    name: 'anomaly_run_info',
    help: 'The run and the program.',
    labels: ['sensor', 'run', 'version'],
    of: ({ sensor, run, version }) => [{ labels: { sensor, run, version }, value: 1 }],
  },
  {
    name: 'anomaly_drift_score_index',
    help: 'Population stability index of the score against training; above 0.25 it has shifted.',
    of: ({ drift }) => drift?.scoreIndex,
  },
  {
    name: 'anomaly_drift_features',
    help: 'Features that have shifted since training.',
    of: ({ drift }) => drift?.features,
  },
  {
    name: 'anomaly_model_stale',
    help: '1 where traffic has shifted so far that the model should be trained again.',
    of: ({ drift }) => drift && Number(drift.stale),
  },
  {
    name: 'anomaly_queue_length',
    help: 'What waits to be sent or written.',
    labels: ['queue'],
    of: ({ waiting }) => by('queue', waiting),
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    of: () => process.memoryUsage.rss(),
  },
  {
    name: 'process_start_time_seconds',
    help: 'Start time of the process since the epoch in seconds.',
    of: () => performance.timeOrigin / 1000,
  },
];

function whenTrained(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isFinite(ms) ? ms / 1000 : undefined;
}

/** Bounds of the exported histogram: those around thresholds close to each other, all multiples of the step of the counts. */
const BOUNDS = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 8];

const SCORE = {
  name: 'anomaly_score',
  help: 'Smoothed scores of records; one on a bound counts as above it.',
};

/** A histogram of scores that were counted already: observing each record anew would cost more than scoring some. */
class CountedScores extends Histogram {
  constructor(
    registers: Registry<PrometheusContentType | OpenMetricsContentType>[],
    private readonly read: () => Figures | undefined,
  ) {
    super({ ...SCORE, buckets: BOUNDS, registers: registers as Registry[] });
  }

  /** What the registry prints. */
  async getForPromString() {
    const head = { name: SCORE.name, help: SCORE.help, type: 'histogram' };
    const scores = this.read()?.scores;
    if (!scores) return { ...head, values: [] };
    const { counts, step, sum } = scores;
    const values: { metricName: string; labels: Record<string, string | number>; value: number }[] = [];
    let below = 0;
    let k = 0;
    for (const le of BOUNDS) {
      for (const end = Math.round(le / step); k < end; k++) below += counts[k];
      values.push({ metricName: `${SCORE.name}_bucket`, labels: { le }, value: below });
    }
    for (; k < counts.length; k++) below += counts[k];
    values.push({ metricName: `${SCORE.name}_bucket`, labels: { le: '+Inf' }, value: below });
    values.push({ metricName: `${SCORE.name}_sum`, labels: {}, value: sum });
    values.push({ metricName: `${SCORE.name}_count`, labels: {}, value: below });
    return { ...head, values };
  }
}

type Kind = PrometheusContentType | OpenMetricsContentType;

/** Two scrapes within it get the same text [ms]: whoever asks in a loop costs detection nothing. */
const FRESH_MS = 1000;

/** Counted elsewhere: what is shown is the total, whatever was shown before. */
function filling({ of }: Row, read: () => Figures | undefined) {
  return function (this: Counter | Gauge): void {
    this.reset();
    const figures = read();
    const value = figures && of(figures);
    if (value === undefined) this.remove();
    else if (typeof value === 'number') this.inc(value);
    else for (const { labels, value: n } of value) this.inc(labels, n);
  };
}

/** One text format. The library changes the names of counters for OpenMetrics, so that each has metrics of its own. */
class Format {
  private readonly registry: Registry<Kind>;
  private body: Promise<string> | undefined;
  private madeMs = Number.NEGATIVE_INFINITY;

  constructor(
    readonly contentType: Kind,
    read: () => Figures | undefined,
  ) {
    this.registry = new Registry<Kind>();
    this.registry.setContentType(contentType);
    const registers = [this.registry as Registry];
    const config = ({ name, help, labels = [] }: Row) => ({ name, help, labelNames: labels, registers });
    for (const row of COUNTERS) new Counter({ ...config(row), collect: filling(row, read) });
    for (const row of GAUGES) new Gauge({ ...config(row), collect: filling(row, read) });
    new CountedScores(registers, read);
  }

  text(nowMs = performance.now()): Promise<string> {
    if (!this.body || nowMs - this.madeMs >= FRESH_MS) {
      this.madeMs = nowMs;
      this.body = this.registry.metrics();
    }
    return this.body;
  }
}

export class Metrics {
  private readonly plain: Format;
  private readonly open: Format;

  /** @param read undefined: nothing yet */
  constructor(private readonly read: () => Figures | undefined) {
    // one look at the run for all metrics of a scrape
    let figures: Figures | undefined;
    let lookedMs = Number.NEGATIVE_INFINITY;
    const once = (): Figures | undefined => {
      if (performance.now() - lookedMs >= FRESH_MS / 2) {
        figures = read();
        lookedMs = performance.now();
      }
      return figures;
    };
    this.plain = new Format(Registry.PROMETHEUS_CONTENT_TYPE, once);
    this.open = new Format(Registry.OPENMETRICS_CONTENT_TYPE, once);
  }

  /** @param accept header of the request; undefined: nothing yet */
  async text(accept: string): Promise<{ readonly body: string; readonly contentType: string } | undefined> {
    if (!this.read()) return undefined;
    const format = accept.includes('application/openmetrics-text') ? this.open : this.plain;
    return { body: await format.text(), contentType: format.contentType };
  }
}
