/**
 * What a flood costs: `detect -r` on conn.logs of as many rows each, in processor time a row and memory, beside ordinary rows in
 * the same run. Each flood is worse for a detector than the one before: many at one server, one at many hosts, and rows that are
 * an incident each.
 *
 *     npm run bench -- floods [rows, 300000]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { best } from './captures/run.js';

const ROWS = Number(process.argv[2] ?? 300_000);
const TRAINING_ROWS = 60_000;
const ROUNDS = 2;
const program = join(import.meta.dirname, '..', 'bin', 'anomaly.js');
const FIELDS =
  'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state history';
const HEAD = `#separator \\x09\n#unset_field\t-\n#path\tconn\n#fields\t${FIELDS.replaceAll(' ', '\t')}\n`;

/** Numerical Recipes' generator: the same logs each time. */
function dice(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const some = (roll, of) => Math.floor(of * roll());
const stranger = (roll) => `${1 + some(roll, 220)}.${some(roll, 256)}.${some(roll, 256)}.${1 + some(roll, 250)}`;
const port = (roll) => 1024 + some(roll, 60_000);

function ordinary(roll) {
  const from = [`10.0.0.${2 + some(roll, 3)}`, port(roll)];
  const seconds = (3 * roll()).toFixed(6);
  if (roll() < 0.5) return [...from, '10.0.0.1', 53, 'udp', 'dns', seconds, 60 + some(roll, 30), 150, 'SF', 'Dd'];
  const site = `198.51.100.${1 + some(roll, 20)}`;
  return [...from, site, 443, 'tcp', 'ssl', seconds, 400 + some(roll, 3000), 2000 + some(roll, 9000), 'SF', 'ShADadFf'];
}

/** s between two rows, about, and a row */
const KINDS = {
  ordinary: [0.2, ordinary],
  'spoofed sources at one server': [
    0.0005,
    (roll) => [stranger(roll), port(roll), '10.0.0.1', 80, 'tcp', '-', '-', 0, 0, 'S0', 'S'],
  ],
  'one source at many hosts': [
    0.0005,
    (roll) => ['10.0.0.66', port(roll), stranger(roll), 80, 'tcp', '-', '-', 0, 0, 'S0', 'S'],
  ],
  'an incident a row': [
    0.2,
    (roll) => [stranger(roll), port(roll), stranger(roll), port(roll), 'tcp', '-', '5.0', 1e6, 100, 'SF', 'ShADadFf'],
  ],
};

function write(path, [gap, row], rows, seed, startS) {
  const roll = dice(seed);
  const lines = [];
  let at = startS;
  for (let i = 0; i < rows; i++) {
    at += 2 * gap * roll();
    lines.push([at.toFixed(6), `C${seed}${i}`, ...row(roll)].join('\t'));
  }
  writeFileSync(path, `${HEAD}${lines.join('\n')}\n`);
}

const folder = mkdtempSync(join(tmpdir(), 'bench-floods-'));
try {
  const [training, log, model] = ['training.log', 'conn.log', 'model'].map((name) => join(folder, name));
  write(training, [0.4, ordinary], TRAINING_ROWS, 1, 1_700_000_000);
  await best(process.execPath, [program, 'train', '-q', '--power', 'off', '--model', model, training], 1);
  console.log(`${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}; ${ROWS} rows each`);
  let usual;
  for (const [name, kind] of Object.entries(KINDS)) {
    write(log, kind, ROWS, 2, 1_700_100_000);
    const out = join(folder, 'report.txt');
    const { cpu, peak } = await best(
      process.execPath,
      [program, 'detect', '-q', '--model', model, '-r', log, '--out', out],
      ROUNDS,
    );
    usual ??= cpu;
    const microseconds = ((1e6 * cpu) / ROWS).toFixed(1);
    console.log(
      `${name.padEnd(30)} ${microseconds.padStart(6)} µs a row, ${(cpu / usual).toFixed(2)} times ordinary rows; at most ${Math.round(peak / 2 ** 20)} MiB`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
