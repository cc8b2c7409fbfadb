/**
 * How well attacks are told from ordinary traffic, on recordings of ours with a label for each packet (folders of ../shared
 * beside the project): for each network trains on benign-train, detects on every other recording by the library, for several
 * seeds, with and without address novelty; beside it a PCA with 16 components and scikit-learn's isolation forest on the
 * same features. Rules and settings were made with the network `range`; `range-w` and `range-s` are other ones.
 *
 *     npm run bench -- quality [--range range,range-w,range-s] [--seeds 1,2,3] [--local ADDRESS,...]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    range: { type: 'string', default: 'range' },
    seeds: { type: 'string', default: '1,2,3' },
    local: { type: 'string' },
  },
});
const [network, ...others] = values.range.split(',');
const range = join(import.meta.dirname, '..', '..', 'shared', network);
if (!existsSync(range)) {
  console.log(`skipped: no recordings at ${range}`);
  process.exit(0);
}
const files = readdirSync(range)
  .filter((name) => name.endsWith('.pcap.gz'))
  .map((name) => name.replace('.pcap.gz', ''));
const BENIGN = files.filter((name) => name.startsWith('benign-') && name !== 'benign-train');
const ATTACKS = files.filter((name) => !name.startsWith('benign-'));
const { anomaly, detect, Rows } = await import('./quality/run.js');
const { blockThreshold, raisedAlone, ranking, smoothed } = await import('./quality/measure.js');
const { learn, openSource, readLabels, transform } = anomaly;

const seeds = values.seeds.split(',').map(Number);
const local = values.local?.split(',');
const contenders = [];
let packets = 0;
for (const novelty of [true, false]) {
  for (const seed of seeds) contenders.push({ name: 'autoencoder', novelty, seed, layers: undefined });
  contenders.push({ name: 'PCA-16', novelty, seed: seeds[0], layers: [] });
}
for (const contender of contenders) {
  const { novelty, seed, layers } = contender;
  contender.training = new Rows();
  contender.bundle = await learn(await recording('benign-train'), { novelty, seed, layers, local }, contender.training);
  contender.results = {};
  packets = contender.bundle.facts.records;
  console.error(`trained ${contender.name}, seed ${seed}, ${novelty ? 'with' : 'without'} novelty`);
}
const forests = await isolationForests();

for (const file of [...BENIGN, ...ATTACKS]) {
  const labels = await readLabels(join(range, `${file}.labels.csv.gz`));
  let records;
  for (const contender of contenders) {
    const run = await detect(await recording(file), contender.bundle, { labels });
    records = run.records;
    const alone = raisedAlone(records, records.smoothed, contender.bundle.threshold.value, labels);
    contender.results[file] = { own: auc(records.score, labels), alone, evaluation: run.report.facts.evaluation };
  }
  for (const forest of forests) {
    const scores = forest.scores[file];
    const alone = raisedAlone(records, smoothed(records, scores), forest.threshold, labels);
    forest.results[file] = { own: auc(scores, labels), alone };
  }
  console.error(`examined ${file}`);
}

console.log([summary(), perCapture()].join('\n'));
if (others.length > 0) {
  const args = process.argv.slice(2).map((arg) => (arg === values.range ? others.join() : arg));
  process.exit(spawnSync(process.execPath, [import.meta.filename, ...args], { stdio: 'inherit' }).status ?? 1);
}
process.exit(0);

function recording(file) {
  return openSource(join(range, `${file}.pcap.gz`));
}

function auc(scores, labels) {
  return ranking(
    scores,
    Array.from(scores, (_, k) => labels.code(k + 1)),
  ).auc;
}

/** One forest with and one without novelty, fitted by scikit-learn; none where that is not installed. */
async function isolationForests() {
  if (spawnSync('/usr/bin/python3', ['-c', 'import sklearn']).status !== 0) {
    console.error('isolation forest left out: Debian package python3-sklearn is not installed');
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), 'anomaly-forest-'));
  const found = [];
  try {
    for (const novelty of [true, false]) {
      const { bundle, training } = contenders.find((c) => c.novelty === novelty);
      training.write(join(folder, 'train.f32'));
      for (const file of [...BENIGN, ...ATTACKS]) {
        const rows = new Rows();
        for await (const { values, context } of transform(await recording(file), bundle))
          rows.onRow(undefined, context, values);
        rows.write(join(folder, `${file}.f32`));
      }
      const files = ['train', ...BENIGN, ...ATTACKS];
      const paths = files.map((file) => join(folder, `${file}.f32`));
      const script = join(import.meta.dirname, 'quality', 'forest.py');
      const width = String(bundle.schema.columns.length);
      const fit = spawnSync('/usr/bin/python3', [script, width, String(seeds[0]), ...paths], { stdio: 'inherit' });
      if (fit.status !== 0) throw new Error('isolation forest failed');
      const scores = Object.fromEntries(
        files.map((file, i) => {
          const bytes = readFileSync(`${paths[i]}.score`);
          return [file, new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))];
        }),
      );
      const threshold = blockThreshold(smoothed(training.records, scores.train));
      found.push({ name: 'isolation forest', novelty, seed: seeds[0], scores, threshold, results: {} });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return found;
}

function summary() {
  const head = [
    `Machine: ${cpus()[0].model}, ${cpus().length} processors, Node ${process.version}. Network ${network}, trained on benign-train (${packets} packets).`,
    '',
    'AUC of the record\'s own score. "Score alone": attacks raised by the smoothed score without any rule, and false alarms with them over all recordings.',
    'The last four columns are the program: attacks raised by an incident, its delay, false incidents (more than notices) and notices.',
    '',
    `| score | novelty | seed | mean AUC | worst AUC | score alone: raised, false | raised | delay: median, most | false incidents: benign, beside attacks | notices: ${BENIGN.map((name) => name.replace('benign-', '')).join(', ')} |`,
    '|---|---|---|---|---|---|---|---|---|---|',
  ];
  const rows = [...contenders, ...forests].map((c) => {
    const aucs = ATTACKS.map((file) => c.results[file].own);
    const alone = ATTACKS.filter((file) => c.results[file].alone.raised).length;
    const untrue = [...BENIGN, ...ATTACKS].reduce((sum, file) => sum + c.results[file].alone.untrue, 0);
    const cells = [
      c.name,
      c.novelty ? 'with' : 'without',
      c.seed,
      (aucs.reduce((a, b) => a + b, 0) / aucs.length).toFixed(4),
      Math.min(...aucs).toFixed(4),
      `${alone} of ${ATTACKS.length}, ${untrue}`,
      ...programCells(c),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [...head, ...rows, ''].join('\n');
}

function programCells(c) {
  if (!c.bundle) return ['', '', '', ''];
  const attacks = ATTACKS.map((file) => c.results[file].evaluation.attacks[0]);
  const delays = attacks
    .filter((a) => a.raised)
    .map((a) => a.delayS)
    .sort((a, b) => a - b);
  const middle = (delays[Math.floor((delays.length - 1) / 2)] + delays[Math.ceil((delays.length - 1) / 2)]) / 2;
  const untrue = (files) => files.reduce((sum, file) => sum + c.results[file].evaluation.falseIncidents, 0);
  return [
    `${delays.length} of ${attacks.length}`,
    `${middle.toFixed(1)} s, ${delays.at(-1)?.toFixed(1)} s`,
    `${untrue(BENIGN)}, ${untrue(ATTACKS)}`,
    BENIGN.map((file) => c.results[file].evaluation.falseNotices).join(', '),
  ];
}

/** Every attack, for the first seed with novelty. */
function perCapture() {
  const [first] = contenders;
  const pca = contenders.find((c) => c.name === 'PCA-16' && c.novelty);
  const forest = forests.find((c) => c.novelty);
  const head = [
    `With novelty, seed ${first.seed}:`,
    '',
    '| attack | raised as | after | AUC | TPR at FPR 1e-2, 1e-3, 1e-4 | AUC of PCA-16 | AUC of isolation forest |',
    '|---|---|---|---|---|---|---|',
  ];
  const rows = ATTACKS.map((file) => {
    const { own, evaluation } = first.results[file];
    const [attack] = evaluation.attacks;
    const tpr = attack.tprAtFpr.map((point) => point.tpr.toFixed(2)).join(', ');
    const cells = [
      file,
      attack.kinds.join(', ') || 'not raised',
      attack.raised ? `${attack.delayS.toFixed(1)} s` : '',
      own.toFixed(4),
      tpr,
      pca.results[file].own.toFixed(4),
      forest ? forest.results[file].own.toFixed(4) : '',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [...head, ...rows, ''].join('\n');
}
