/** What a run counts beside incidents, as the facts of its report. */
import { basename } from 'node:path';
import { printable } from '../base/text.js';
import { VERSION } from '../base/version.js';
import type { ScoredBatch } from '../detect/batch.js';
import type { ModelFacts, RunFacts } from '../detect/types.js';
import type { Bundle } from '../model/bundle.js';
import type { Threshold } from '../model/calibration.js';
import type { SourceFacts } from '../source/types.js';

export class RunTally {
  records = 0;
  private bytes = 0;
  private firstUs = 0;
  private lastUs = 0;
  private readonly started = performance.now();
  private rateAt = this.started;
  private rateRecords = 0;
  private lately = 0;

  constructor(
    private readonly run: {
      readonly bundle: Bundle;
      readonly detector: { anomalous: number; suppressedRecords: number; suppressedIncidents: number };
    },
    private readonly threshold: Threshold,
    private readonly modelDir: string,
  ) {}

  observe(batch: ScoredBatch): void {
    for (let k = 0; k < batch.count; k++) {
      const us = batch.timestampUs[k] as number;
      if (this.records++ === 0) this.firstUs = this.lastUs = us;
      if (us < this.firstUs) this.firstUs = us;
      if (us > this.lastUs) this.lastUs = us;
      this.bytes += batch.bytes[k] as number;
    }
  }

  /** Records a second, over the last second or so. */
  rate(now = performance.now()): number {
    if (now - this.rateAt >= 1000) {
      this.lately = ((this.records - this.rateRecords) / (now - this.rateAt)) * 1000;
      this.rateAt = now;
      this.rateRecords = this.records;
    }
    return Math.round(this.lately || (this.records / Math.max(1, now - this.started)) * 1000);
  }

  facts(sources: readonly SourceFacts[], stops: ReadonlyMap<string, number>): RunFacts {
    const { detector, bundle } = this.run;
    return {
      version: VERSION,
      kind: bundle.schema.kind,
      sources: sources.map(({ name, format, driver, dropped, droppedEstimate, gaps, warnings }) => ({
        name,
        format,
        gaps,
        warnings,
        ...(driver !== undefined && { driver }),
        ...(dropped !== undefined && { dropped }),
        ...(droppedEstimate !== undefined && { droppedEstimate }),
      })),
      firstUs: this.firstUs,
      lastUs: this.lastUs,
      records: this.records,
      bytes: this.bytes,
      anomalous: detector.anomalous,
      threshold: this.threshold.value,
      promise: this.threshold.promise,
      stops: [...stops].map(([stop, count]) => ({ stop, count })),
      suppressed: { records: detector.suppressedRecords, incidents: detector.suppressedIncidents, byEntry: [] },
      timeline: [],
      talkers: [],
      scoreHistogram: { edges: [], counts: [] },
      drift: [],
      model: modelFacts(bundle, this.modelDir),
    };
  }
}

/** The model card. */
export function modelFacts(bundle: Bundle, dir: string): ModelFacts {
  const { facts, spec, schema, sources } = bundle;
  return {
    name: printable(basename(dir)),
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
  };
}
