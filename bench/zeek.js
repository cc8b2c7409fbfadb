/**
 * Rows/s from conn.log.gz to a feature matrix, beside pandas and polars that read the same file and build the columns of the
 * second seed, at most 55 (46 on these rows, which have fewer categories): one-hot of proto, service, conn_state and more,
 * numbers, hour and day.
 * Real rows where the corpora are there (ANOMALY_CORPORA or ../shared/corpora), else made-up ones; repeated with advancing time.
 * They take turns, since these machines change their speed; each turn is a new process, whose first reading is measured.
 * Neither counts the loading of its packages; ours learns its vocabularies from the first 100 000 rows before the clock runs.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { pythonWith } from './peers/python.js';

const root = join(import.meta.dirname, '..');
const ROWS = Number(process.env.ROWS ?? 1_000_000);
const TURNS = Number(process.env.TURNS ?? 5);
const DAY = 86_400;

const HEADER =
  '#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents\n';
const corpus = join(
  process.env.ANOMALY_CORPORA ?? join(root, '..', 'shared', 'corpora'),
  'zeek/labelled/ctu-normal-43-day1.conn.log.labeled',
);

function seedRows() {
  if (!existsSync(corpus)) {
    return Array.from({ length: 10_000 }, (_, i) => [
      i * 8,
      `C${i}\t10.0.0.${i % 250}\t${30000 + (i % 9999)}\t192.0.2.${i % 99}\t${[443, 53, 80, 22][i % 4]}\t${i % 4 === 1 ? 'udp\tdns' : 'tcp\tssl'}\t0.${100000 + i}\t${i % 3000}\t${(i * 7) % 90000}\tSF\tT\tF\t0\tShADadFf\t${i % 40}\t${i % 5000}\t${i % 50}\t${(i * 7) % 95000}\t-`,
    ]);
  }
  const lines = readFileSync(corpus, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const cells = line.split('\t').slice(0, 21);
    return [Number(cells[0]), cells.slice(1).join('\t')];
  });
}

/** One turn: what it printed as numbers, or why it did not run. */
function turn({ program, env, script }, path) {
  const { status, stdout, stderr, error } = spawnSync(program, [join(import.meta.dirname, 'zeek', script), path], {
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(error?.message ?? stderr.trim().split('\n').at(-1));
  const [rows, columns, seconds, processor, mib] = stdout.trim().split(' ').map(Number);
  return { rows, columns, seconds, processor, mib };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const range = (values, digits = 2) =>
  `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}, median ${median(values).toFixed(digits)}`;

function report(name, turns) {
  const { rows, columns } = turns[0];
  const speed = Math.round(rows / median(turns.map((t) => t.seconds)));
  console.log(
    `${name.padEnd(14)} ${range(turns.map((t) => t.seconds))} s (processor ${range(turns.map((t) => t.processor))} s), ${speed} rows/s, ${columns} columns, at most ${Math.max(...turns.map((t) => t.mib))} MiB`,
  );
}

const folder = mkdtempSync(join(tmpdir(), 'bench-zeek-'));
const path = join(folder, 'conn.log.gz');
try {
  const rows = seedRows();
  async function* text() {
    yield HEADER;
    for (let done = 0, round = 0; done < ROWS; round++) {
      const part = rows.slice(0, ROWS - done);
      yield `${part.map(([ts, rest]) => `${(ts + round * DAY).toFixed(6)}\t${rest}`).join('\n')}\n`;
      done += part.length;
    }
  }
  await pipeline(text, createGzip({ level: 1 }), createWriteStream(path));

  // the floor under any reader: decompression alone
  const started = performance.now();
  let bytes = 0;
  for await (const chunk of createReadStream(path).pipe(createGunzip())) bytes += chunk.length;
  console.log(
    `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}; ${ROWS} rows, ${(bytes / 2 ** 20).toFixed(0)} MiB of text, ${TURNS} turns`,
  );
  console.log(`gunzip alone ${((performance.now() - started) / 1000).toFixed(2)} s`);

  const ours = { name: 'anomaly', program: process.execPath, env: process.env, script: 'ours.js', turns: [] };
  const peers = ['pandas', 'polars'].flatMap((module) => {
    const python = pythonWith(module);
    return python ? [{ ...python, script: `${module}-peer.py`, turns: [] }] : [];
  });
  try {
    for (let i = 0; i < TURNS; i++) {
      for (const one of [ours, ...peers]) one.turns.push(turn(one, path));
    }
  } catch (error) {
    console.log(`stopped: ${error.message}`);
  }
  for (const { name, turns } of [ours, ...peers]) if (turns.length > 0) report(name, turns);
  for (const { name, turns } of peers) {
    if (turns.length === 0) continue;
    const ratios = (what) => turns.map((peer, i) => peer[what] / ours.turns[i][what]);
    console.log(
      `${name} to ours: ${range(ratios('seconds'))} by the clock; ${range(ratios('processor'))} by processor time`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
