/** Trains models on one recording and detects on others with the program's own stages, without files in between. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '..', '..');
const built = process.env.ANOMALY_DIST ?? join(root, 'dist');
const load = (path) => import(pathToFileURL(join(built, path)).href);

const { openRecords } = await load('source/open.js');
const { PacketFeatures } = await load('features/packet/index.js');
const { COUNTS } = await load('features/counts.js');
const { PacketRecord } = await load('table/record.js');
const { Key } = await load('base/hash.js');
const { Spool } = await load('model/spool.js');
const { trainModel } = await load('model/train.js');
const { TRAIN_DEFAULTS } = await load('model/train-options.js');
const { chooseEngine } = await load('model/engine.js');
const { RobustScaler } = await load('model/scaler.js');
const { Scorer } = await load('model/score.js');
const { ScoredBatch } = await load('detect/score/scored-batch.js');
const { BaselineBuilder } = await load('detect/rules/baseline.js');
const { Detector } = await load('detect/detector.js');
const { Evaluator, Labels } = await load('detect/evaluation.js');

const BLOCKS = 5;
const CHUNK = 1024;
const countNames = COUNTS.map((count) => count.name);
const sha1 = (bytes) => createHash('sha1').update(bytes).digest();

async function* recordsIn(path) {
  const source = await openRecords([path].flat());
  const record = new PacketRecord();
  for await (const batch of source.batches) {
    for (let k = 0; k < batch.count; k++) {
      batch.read(k, record);
      yield record;
    }
  }
  await source.close();
}

async function countOf(path) {
  let count = 0;
  for await (const _ of recordsIn(path)) count++;
  return count;
}

/** Every record of a file as one batch; rows hold all features, those of address novelty last. */
export async function extract(path, extractor, { block } = {}) {
  const total = await countOf(path);
  const width = extractor.schema.columns.length;
  const batch = new ScoredBatch(total, width, COUNTS.length);
  for await (const record of recordsIn(path)) {
    const k = batch.count;
    extractor.transform(record, batch.rows, k * width, block ? Math.floor((BLOCKS * k) / total) : -1);
    batch.add(extractor.context, extractor.counts, k + 1);
  }
  return batch;
}

/** Learns vocabularies and computes the rows of training. `local`: the monitored host's own addresses. */
export async function gather(path, local) {
  const total = await countOf(path);
  const extractor = new PacketFeatures({ novelty: true, ...(local ? { local } : {}) });
  let index = 0;
  for await (const record of recordsIn(path)) extractor.learn(record, Math.floor((BLOCKS * index++) / total));
  extractor.freeze();
  const batch = await extract(path, extractor, { block: true });
  const baseline = new BaselineBuilder(COUNTS.length);
  baseline.observe(batch);
  return { extractor, batch, state: baseline.state() };
}

/** The first `width` columns of the rows: all features, or all but address novelty. */
async function spoolOf(batch, width) {
  const spool = new Spool(width);
  const key = new Key();
  const { initiator, responder } = batch;
  for (let k = 0; k < batch.count; k++) {
    const { buffer, offset } = spool;
    for (let j = 0; j < width; j++) buffer[offset + j] = batch.rows[k * batch.width + j];
    key.startPair(initiator.low[k], initiator.high[k], responder.low[k], responder.high[k]);
    const block = Math.floor((BLOCKS * k) / batch.count);
    await spool.push(batch.timestampUs[k], initiator.low[k], initiator.high[k], key.low, key.high, block);
  }
  await spool.finish();
  return spool;
}

function schemaOf(extractor, novelty) {
  const { kind, columns } = extractor.schema;
  return { kind, columns: novelty ? columns : columns.filter((column) => column.group !== 'novelty') };
}

export async function train(gathered, { seed, novelty, layers }) {
  const schema = schemaOf(gathered.extractor, novelty);
  const spool = await spoolOf(gathered.batch, schema.columns.length);
  const options = { ...TRAIN_DEFAULTS, seed, layers, engine: 'simd' };
  const model = await trainModel(spool, schema, options);
  await spool.close();
  return ready(schema, model, gathered.state);
}

/** @param state baseline for detection */
export async function ready(schema, model, state) {
  const engine = await chooseEngine('simd', { threads: 1 });
  const scorer = new Scorer(
    engine.create(model.spec, model.weights),
    new RobustScaler(model.scaler),
    model.residualWeights,
    CHUNK,
  );
  return { schema, model, scorer, state };
}

/** Scores a batch, 1024 rows at a time; the model's columns are the first of each row. */
export function score(batch, { schema, scorer }) {
  const width = schema.columns.length;
  const rows = new Float32Array(CHUNK * width);
  for (let from = 0; from < batch.count; from += CHUNK) {
    const count = Math.min(CHUNK, batch.count - from);
    for (let r = 0; r < count; r++) {
      const at = (from + r) * batch.width;
      rows.set(batch.rows.subarray(at, at + width), r * width);
    }
    scorer.run(rows, count);
    batch.setScores(from, count, scorer);
  }
}

/** Runs detection on a batch that is scored. */
export function detect(batch, trained, labels) {
  const { schema, model, state } = trained;
  const detector = new Detector({
    schema,
    countNames,
    reference: model.reference,
    threshold: model.threshold.value,
    smoothing: model.calibration.smoothing,
    state,
    sha1,
  });
  detector.process(batch);
  detector.finish();
  const evaluator = new Evaluator(labels);
  for (let k = 0; k < batch.count; k++) {
    evaluator.add(batch.frame[k], batch.timestampUs[k], batch.score[k], batch.anomaly[k] === 1);
  }
  return { incidents: detector.incidents, evaluation: evaluator.finish(detector.incidents), detector };
}

export function labelsOf(path) {
  const labels = new Labels();
  const lines = gunzipSync(readFileSync(path)).toString().split('\n').slice(1);
  for (const line of lines) {
    const [frame, label, attack] = line.split(',');
    if (label === '1') labels.set(Number(frame), attack || 'attack');
  }
  return labels;
}
