#!/usr/bin/env node
// The main job on the bundled recordings: sniff, train, detect, and what was found against the labels.
// Needs no root and no network interface. Everything is written into demo/ of the current folder.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url)).slice(0, -1);
const inClone = process.cwd() === ROOT;
/** as short as in the clone's own folder */
const data = (name) => (inClone ? `data/${name}` : join(ROOT, 'data', name));

try {
  // the clone's demo/ is of an earlier run; elsewhere it may be anybody's
  if (inClone) rmSync('demo', { recursive: true, force: true });
  mkdirSync('demo', { mode: 0o700 });
} catch (error) {
  const why = error.code === 'EEXIST' ? 'there is one already' : error.code;
  console.error(`anomaly-demo: cannot create the folder demo here (${why}): change to another folder`);
  process.exit(73);
}

function anomaly(...args) {
  console.log(`\n$ anomaly ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [join(ROOT, 'bin/anomaly.js'), ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

anomaly('sniff', '-r', data('benign.pcap.gz'), '--out', 'demo/packets.csv');
anomaly('train', 'demo/packets.csv', '--epochs', '20', '--model', 'demo/model');
anomaly(
  'detect',
  '-r',
  data('mixed.pcap.gz'),
  '--model',
  'demo/model',
  '--labels',
  data('mixed.labels.csv.gz'),
  '--out',
  'demo/report.txt',
  'demo/report.html',
  'demo/alerts.jsonl',
  '--scores',
  'demo/scores.csv',
);

console.log(`
The text report: demo/report.txt    the same for a browser: demo/report.html
Incidents for programs: demo/alerts.jsonl    a score for every packet: demo/scores.csv
What the model learned from: demo/model/report.html`);
