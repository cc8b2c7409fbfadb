/** Training from feature rows to a model that can be saved: survey, scaler, nets, residual weights, threshold, facts. */

import { createHash } from 'node:crypto';
import { AnomalyError } from '../base/errors.js';
import { TIME_BLOCKS } from '../base/time-blocks.js';
import type { SavedSchema } from '../features/extractor.js';
import { RECORD_KINDS } from '../features/record-kinds.js';
import { savedSchema } from '../features/schema.js';
import type { Engine, NetSpec } from './autoencoder.js';
import { calibrate } from './calibrate.js';
import { highestPercentile, thresholdFor } from './calibration.js';
import { crossFit } from './cross-fit.js';
import { chooseEngine } from './engine.js';
import { parameterCount } from './net.js';
import type { Moments } from './pca.js';
import { seedOf } from './random.js';
import { RobustScaler } from './scaler.js';
import type { Spool } from './spool.js';
import { featureReference, type SurveyFacts, survey } from './survey.js';
import { momentsByBlock, rowsIn, timeBlocks } from './time-blocks.js';
import { checkOptions, type TrainOptions, type TrainProgress } from './train-options.js';
import type { TrainedModel } from './trained.js';

/** fewer rows above the threshold in a block make it a matter of luck */
const FEW_ABOVE = 5;
const BUSY_PAIR = 0.8;

/**
 * Trains on the rows of `spool`, which stays open and unchanged. Refusals are AnomalyErrors with the reason: USAGE for options
 * and percentiles that the data cannot support, BAD_DATA for values or losses that are no numbers.
 */
export async function trainModel(
  spool: Spool,
  schema: SavedSchema,
  options: TrainOptions,
  progress: (progress: TrainProgress) => void = () => undefined,
): Promise<TrainedModel> {
  checkOptions(options);
  await spool.finish();
  const blocks = timeBlocks(spool);
  const warnings = [...options.warnings, ...checkRows(spool, blocks, options)];
  const started = performance.now();
  const idle = {
    part: 1,
    parts: 1,
    epoch: 0,
    epochs: 0,
    loss: Number.NaN,
    validationLoss: Number.NaN,
    epochEnded: false,
  };
  progress({ ...idle, stage: 'survey', rowsPerSecond: 0, etaS: Number.NaN });
  const { facts, scaler, moments } = await surveyOf(spool, schema, blocks, options);
  warnings.push(...dataWarnings(facts, schema, scaler));
  const engine = await chooseEngine(options.engine, options.threads === undefined ? {} : { threads: options.threads });
  const bypassRank = Math.min(options.bypassRank, scaler.width);
  const spec: NetSpec = { inputs: scaler.width, hidden: [...options.layers], bypassRank };
  const surveyed = performance.now();
  const fingerprint = fingerprintOf(facts, schema, spec, options, engine);
  const nets = await crossFit({ engine, spec, spool, scaler, blocks, moments, options, fingerprint, progress });
  const fitted = performance.now();
  if (nets.interrupted) warnings.push(interruption(nets.folds.filter(Boolean).length, blocks.length));
  const onRows = (share: number, rowsPerSecond: number) =>
    progress({ ...idle, stage: 'calibration', rowsPerSecond, etaS: ((1 - share) * 2 * spool.rows) / rowsPerSecond });
  const { folds } = nets;
  const outOfFold = await calibrate({
    engine,
    spec,
    spool,
    scaler,
    smoothing: RECORD_KINDS[schema.kind].smoothing,
    blocks,
    folds,
    onRows,
  });
  const threshold = thresholdFor(outOfFold.calibration, options.percentile);
  await engine.dispose();
  const names = schema.columns.map((column) => column.name);
  const clipped = [...outOfFold.clipped].map((count, i) => [names[scaler.inputs[i]], count] as const);
  return {
    schema,
    spec,
    weights: nets.final,
    folds,
    scaler: scaler.state(),
    residualWeights: outOfFold.residualWeights,
    calibration: outOfFold.calibration,
    threshold,
    reference: schema.columns.map((_, j) => featureReference(facts, j)),
    facts: {
      trainedAt: new Date().toISOString(),
      records: options.records ?? spool.rows,
      firstUs: spool.firstUs,
      lastUs: spool.lastUs,
      engine: engine.name,
      engineNote: engine.note,
      parameters: parameterCount(spec),
      epochs: nets.epochs,
      foldEpochs: nets.foldEpochs,
      batchSize: options.batchSize,
      learningRate: options.learningRate,
      seed: options.seed,
      maskRate: options.maskRate,
      noise: options.noise,
      ema: options.ema,
      percentile: options.percentile,
      lossCurve: nets.curve,
      constant: constantColumns(facts, schema),
      clipped: Object.fromEntries(clipped.filter(([, count]) => count > 0)),
      secondsSurvey: (surveyed - started) / 1000,
      secondsFit: (fitted - surveyed) / 1000,
      secondsCalibration: (performance.now() - fitted) / 1000,
      rowsTrained: nets.rowsTrained,
      rowsScored: outOfFold.rowsScored,
      interrupted: nets.interrupted,
      warnings,
    },
  };
}

/** What the nets need of the survey. Its sample, a large part of the memory, is not kept any longer than this. */
async function surveyOf(
  spool: Spool,
  schema: SavedSchema,
  blocks: ReturnType<typeof timeBlocks>,
  options: TrainOptions,
): Promise<{ facts: SurveyFacts; scaler: RobustScaler; moments: Moments[] }> {
  const whole = await survey(spool, schema, seedOf(options.seed, 1));
  const scaler = RobustScaler.fit(whole, schema);
  if (scaler.width === 0)
    throw new AnomalyError('BAD_DATA', 'every feature is constant in these data: nothing to learn from');
  const { rows, min, max, mean, deviation, columns, busiestPairShare } = whole;
  const facts: SurveyFacts = { rows, min, max, mean, deviation, columns, busiestPairShare };
  return { facts, scaler, moments: momentsByBlock(whole, scaler, blocks) };
}

/** Too few rows are a refusal before any work, few rows a warning. */
function checkRows(spool: Spool, blocks: ReturnType<typeof timeBlocks>, options: TrainOptions): string[] {
  const smallest = Math.min(...blocks.map(rowsIn));
  // there may be more rows than records, which are what a person knows of
  const records = options.records ?? spool.rows;
  if (spool.rows < 20 * TIME_BLOCKS || smallest < 20) {
    throw new AnomalyError(
      'BAD_DATA',
      `${records} records are too few to split into ${blocks.length} blocks of time; capture for longer`,
    );
  }
  const { percentile } = options;
  if (!(percentile > 0 && percentile < 100)) {
    throw new AnomalyError('USAGE', `the percentile must be above 0 and below 100, not ${percentile}`);
  }
  const above = smallest * (1 - percentile / 100);
  if (above < 1 - 1e-9) {
    throw new AnomalyError(
      'USAGE',
      `percentile ${percentile} needs more than ${records} records (the smallest of ${blocks.length} blocks has ${smallest}); capture for longer, or say --percentile ${highestPercentile(smallest)}`,
    );
  }
  if (above >= FEW_ABOVE) return [];
  return [
    `few records: only ${above.toFixed(1)} of a block of ${smallest} lie above percentile ${percentile}, so the threshold is uncertain`,
  ];
}

function constantColumns(facts: SurveyFacts, schema: SavedSchema): string[] {
  return schema.columns.filter((_, j) => facts.min[j] === facts.max[j]).map((column) => column.name);
}

function dataWarnings(facts: SurveyFacts, schema: SavedSchema, scaler: RobustScaler): string[] {
  const warnings: string[] = [];
  const constant = constantColumns(facts, schema);
  if (constant.length * 2 > scaler.columns) {
    warnings.push(`${constant.length} of ${scaler.columns} features are constant in these data and are left out`);
  }
  if (facts.busiestPairShare > BUSY_PAIR) {
    const percent = Math.round(100 * facts.busiestPairShare);
    warnings.push(`one pair of hosts makes up ${percent} % of the records; the model knows little about the rest`);
  }
  return warnings;
}

function interruption(folds: number, blocks: number): string {
  return `interrupted: the best weights so far were kept, and the threshold rests on ${folds} of ${blocks} blocks of time`;
}

/** Changes with the data, the options that shape the weights, and the engine. */
function fingerprintOf(
  facts: SurveyFacts,
  schema: SavedSchema,
  spec: NetSpec,
  options: TrainOptions,
  engine: Engine,
): string {
  const { epochs, batchSize, learningRate, seed, maskRate, noise, ema, patience } = options;
  const text = JSON.stringify([
    savedSchema(schema),
    spec,
    facts.rows,
    [epochs, batchSize, learningRate, seed, maskRate, noise, ema, patience],
    [engine.name, engine.note],
  ]);
  const hash = createHash('sha256').update(text);
  for (const column of [facts.min, facts.max, facts.mean, facts.deviation]) hash.update(column);
  return hash.digest('hex');
}
