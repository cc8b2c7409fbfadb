/**
 * Detection on labelled conn.logs of others, in time order, beside two floors: plain rarity tables over
 * (proto, service, conn_state) and over (proto, responder port) learned from the same rows.
 * Corpora: ../shared/corpora beside the project, or the folder in ANOMALY_CORPORA.
 */
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const corpora = join(process.env.ANOMALY_CORPORA ?? join(root, '..', 'shared', 'corpora'), 'zeek', 'labelled');
if (!existsSync(corpora)) {
  console.log(`skipped: ${corpora} is absent`);
  process.exit(0);
}
const { anomaly, detect, load } = await import('./quality/run.js');
const { ranking } = await import('./quality/measure.js');
const { filterSource, learn, openSource } = anomaly;
const { TIME_BLOCKS } = await load('base/time-blocks.js');

const ENGINE = process.env.ANOMALY_ENGINE ?? 'auto';
const SEEDS = (process.env.SEEDS ?? '1,2,3').split(',').map(Number);
const NORMAL_43 = 'ctu-normal-43-day1.conn.log.labeled';
const NORMAL_42 = 'ctu-normal-42-day2.conn.log.labeled';
const SME = 'ctu-sme-11-2023-02-20-benign.conn.log.labeled';
const benign = (r) => /^benign$/i.test(r.label.toString());
const malicious = (r) => /^malicious$/i.test(r.label.toString());
const labelled = (r) => (malicious(r) ? 1 : benign(r) ? 0 : -1);
/** of the benign day the last part is never trained on: its rows are the negatives of logs that hold attacks only */
const SME_TRAINED = 0.7;

const rat = (r) => (r.proto === 0 && (r.respP === 1337 || r.origP === 1337) ? 1 : 0);

const log = (name) => openSource(join(corpora, name));
/** The rows of a log that `accept` says true of. */
const rowsOf = async (name, accept) => filterSource(await log(name), accept);

/** What the floors and the figures need of each row. */
async function facts(source, labelOf) {
  const rows = [];
  const record = source.kind.newRecord();
  const stream = await source.open();
  for await (const batch of stream.batches) {
    for (let k = 0; k < batch.count; k++) {
      batch.read(k, record);
      const { proto, service, connState, respP } = record;
      rows.push({ state: `${proto} ${service} ${connState}`, port: `${proto} ${respP}`, label: labelOf(record) });
    }
  }
  await stream.close();
  return rows;
}

/** A source with the facts of its rows. */
async function part(name, source, labelOf) {
  return { name, source, rows: await facts(source, labelOf) };
}
const attack = async (name, labelOf = () => 1) => part(name.replace(/\.conn.*/, ''), await log(name), labelOf);

const smeRows = (await facts(await rowsOf(SME, benign), () => 0)).length;
const smeSplit = Math.floor(SME_TRAINED * smeRows);
/** numbered among the benign rows: one filter on another */
const smePart = async (accept) => filterSource(await rowsOf(SME, benign), (_row, index) => accept(index));

const SCENARIOS = [
  {
    name: 'normal-43 -> normal-42',
    train: await part('day 1', await rowsOf(NORMAL_43, benign), () => 0),
    tests: [await part('day 2', await log(NORMAL_42), labelled)],
  },
  {
    name: 'normal-42 -> normal-43',
    train: await part('day 2', await rowsOf(NORMAL_42, benign), () => 0),
    tests: [await part('day 1', await log(NORMAL_43), labelled)],
  },
  {
    name: 'SME day',
    train: await part('day', await smePart((index) => index < smeSplit), () => 0),
    negatives: await part('rest of the day', await smePart((index) => index >= smeSplit), () => 0),
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
function rarityTable(rows, what) {
  const counts = new Map();
  for (const row of rows) counts.set(row[what], (counts.get(row[what]) ?? 0) + 1);
  return (row) => -Math.log2(((counts.get(row[what]) ?? 0) + 1) / (rows.length + counts.size + 1));
}

/** Detection on a part: score and flag of each row, and incidents, those of benign rows only among them. */
async function examinePart({ source, rows }, bundle) {
  const { records, report } = await detect(source, bundle, { engine: ENGINE });
  const incidents = report.incidents.filter(({ severity }) => severity !== 'notice');
  return {
    score: records.score,
    flagged: records.anomaly,
    told: report.incidents,
    incidents: incidents.length,
    false: incidents.filter(({ frames }) => frames.every((frame) => rows[frame - 1].label === 0)).length,
    notices: report.incidents.length - incidents.length,
  };
}

/** A figure over the seeds: the mean, and the range where they differ. */
function over(values, digits = 4) {
  const mean = (values.reduce((a, b) => a + b, 0) / values.length).toFixed(digits);
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return low === high ? mean : `${mean} (${low} to ${high})`;
}

/** a block of a thousand rows cannot tell more than its percentile 99.5 */
const percentileOf = (rows) => (rows.length / TIME_BLOCKS >= 1000 ? 99.9 : 99.5);

/** One training of a scenario: what each of its tests measured. */
async function examine({ train, negatives, tests }, novelty, seed) {
  const percentile = percentileOf(train.rows);
  const bundle = await learn(train.source, { novelty, seed, percentile, engine: ENGINE });
  const rest = negatives && (await examinePart(negatives, bundle));
  const results = [];
  for (const test of tests) {
    const scored = await examinePart(test, bundle);
    const extra = !test.alone && rest;
    const labels = [...test.rows, ...(extra ? negatives.rows : [])].map(({ label }) => label);
    const flagged = [...scored.flagged, ...(extra ? rest.flagged : [])];
    const share = (label) => {
      const rows = labels.filter((l) => l === label).length;
      return (100 * flagged.filter((flag, i) => labels[i] === label && flag === 1).length) / rows;
    };
    if (process.env.VERBOSE) {
      for (const { severity, title, records } of scored.told) console.log(`   ${severity}: ${title} (${records})`);
    }
    const {
      auc,
      positives,
      negatives: benignRows,
      tpr,
    } = ranking([...scored.score, ...(extra ? rest.score : [])], labels);
    results.push({
      ...{ auc, positives, negatives: benignRows, percentile, tpr2: tpr[0], tpr3: tpr[1] },
      benign: share(0),
      attack: share(1),
      incidents: scored.incidents,
      false: scored.false + (extra ? rest.false : 0),
      notices: scored.notices,
    });
  }
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
    const { train, negatives: others, tests } = scenario;
    const floors = ['state', 'port'].map((what) => rarityTable(train.rows, what));
    tests.forEach((test, i) => {
      const rows = [...test.rows, ...(test.alone ? [] : (others?.rows ?? []))];
      const labels = rows.map(({ label }) => label);
      const [state, port] = floors.map((floor) => ranking(rows.map(floor), labels));
      const of = (what, digits) =>
        over(
          runs.map((run) => run[i][what]),
          digits,
        );
      const { positives, negatives, percentile } = runs[0][i];
      console.log(
        [
          `${scenario.name}: ${test.name}`,
          `${train.rows.length}, ${positives}, ${negatives}`,
          of('auc'),
          `${over([state.auc])} ${over([port.auc])}`,
          `${of('tpr2')} ${of('tpr3')}`,
          `${over([state.tpr[0]])} ${over([port.tpr[0]])}`,
          `${of('benign', 2)}, ${of('attack', 1)} (P${percentile})`,
          `${of('incidents', 0)}, ${of('false', 0)}, ${of('notices', 0)}`,
        ].join(' | '),
      );
    });
  }
}
