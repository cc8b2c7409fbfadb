// Resident memory of training on more rows than it may hold: each size in a process of its own, spool to disk, one epoch.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Random } from '../../dist/model/random.js';
import { Spool } from '../../dist/model/spool.js';
import { trainModel } from '../../dist/model/train.js';
import { TRAIN_DEFAULTS } from '../../dist/model/train-options.js';
import { machine, table, thousands } from './common.js';

const WIDTH = 96;

/** Rows near a plane, made from a table of codes so that making them is not what takes the time. */
async function fill(rows) {
  const random = new Random(3);
  const spool = new Spool(WIDTH);
  const patterns = 997;
  const bases = Float32Array.from({ length: patterns * WIDTH }, () => random.normal());
  for (let i = 0; i < rows; i++) {
    const { buffer, offset } = spool;
    const a = random.integer(64) * WIDTH;
    const b = random.integer(patterns) * WIDTH;
    for (let j = 0; j < WIDTH; j++) buffer[offset + j] = bases[a + j] + 0.1 * bases[b + j];
    const wait = spool.push(1.7e15 + i * 8640, a, 1, a, b & 31, Math.floor((5 * i) / rows));
    if (wait) await wait;
  }
  await spool.finish();
  return spool;
}

async function one(rows) {
  const start = performance.now();
  const spool = await fill(rows);
  const filled = performance.now();
  const columns = Array.from({ length: WIDTH }, (_, j) => ({
    name: `f${j}`,
    unit: '',
    doc: '',
    group: 'packet',
    binary: false,
  }));
  const model = await trainModel(spool, { kind: 'packet', columns }, { ...TRAIN_DEFAULTS, epochs: 1 });
  await spool.close();
  const { secondsSurvey, secondsFit, secondsCalibration, rowsTrained, lossCurve } = model.facts;
  console.log(
    JSON.stringify({
      rows,
      maxRssMiB: process.resourceUsage().maxRSS / 1024,
      secondsFill: (filled - start) / 1000,
      secondsSurvey,
      secondsFit,
      secondsCalibration,
      rowsTrained,
      rowsPerSecond: lossCurve[0].rowsPerSecond,
    }),
  );
}

export async function measure() {
  console.log(
    `${machine()}\n${WIDTH} columns, net 48-16 beside a bypass of rank 16, one epoch, cross-fitting and calibration\n`,
  );
  const lines = [];
  for (const rows of [1_000_000, 10_000_000]) {
    const script = `import('${fileURLToPath(import.meta.url)}').then((m) => m.one(${rows}))`;
    const { stdout, status } = spawnSync(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (status !== 0) throw new Error('the measured process failed');
    const r = JSON.parse(stdout.toString());
    const seconds = [r.secondsFill, r.secondsSurvey, r.secondsFit, r.secondsCalibration].map((s) => s.toFixed(1));
    lines.push([thousands(rows), `${Math.round(r.maxRssMiB)} MiB`, ...seconds, thousands(r.rowsPerSecond)]);
  }
  const head = ['rows', 'most resident', 'fill s', 'survey s', 'fits s', 'calibration s', 'rows/s of the epoch'];
  console.log(table(head, lines));
}

export { one };
