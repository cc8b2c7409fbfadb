/** What a run counts beside incidents, as the facts of its report. */
import { basename } from 'node:path';
import { printable } from '../base/text.js';
import type { Detector } from '../detect/detector.js';
import { DriftMeter } from '../detect/drift.js';
import type { Incident } from '../detect/incident.js';
import type { AllowList } from '../detect/incidents/allow.js';
import type { ModelBefore, ModelFacts, RunFacts, RunIdentity, Unlisted } from '../detect/run-facts.js';
import type { RunFigures } from '../detect/run-figures.js';
import { RunSummary } from '../detect/run-summary.js';
import type { ScoredBatch } from '../detect/score/scored-batch.js';
import type { FeatureSchema } from '../features/extractor.js';
import type { Bundle } from '../model/bundle.js';
import { evidenceLines } from '../report/evidence.js';
import type { SourceFacts } from '../source/packet-source.js';
import type { ClockFacts } from './featurer.js';

/** What the tally reads of a run. */
export interface TalliedRun {
  readonly bundle: Bundle;
  readonly schema: FeatureSchema;
  readonly clock: ClockFacts;
  readonly detector: Pick<
    Detector,
    | 'anomalous'
    | 'budget'
    | 'suppressed'
    | 'incidents'
    | 'raised'
    | 'suppressedRecords'
    | 'suppressedIncidents'
    | 'unjudged'
    | 'unscored'
    | 'forgotten'
    | 'unlisted'
    | 'inputFacts'
  >;
}

/** models before the one in use that a report names; with one a week that is half a year of a run */
const MOST_BEFORE = 26;

export class RunTally {
  private readonly summary = new RunSummary();
  private drift: DriftMeter;
  private readonly started = performance.now();
  private rateAt = this.started;
  private rateRecords = 0;
  private lately = 0;
  /** who says what is found, by whatever model is in use */
  readonly identity: RunIdentity;
  private card: ModelFacts;
  private readonly before: ModelBefore[] = [];

  constructor(
    private readonly run: TalliedRun,
    who: Omit<RunIdentity, 'kind' | 'model'>,
    private readonly modelDir: string,
    private readonly allowed: () => AllowList | undefined,
  ) {
    this.card = modelFacts(run.bundle, modelDir);
    const current = (): ModelFacts => this.card;
    this.identity = {
      ...who,
      kind: run.bundle.schema.kind,
      get model() {
        return current();
      },
    };
    this.drift = driftOf(run);
  }

  get model(): ModelFacts {
    return this.card;
  }

  /** The run goes on with another model: what is compared with training is so from now on. */
  adopt(): void {
    const { name, id, trainedAt } = this.card;
    if (this.before.length === MOST_BEFORE) this.before.shift();
    this.before.push({ name, id, trainedAt, untilUs: this.summary.lastUs });
    this.card = modelFacts(this.run.bundle, this.modelDir);
    this.drift = driftOf(this.run);
  }

  /** A batch that detection has judged. */
  observe(batch: ScoredBatch): void {
    this.summary.add(batch);
    this.drift.add(batch);
  }

  /** Records a second, over the last second or so. */
  rate(now = performance.now()): number {
    const { records } = this.summary;
    if (now - this.rateAt >= 1000) {
      this.lately = ((records - this.rateRecords) / (now - this.rateAt)) * 1000;
      this.rateAt = now;
      this.rateRecords = records;
    }
    return Math.round(this.lately || (records / Math.max(1, now - this.started)) * 1000);
  }

  /** What is worth asking for every few seconds; no reason is worded and no list is sorted for it. */
  figures({ dropped, droppedEstimate, gaps }: SourceFacts): RunFigures {
    const { detector, bundle } = this.run;
    const { records, bytes, lastUs, scores } = this.summary;
    const open = { notice: 0, low: 0, medium: 0, high: 0 };
    for (const { closed, severity } of detector.incidents) if (!closed) open[severity]++;
    return {
      ...this.identity,
      ...{ records, bytes, lastUs, scores, open },
      rate: this.rate(),
      dropped: dropped ?? droppedEstimate,
      gaps: gaps.length,
      flagged: detector.anomalous,
      unjudged: detector.unjudged.nameless,
      unscored: detector.unscored,
      raised: detector.raised,
      unlisted: { crowd: crowdOf(detector.unlisted), room: detector.unlisted.dropped },
      suppressed: { records: detector.suppressedRecords, incidents: detector.suppressedIncidents },
      threshold: bundle.threshold.value,
      drift: mostlyWithin(this.summary, bundle.facts) ? undefined : this.drift.figures(),
      model: this.model,
    };
  }

  facts(sources: readonly SourceFacts[], stops: ReadonlyMap<string, number>): RunFacts {
    const { detector, bundle, clock } = this.run;
    const { summary } = this;
    const { nameless, frozen, reversed } = detector.unjudged;
    const knownTime = mostlyWithin(summary, bundle.facts);
    return {
      ...this.identity,
      sources: sources.map(({ name, format, driver, dropped, droppedEstimate, gaps, clockSteps, warnings }) => ({
        name,
        format,
        gaps,
        warnings,
        ...(driver !== undefined && { driver }),
        ...(clockSteps !== undefined && { clockSteps: [...clockSteps] }),
        ...(dropped !== undefined && { dropped }),
        ...(droppedEstimate !== undefined && { droppedEstimate }),
      })),
      firstUs: summary.firstUs,
      lastUs: summary.lastUs,
      records: summary.records,
      bytes: summary.bytes,
      anomalous: detector.anomalous,
      budget: detector.budget,
      threshold: bundle.threshold.value,
      promise: bundle.threshold.promise,
      stops: [...stops].map(([stop, count]) => ({ stop, count })),
      suppressed: {
        records: detector.suppressedRecords,
        incidents: detector.suppressedIncidents,
        ...suppressedFacts(detector.suppressed),
        expired: this.allowed()?.expired(summary.lastUs / 1000) ?? [],
      },
      timeline: summary.timeline(),
      talkers: summary.talkers(),
      scoreHistogram: summary.scoreHistogram(),
      // training rows leave their own time block out of every rarity, so the same rows now would look like drift
      ...driftFacts(knownTime ? undefined : this.drift),
      knownTime,
      ...(clock.events.length > 0 && { clock: { totals: { ...clock.totals }, events: [...clock.events] } }),
      ...((nameless > 0 || frozen || reversed) && { unjudged: { nameless, frozen, reversed } }),
      ...(detector.forgotten > 0 && { forgotten: detector.forgotten }),
      ...(detector.unscored > 0 && { unscored: detector.unscored }),
      ...(detector.unlisted.dropped + crowdOf(detector.unlisted) > 0 && { unlisted: detector.unlisted }),
      input: detector.inputFacts,
      ...(this.before.length > 0 && { modelsBefore: [...this.before] }),
      model: this.model,
    };
  }
}

function crowdOf({ crowd }: Unlisted): number {
  return crowd.reduce((sum, { incidents }) => sum + incidents, 0);
}

function driftOf({ bundle, schema }: TalliedRun): DriftMeter {
  return new DriftMeter(schema.columns, bundle.reference, bundle.calibration.scoreGrid);
}

function driftFacts(meter: DriftMeter | undefined): Pick<RunFacts, 'drift' | 'driftBy'> {
  const drift = meter?.findings() ?? [];
  const driftBy = drift.length > 0 ? meter?.cause() : undefined;
  return { drift, ...(driftBy !== undefined && { driftBy }) };
}

/** Kept-back incidents that a report lists, the latest; all are counted. */
const LISTED = 200;

function suppressedFacts(kept: readonly Incident[]): Pick<RunFacts['suppressed'], 'byEntry' | 'latest'> {
  const byEntry = new Map<string, number>();
  for (const { allowedBy = [] } of kept)
    for (const entry of allowedBy) byEntry.set(entry, (byEntry.get(entry) ?? 0) + 1);
  return {
    byEntry: [...byEntry].map(([entry, incidents]) => ({ entry, incidents })),
    latest: kept.slice(-LISTED).map(({ id, severity, title, firstUs, lastUs, anomalous }) => {
      return { id, severity, title, firstUs, lastUs, evidence: anomalous };
    }),
  };
}

interface Span {
  readonly firstUs: number;
  readonly lastUs: number;
}

/** Whether more than half of `span` is time of `known`. */
function mostlyWithin(span: Span, known: Span): boolean {
  const common = Math.min(span.lastUs, known.lastUs) - Math.max(span.firstUs, known.firstUs);
  return common > (span.lastUs - span.firstUs) / 2;
}

/** The model card. */
function modelFacts(bundle: Bundle, dir: string): ModelFacts {
  const { facts, spec, schema, sources } = bundle;
  return {
    name: printable(basename(dir)),
    id: bundle.id ?? '',
    trainedAt: facts.trainedAt,
    records: facts.records,
    spanS: (facts.lastUs - facts.firstUs) / 1e6,
    sources,
    engine: facts.engine,
    layers: spec.hidden,
    features: schema.columns.length,
    parameters: facts.parameters,
    percentile: facts.percentile,
    lossCurve: facts.lossCurve,
    warnings: facts.warnings,
    ...(bundle.shared && { shared: true as const }),
    ...(facts.evidence && { alarms: evidenceLines(facts.evidence) }),
  };
}
