/**
 * The library: what the command line is made of, for programs. Verbs first, then what they take and give, then the
 * parts. Everything is documented where it is defined; docs/library.md is made from here.
 */

// Verbs: open records, learn from them, keep the model, watch with it.

export { baseRatesOf } from './engine/base-rates.js';
export { readLabels } from './engine/labels.js';
export { learn } from './engine/learn.js';
export { power } from './engine/power.js';
export { filterSource, followLog, openInterface, openSource } from './engine/source.js';
export { transform } from './engine/transform.js';
export { Watch, watch } from './engine/watch.js';
export { loadBundle as loadModel, saveBundle as saveModel } from './model/bundle.js';
export { readAllowList } from './output/allow-file.js';
export { incidentJson } from './output/json-lines.js';
export { writeReports } from './output/report-files.js';
export { renderText } from './report/text.js';

// What they take and give.

export { AnomalyError, ERRORS, type ErrorCode } from './base/errors.js';
export type { AllowEntry } from './detect/allow-entry.js';
export { Labels } from './detect/evaluation.js';
export { type BaseRates, NO_BASE_RATES } from './detect/evidence/base-rates.js';
export type { Incident, Reason, Severity } from './detect/incident.js';
export { AllowList } from './detect/incidents/allow.js';
export type { Evaluation, ModelFacts, Report, RunFacts } from './detect/run-facts.js';
export type { ScoredBatch } from './detect/score/scored-batch.js';
export type { OnRecord } from './engine/featurer.js';
export type { LearnHooks, LearnOptions } from './engine/learn.js';
export type { PowerOptions, PowerProgress } from './engine/power.js';
export type { Batch, RecordKindOf, RecordStream, Source } from './engine/record-kind.js';
export { Interrupted } from './engine/training-rows.js';
export type { FeatureRow } from './engine/transform.js';
export type { WatchEvent, WatchOptions } from './engine/watch.js';
export type { FeatureColumn, FeatureSchema, RecordContext } from './features/extractor.js';
export type { Bundle } from './model/bundle.js';
export type { Threshold } from './model/calibration.js';
export type { Power } from './model/power-schema.js';
export type { TrainedModel } from './model/trained.js';
export type { RunReport } from './report/run-report.js';
export type { LiveOptions } from './source/live/protocol.js';

// Parts, for programs that put them together in their own way.

export { decodePacket } from './decode/packet.js';
export { Detector } from './detect/detector.js';
export type { DetectorEvent } from './detect/detector-event.js';
export type { DetectorOptions } from './detect/detector-options.js';
export { ConnectionFeatures } from './features/connection/index.js';
export { PacketFeatures } from './features/packet/index.js';
export { COLUMNS, type Column, TABLE_VERSION } from './table/columns.js';
export { PacketRecord } from './table/record.js';
export { ConnRecord } from './zeek/record.js';
