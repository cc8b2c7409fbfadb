/**
 * How well attacks are told from ordinary traffic, on our own recordings (../shared/range beside the project): trains on
 * benign-train, detects on every other recording with the program's own stages, for several seeds, with and without address
 * novelty; beside it a PCA with 16 components and scikit-learn's isolation forest on the same features.
 * The table goes to the standard output and, with a file named, into that file.
 *
 *     npm run bench -- quality [--seeds 1,2,3] [--local ADDRESS,...] [--out FILE.md]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { blockThreshold, raisedBy, rocAuc, smoothed } from './quality/alone.js';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1,2,3' }, local: { type: 'string' }, out: { type: 'string' } },
});
const range = join(import.meta.dirname, '..', '..', 'shared', 'range');
const BENIGN = ['benign-test', 'benign-long', 'benign-shift', 'benign-new', 'benign-new-half'];
const ATTACKS = [
  'syn-scan',
  'connect-slow',
  'udp-scan',
  'ping-sweep',
  'syn-flood',
  'icmp-flood',
  'dns-tunnel',
  'ssh-brute',
  'http-enum',
  'slowloris',
  'exfil',
  'c2-beacon',
];
if (!existsSync(range)) {
  console.log(`skipped: no recordings at ${range}`);
  process.exit(0);
}
const { detect, extract, gather, labelsOf, score, train } = await import('./quality/run.js');

const seeds = values.seeds.split(',').map(Number);
const gathered = await gather(join(range, 'benign-train.pcap.gz'), values.local?.split(','));
const contenders = [];
for (const novelty of [true, false]) {
  for (const seed of seeds) contenders.push({ name: 'autoencoder', novelty, seed, layers: [48, 16] });
  contenders.push({ name: 'PCA-16', novelty, seed: seeds[0], layers: [] });
}
for (const contender of contenders) {
  contender.trained = await train(gathered, contender);
  contender.results = {};
  // the threshold for the score alone is out of fold as well
  contender.threshold = contender.trained.model.threshold.value;
  console.error(`trained ${contender.name}, seed ${contender.seed}, ${contender.novelty ? 'with' : 'without'} novelty`);
}
const forests = await isolationForests();

for (const file of [...BENIGN, ...ATTACKS]) {
  const { batch, labels } = await recording(file);
  for (const contender of contenders) {
    score(batch, contender.trained);
    const means = smoothed(batch, batch.score);
    const own = rocAuc(batch, batch.score, labels);
    const alone = raisedBy(batch, means, contender.threshold, labels);
    const { evaluation } = detect(batch, contender.trained, labels);
    contender.results[file] = { own, alone, evaluation, hours: hoursOf(batch) };
  }
  for (const forest of forests) {
    const scores = forest.scores[file];
    const alone = raisedBy(batch, smoothed(batch, scores), forest.threshold, labels);
    forest.results[file] = { own: rocAuc(batch, scores, labels), alone, hours: hoursOf(batch) };
  }
  console.error(`examined ${file}`);
}

const text = [summary(), perCapture()].join('\n');
console.log(text);
if (values.out) writeFileSync(values.out, text);
process.exit(0);

async function recording(file) {
  gathered.extractor.freeze();
  const batch = await extract(join(range, `${file}.pcap.gz`), gathered.extractor);
  return { batch, labels: labelsOf(join(range, `${file}.labels.csv.gz`)) };
}

function hoursOf(batch) {
  return (batch.timestampUs[batch.count - 1] - batch.timestampUs[0]) / 3.6e9;
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
      const { trained } = contenders.find((c) => c.novelty === novelty);
      const width = trained.schema.columns.length;
      const names = ['train', ...BENIGN, ...ATTACKS];
      for (const name of names) {
        const batch = name === 'train' ? gathered.batch : (await recording(name)).batch;
        const rows = new Float32Array(batch.count * width);
        for (let k = 0; k < batch.count; k++) {
          rows.set(batch.rows.subarray(k * batch.width, k * batch.width + width), k * width);
        }
        writeFileSync(join(folder, `${name}.f32`), new Uint8Array(rows.buffer));
      }
      const paths = names.map((name) => join(folder, `${name}.f32`));
      const script = join(import.meta.dirname, 'quality', 'forest.py');
      const fit = spawnSync('/usr/bin/python3', [script, String(width), String(seeds[0]), ...paths], {
        stdio: 'inherit',
      });
      if (fit.status !== 0) throw new Error('isolation forest failed');
      const scores = Object.fromEntries(
        names.map((name, i) => {
          const bytes = readFileSync(`${paths[i]}.score`);
          return [name, new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))];
        }),
      );
      const threshold = blockThreshold(smoothed(gathered.batch, scores.train));
      found.push({ name: 'isolation forest', novelty, seed: seeds[0], scores, threshold, results: {} });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return found;
}

function summary() {
  const head = [
    `Machine: ${cpus()[0].model}, ${cpus().length} processors, Node ${process.version}. Trained on benign-train (${gathered.batch.count} packets).`,
    '',
    'AUC of the record\'s own score. "Score alone": attacks raised by the smoothed score without any rule, and false alarms with them over all recordings.',
    'The last four columns are the program: attacks raised by an incident, its delay, false incidents (more than notices) and notices.',
    '',
    '| score | novelty | seed | mean AUC | worst AUC | score alone: raised, false | raised | delay: median, most | false incidents: benign, beside attacks | notices: test, long, shift, new, new-half |',
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
  if (!c.trained) return ['', '', '', ''];
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
