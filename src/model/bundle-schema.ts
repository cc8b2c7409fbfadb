/** What may stand in bundle.json. */

import { z } from 'zod';
import { checkSchema } from './check.js';
import { CLIP } from './scaler.js';

/** 2: with rows that it is tried with, and keyed hashes */
export const BUNDLE_VERSION = 2;

const finite = z.number();
const count = z
  .int()
  .min(0)
  .max(2 ** 48);
const amount = finite.min(0);
const share = amount.max(1);
const text = z.string().max(10_000);
const numbers = z.array(finite).max(1_000_000);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const file = z.strictObject({ bytes: count, sha256: digest });

const upper = z
  .strictObject({ rows: count, ranks: z.array(count).max(100_000), values: numbers })
  .refine((u) => u.ranks.length === u.values.length);
const epoch = z.strictObject({ epoch: count, loss: amount, validationLoss: amount, rowsPerSecond: amount });

const column = z.strictObject({
  name: text,
  unit: text,
  doc: text,
  group: z.enum(['packet', 'damped', 'window', 'flow', 'kind', 'rarity', 'arp', 'novelty', 'connection', 'state']),
  binary: z.boolean(),
});

export const bundleSchema = z
  .strictObject({
    format: z.literal('anomaly bundle'),
    version: z.literal(BUNDLE_VERSION),
    files: z.strictObject({ 'model.json': file, 'weights.bin': file, 'power.json': file.optional() }),
    versions: z.strictObject({ anomaly: text, node: text }),
    schemaHash: digest,
    schema: z.strictObject({ kind: z.enum(['packet', 'connection']), columns: z.array(column).min(1).max(10_000) }),
    spec: z.strictObject({
      inputs: z.int().min(1).max(10_000),
      hidden: z.array(z.int().min(1).max(4096)).max(16),
      bypassRank: z.int().min(0).max(4096),
    }),
    scaler: z.strictObject({
      columns: count,
      inputs: z.array(count),
      center: numbers,
      scale: z.array(finite.positive()),
    }),
    residualWeights: z.array(finite.positive()),
    calibration: z.strictObject({
      smoothing: finite.min(1),
      blocks: z.array(upper).min(1).max(256),
      smoothedGrid: numbers,
      scoreGrid: numbers,
    }),
    threshold: z.strictObject({ value: finite.positive(), promise: text }),
    check: checkSchema,
    /** of what names somebody, see keyed-hashes.ts */
    hashKey: z.string().regex(/^[0-9a-f]{16}$/),
    reference: z.array(
      z.strictObject({ median: finite, q999: finite, min: finite, max: finite, edges: numbers, shares: numbers }),
    ),
    facts: z.strictObject({
      trainedAt: text,
      records: count,
      firstUs: finite,
      lastUs: finite,
      engine: z.enum(['simd', 'tfjs', 'tfjs-node']),
      engineNote: text,
      parameters: count,
      epochs: count,
      foldEpochs: count,
      batchSize: count.min(1),
      learningRate: finite.positive().max(1),
      seed: count,
      maskRate: share,
      noise: amount.max(CLIP),
      ema: share,
      percentile: finite,
      lossCurve: z.array(epoch).max(100_000),
      constant: z.array(text),
      clipped: z.record(text, count),
      secondsSurvey: amount,
      secondsFit: amount,
      secondsCalibration: amount,
      rowsTrained: count,
      rowsScored: count,
      interrupted: z.boolean(),
      inner: z.boolean().optional(),
      warnings: z.array(text),
      evidence: z
        .strictObject({
          trainingS: finite.positive(),
          scales: count,
          strata: count,
          raised: count,
          thinned: count,
          beyond: count,
          forgotten: count,
        })
        .optional(),
    }),
    sources: z.array(text).max(100_000),
    shared: z.literal(true).optional(),
    extractorState: z.unknown(),
    detectorState: z.unknown(),
  })
  .refine((b) => b.scaler.columns === b.schema.columns.length, 'scaler and schema differ')
  .refine((b) => b.reference.length === b.schema.columns.length, 'reference and schema differ')
  .refine((b) => b.scaler.inputs.every((j) => j < b.scaler.columns), 'scaler names a column that is none')
  .refine((b) => b.residualWeights.length === b.spec.inputs, 'weights and inputs differ')
  .refine(
    ({ scaler, spec }) => [scaler.inputs, scaler.center, scaler.scale].every((a) => a.length === spec.inputs),
    'scaler and inputs differ',
  )
  .refine((b) => b.spec.hidden.length > 0 || b.spec.bypassRank > 0, 'a net without layers')
  .refine((b) => b.spec.bypassRank <= b.spec.inputs, 'bypass wider than its inputs');
