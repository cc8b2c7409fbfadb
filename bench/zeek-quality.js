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
const { ScoredBatch } = await load('detect/batch.js');
const { BaselineBuilder } = await load('detect/baseline.js');
const { Detector } = await load('detect/detector.js');
const { COUNTS } = await load('features/counts.js');
const sha1 = (bytes) => createHash('sha1').update(bytes).digest();

const BLOCKS = 5;
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

async function train(rows, novelty) {
  const extractor = new ConnectionFeatures({ novelty });
  const blockOf = (i) => Math.min(BLOCKS - 1, Math.floor((BLOCKS * i) / rows.length));
  for (const [i, row] of rows.entries()) extractor.learn(row, blockOf(i));
  extractor.freeze();
  const width = extractor.schema.columns.length;
  const spool = new Spool(width);
  const baseline = new BaselineBuilder(COUNTS.length);
  const batch = new ScoredBatch(rows.length, width, COUNTS.length);
  const pair = new Key();
  for (const [i, row] of rows.entries()) {
    extractor.transform(row, spool.buffer, spool.offset, blockOf(i));
    batch.rows.set(spool.buffer.subarray(spool.offset, spool.offset + width), i * width);
    batch.add(extractor.context, extractor.counts, i + 1);
    const { initiator, responder, timestampUs } = extractor.context;
    pair.start(0).addPair(initiator.hashLow, initiator.hashHigh).addPair(responder.hashLow, responder.hashHigh);
    await spool.push(timestampUs, pair.low, pair.high, blockOf(i));
  }
  baseline.observe(batch);
  // a block of a thousand rows cannot tell more than its percentile 99.5
  const percentile = rows.length / BLOCKS >= 1000 ? 99.9 : 99.5;
  const options = { ...TRAIN_DEFAULTS, threshold: { percentile }, engine: process.env.ANOMALY_ENGINE ?? 'auto' };
  const model = await trainModel(spool, extractor.schema, options);
  await spool.close();
  return { model, extractor, percentile, state: baseline.state() };
}

function score({ model, extractor, state }, scorer, rows) {
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
  const out = { score: [], smoothed: [], flagged: [], top: [], incidents: 0, notices: 0 };
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
      out.smoothed.push(batch.smoothed[k]);
      out.flagged.push(batch.anomaly[k]);
      out.top.push(schema.columns[scorer.topFeature[k * scorer.top]].name);
    }
  }
  detector.finish();
  for (const incident of detector.incidents) incident.severity === 'notice' ? out.notices++ : out.incidents++;
  return out;
}

const f = (x) => x.toFixed(4);
console.log(`${cpus()[0]?.model}, Node ${process.versions.node}`);
console.log(
  'scenario | rows: train, attack, benign | AUC record, as smoothed | floors: state, port | TPR at FPR 1e-2, 1e-3 | floors at 1e-2 | flagged: benign, attack | incidents, notices in the attack log',
);
for (const novelty of [true, false]) {
  console.log(novelty ? '\nwith address novelty' : '\nwithout address novelty');
  for (const scenario of SCENARIOS) {
    const trained = await train(scenario.train, novelty);
    const { model } = trained;
    const engine = await chooseEngine(process.env.ANOMALY_ENGINE ?? 'auto');
    const net = engine.create(model.spec, model.weights);
    const scorer = new Scorer(net, new RobustScaler(model.scaler), model.residualWeights, 1024);
    const floors = [rarityTable(scenario.train, byState), rarityTable(scenario.train, byPort)];
    const rest = scenario.negatives ? score(trained, scorer, scenario.negatives) : undefined;
    for (const test of scenario.tests) {
      const scored = score(trained, scorer, test.rows);
      const rows = [...test.rows];
      const labels = test.rows.map(test.labelOf);
      const extra = test.alone ? undefined : rest;
      if (extra) {
        scored.score.push(...extra.score);
        scored.smoothed.push(...extra.smoothed);
        scored.flagged.push(...extra.flagged);
        rows.push(...scenario.negatives);
        labels.push(...scenario.negatives.map(() => 0));
      }
      const record = measure(scored.score, labels);
      const mean = measure(scored.smoothed, labels);
      const [state, port] = floors.map((floor) => measure(rows.map(floor), labels));
      const share = (label) => {
        const all = labels.filter((l) => l === label).length;
        return (100 * scored.flagged.filter((flag, i) => labels[i] === label && flag === 1).length) / all;
      };
      console.log(
        `${scenario.name}: ${test.name} | ${scenario.train.length}, ${record.positives}, ${record.negatives} | ${f(record.auc)} ${f(mean.auc)} | ${f(state.auc)} ${f(port.auc)} | ${f(record.tpr2)} ${f(record.tpr3)} | ${f(state.tpr2)} ${f(port.tpr2)} | ${share(0).toFixed(2)} % ${share(1).toFixed(1)} % (P${trained.percentile}) | ${scored.incidents} ${scored.notices}`,
      );
      if (process.env.VERBOSE) {
        for (const label of [0, 1]) {
          const tops = {};
          scored.top.forEach((name, i) => {
            if (labels[i] === label && (label === 1 || scored.flagged[i] === 1)) tops[name] = (tops[name] ?? 0) + 1;
          });
          console.log(
            `   ${label ? 'attack' : 'benign flagged'}:`,
            Object.entries(tops)
              .sort((a, b) => b[1] - a[1])
              .slice(0, 8)
              .map(([n, c]) => `${n} ${c}`)
              .join(', '),
          );
        }
      }
    }
    net.dispose();
    await engine.dispose();
  }
}
