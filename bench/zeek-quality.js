/**
 * Detection on labelled conn.logs of others, in time order, beside two floors: plain rarity tables over
 * (proto, service, conn_state) and over (proto, responder port) learned from the same rows.
 * Corpora: ../shared/corpora beside the project, or the folder in ANOMALY_CORPORA.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const built = process.env.ANOMALY_DIST ?? join(root, 'dist');
const load = (path) => import(pathToFileURL(join(built, path)).href);
const corpora = join(process.env.ANOMALY_CORPORA ?? join(root, '..', 'shared', 'corpora'), 'zeek', 'labelled');
if (!existsSync(corpora)) {
  console.log(`skipped: ${corpora} is absent`);
  process.exit(0);
}

const { openConnLogs } = await load('zeek/reader.js');
const { ConnRecord } = await load('zeek/record.js');
const { ConnectionFeatures } = await load('features/connection/index.js');
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
const { COUNTS } = await load('features/counts.js');
const sha1 = (bytes) => createHash('sha1').update(bytes).digest();

const BLOCKS = 5;
const SEEDS = (process.env.SEEDS ?? '1,2,3').split(',').map(Number);
const NORMAL_43 = 'ctu-normal-43-day1.conn.log.labeled';
const NORMAL_42 = 'ctu-normal-42-day2.conn.log.labeled';
const SME = 'ctu-sme-11-2023-02-20-benign.conn.log.labeled';
const benign = (r) => /^benign$/i.test(r.label.toString());
const malicious = (r) => /^malicious$/i.test(r.label.toString());
const labelled = (r) => (malicious(r) ? 1 : benign(r) ? 0 : -1);
/** of the benign day the last part is never trained on: its rows are the negatives of logs that hold attacks only */
const SME_TRAINED = 0.7;

async function readAll(name) {
  const source = await openConnLogs([join(corpora, name)]);
  const rows = [];
  for await (const batch of source.batches) {
    for (let k = 0; k < batch.count; k++) {
      const row = new ConnRecord();
      batch.read(k, row);
      rows.push(row);
    }
  }
  return rows;
}

const sme = (await readAll(SME)).filter(benign);
const smeSplit = Math.floor(SME_TRAINED * sme.length);
const smeTrain = sme.slice(0, smeSplit);
const smeRest = sme.slice(smeSplit);
const normal43 = await readAll(NORMAL_43);
const normal42 = await readAll(NORMAL_42);
const attack = async (name, labelOf = () => 1) => ({
  name: name.replace(/\.conn.*/, ''),
  rows: await readAll(name),
  labelOf,
});
const rat = (r) => (r.proto === 0 && (r.respP === 1337 || r.origP === 1337) ? 1 : 0);

const SCENARIOS = [
  {
    name: 'normal-43 -> normal-42',
    train: normal43.filter(benign),
    tests: [{ name: 'day 2', rows: normal42, labelOf: labelled }],
  },
  {
    name: 'normal-42 -> normal-43',
    train: normal42.filter(benign),
    tests: [{ name: 'day 1', rows: normal43, labelOf: labelled }],
  },
  {
    name: 'SME day',
    train: smeTrain,
    negatives: smeRest,
    tests: [
      await attack('ctu-botnet-230-njrat-first1000.conn.log.labeled', (r) => (malicious(r) ? 1 : -1)),
      await attack('android-rat-androidtester.conn.log', (r) => (rat(r) ? 1 : -1)),
      await attack('nmap-multi-scan.conn.json.log'),
      await attack('slips-portscan-horizontal.conn.log'),
      await attack('slips-portscan-vertical.conn.json.log'),
      {
        ...(await attack('ctu-botnet-230-njrat-first1000.conn.log.labeled', (r) => (malicious(r) ? 1 : 0))),
        name: 'njrat, own background',
        alone: true,
      },
      {
        ...(await attack('android-rat-androidtester.conn.log', rat)),
        name: 'android rat, own background',
        alone: true,
      },
    ],
  },
];

/** −log2((c+1)/(N+V+1)) of a tuple. */
function rarityTable(rows, keyOf) {
  const counts = new Map();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return (row) => -Math.log2(((counts.get(keyOf(row)) ?? 0) + 1) / (rows.length + counts.size + 1));
}
const byState = (r) => `${r.proto} ${r.service} ${r.connState}`;
const byPort = (r) => `${r.proto} ${r.respP}`;

/** Areas by the rank sum, ties halved; true-positive rates at the smallest threshold that keeps the false-positive rate. */
function measure(scores, labels) {
  const order = [...scores.keys()].filter((i) => labels[i] >= 0).sort((a, b) => scores[b] - scores[a]);
  const positives = order.filter((i) => labels[i] === 1).length;
  const negatives = order.length - positives;
  let tp = 0;
  let fp = 0;
  let area = 0;
  const tpr = { 0.01: 0, 0.001: 0 };
  for (let i = 0; i < order.length; ) {
    let t = 0;
    let f = 0;
    const score = scores[order[i]];
    for (; i < order.length && scores[order[i]] === score; i++) labels[order[i]] === 1 ? t++ : f++;
    area += f * (tp + t / 2);
    tp += t;
    fp += f;
    for (const rate of Object.keys(tpr)) if (fp / negatives <= Number(rate)) tpr[rate] = tp / positives;
  }
  return { positives, negatives, auc: area / positives / negatives, tpr2: tpr['0.01'], tpr3: tpr['0.001'] };
}

async function train(rows, novelty, seed) {
  const extractor = new ConnectionFeatures({ novelty });
  const blockOf = (i) => Math.min(BLOCKS - 1, Math.floor((BLOCKS * i) / rows.length));
  for (const [i, row] of rows.entries()) extractor.learn(row, blockOf(i));
  extractor.freeze();
  const width = extractor.schema.columns.length;
  const spool = new Spool(width);
  const baseline = new BaselineBuilder(COUNTS.length, 'connection');
  const batch = new ScoredBatch(rows.length, width, COUNTS.length);
  const pair = new Key();
  for (const [i, row] of rows.entries()) {
    extractor.transform(row, spool.buffer, spool.offset, blockOf(i));
    batch.rows.set(spool.buffer.subarray(spool.offset, spool.offset + width), i * width);
    batch.add(extractor.context, extractor.counts, i + 1);
    const { initiator, responder, timestampUs } = extractor.context;
    pair.startPair(initiator.hashLow, initiator.hashHigh, responder.hashLow, responder.hashHigh);
    await spool.push(timestampUs, initiator.hashLow, initiator.hashHigh, pair.low, pair.high, blockOf(i));
  }
  baseline.observe(batch);
  // a block of a thousand rows cannot tell more than its percentile 99.5
  const percentile = rows.length / BLOCKS >= 1000 ? 99.9 : 99.5;
  const options = {
    ...TRAIN_DEFAULTS,
    seed,
    threshold: { percentile },
    engine: process.env.ANOMALY_ENGINE ?? 'auto',
  };
  const model = await trainModel(spool, extractor.schema, options);
  await spool.close();
  return { model, extractor, percentile, state: baseline.state() };
}

function score({ model, extractor, state }, scorer, rows, labels) {
  const width = extractor.schema.columns.length;
  const batch = new ScoredBatch(1024, width, COUNTS.length);
  const { schema, reference, threshold, calibration } = model;
  const countNames = COUNTS.map((count) => count.name);
  const detector = new Detector({
    schema,
    countNames,
    reference,
    threshold: threshold.value,
    smoothing: calibration.smoothing,
    state,
    sha1,
  });
  const out = { score: [], flagged: [], incidents: 0, false: 0, notices: 0, told: detector.incidents };
  extractor.restart();
  for (let from = 0; from < rows.length; from += 1024) {
    const count = Math.min(1024, rows.length - from);
    batch.clear();
    for (let k = 0; k < count; k++) {
      extractor.transform(rows[from + k], batch.rows, k * width);
      batch.add(extractor.context, extractor.counts, from + k + 1);
    }
    scorer.run(batch.rows, count);
    batch.setScores(0, count, scorer);
    detector.process(batch);
    for (let k = 0; k < count; k++) {
      out.score.push(batch.score[k]);
      out.flagged.push(batch.anomaly[k]);
    }
  }
  detector.finish();
  for (const incident of detector.incidents) {
    if (incident.severity === 'notice') out.notices++;
    else {
      out.incidents++;
      if (incident.frames.every((frame) => labels[frame - 1] === 0)) out.false++;
    }
  }
  return out;
}

/** A figure over the seeds: the mean, and the range where they differ. */
function over(values, digits = 4) {
  const mean = (values.reduce((a, b) => a + b, 0) / values.length).toFixed(digits);
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return low === high ? mean : `${mean} (${low} to ${high})`;
}

/** One training of a scenario: what each of its tests measured. */
async function examine(scenario, novelty, seed) {
  const trained = await train(scenario.train, novelty, seed);
  const { model } = trained;
  const engine = await chooseEngine(process.env.ANOMALY_ENGINE ?? 'auto');
  const net = engine.create(model.spec, model.weights);
  const scorer = new Scorer(net, new RobustScaler(model.scaler), model.residualWeights, 1024);
  const { negatives = [] } = scenario;
  const benignLabels = negatives.map(() => 0);
  const rest = score(trained, scorer, negatives, benignLabels);
  const results = scenario.tests.map((test) => {
    const labels = test.rows.map(test.labelOf);
    const scored = score(trained, scorer, test.rows, labels);
    const extra = !test.alone && negatives.length > 0;
    const all = extra ? [...labels, ...benignLabels] : labels;
    const flagged = extra ? [...scored.flagged, ...rest.flagged] : scored.flagged;
    const share = (label) => {
      const rows = all.filter((l) => l === label).length;
      return (100 * flagged.filter((flag, i) => all[i] === label && flag === 1).length) / rows;
    };
    const record = measure(extra ? [...scored.score, ...rest.score] : scored.score, all);
    if (process.env.VERBOSE) {
      for (const { severity, title, records } of scored.told) console.log(`   ${severity}: ${title} (${records})`);
    }
    return {
      ...record,
      benign: share(0),
      attack: share(1),
      incidents: scored.incidents,
      false: scored.false + (extra ? rest.false : 0),
      notices: scored.notices,
      percentile: trained.percentile,
    };
  });
  net.dispose();
  await engine.dispose();
  return results;
}

console.log(`${cpus()[0]?.model}, Node ${process.versions.node}; seeds ${SEEDS.join(', ')}: mean (range)`);
console.log(
  'scenario | rows: train, attack, benign | AUC | floors: state, port | TPR at FPR 1e-2, 1e-3 | floors at 1e-2 | flagged, %: benign, attack | incidents, of benign rows only, notices',
);
for (const novelty of [true, false]) {
  console.log(novelty ? '\nwith address novelty' : '\nwithout address novelty');
  for (const scenario of SCENARIOS) {
    const runs = [];
    for (const seed of SEEDS) runs.push(await examine(scenario, novelty, seed));
    const floors = [rarityTable(scenario.train, byState), rarityTable(scenario.train, byPort)];
    scenario.tests.forEach((test, i) => {
      const extra = test.alone ? [] : (scenario.negatives ?? []);
      const rows = [...test.rows, ...extra];
      const labels = [...test.rows.map(test.labelOf), ...extra.map(() => 0)];
      const [state, port] = floors.map((floor) => measure(rows.map(floor), labels));
      const of = (what, digits) =>
        over(
          runs.map((run) => run[i][what]),
          digits,
        );
      const { positives, negatives, percentile } = runs[0][i];
      console.log(
        [
          `${scenario.name}: ${test.name}`,
          `${scenario.train.length}, ${positives}, ${negatives}`,
          of('auc'),
          `${over([state.auc])} ${over([port.auc])}`,
          `${of('tpr2')} ${of('tpr3')}`,
          `${over([state.tpr2])} ${over([port.tpr2])}`,
          `${of('benign', 2)}, ${of('attack', 1)} (P${percentile})`,
          `${of('incidents', 0)}, ${of('false', 0)}, ${of('notices', 0)}`,
        ].join(' | '),
      );
    });
  }
}
