#!/usr/bin/env node
// A fleet on one machine: a hub (nats-server on loopback, or a folder where there is none), three sensors that watch the bundled
// recordings, two of which see the same attacks, and the sink that makes one view of it. Everything is written into demo-fleet/.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url)).slice(0, -1);
const BIN = join(ROOT, 'bin/anomaly.js');
const FOLDER = 'demo-fleet';
/** s until the sink must have what the sensors told */
const MOST_S = 30;

process.chdir(ROOT);
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { mode: 0o700 });
const started = [];
try {
  const hub = (await startServer()) ?? join(FOLDER, 'hub');
  show('train', 'data/benign.pcap.gz', '--epochs', '5', '--power', 'off', '--model', `${FOLDER}/model`);
  const view = ['fleet.sqlite', 'fleet.txt', 'fleet.html'].map((name) => `${FOLDER}/${name}`);
  // the first sensor makes a folder a hub
  watch('gate-1', 'data/mixed.pcap.gz', hub);
  const sink = run('detect', '-r', hub, '--out', ...view);
  watch('gate-2', 'data/mixed.pcap.gz', hub);
  watch('office', 'data/benign.pcap.gz', hub);
  await until(() => ['gate-1', 'gate-2', 'office'].every((name) => ended(view[1], name)));
  sink.kill('SIGINT');
  await new Promise((resolve) => sink.on('close', resolve));
  console.log(`
The fleet's view: ${view[1]}    the same for a browser: ${view[2]}
Every event that a sensor told: ${view[0]}    what each sensor saw itself: ${FOLDER}/SENSOR.txt`);
} finally {
  for (const child of started) child.kill('SIGKILL');
}
process.exit(0);

function command(args) {
  console.log(`\n$ anomaly ${args.join(' ')}`);
  return [BIN, ...args];
}

function show(...args) {
  const { status } = spawnSync(process.execPath, command(args), { stdio: 'inherit' });
  if (status !== 0) throw new Error(`it ended with ${status}`);
}

/** In the background. */
function run(...args) {
  const child = spawn(process.execPath, command(args), { stdio: 'inherit' });
  started.push(child);
  return child;
}

function watch(sensor, capture, hub) {
  const own = ['--spool', `${FOLDER}/${sensor}.spool`, '--out', `${FOLDER}/${sensor}.txt`, '-q'];
  show('detect', '-r', capture, '--model', `${FOLDER}/model`, '--hub', hub, '--hub-name', sensor, ...own);
}

/** @returns its URL; undefined where Debian's nats-server is not installed */
async function startServer() {
  if (spawnSync('nats-server', ['--version']).error) {
    console.log('nats-server is not installed (apt-get install nats-server): a folder is the hub');
    return undefined;
  }
  const port = await freePort();
  const config = join(FOLDER, 'nats.conf');
  writeFileSync(
    config,
    `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${join(ROOT, FOLDER, 'jetstream')}", max_file: 1GB }\n`,
  );
  started.push(spawn('nats-server', ['-c', config, '-l', join(FOLDER, 'nats.log')], { stdio: 'inherit' }));
  return `nats://127.0.0.1:${port}`;
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Whether the view has the sensor's last word. */
function ended(report, sensor) {
  try {
    return new RegExp(`^.*\\b${sensor}\\b.*ended`, 'm').test(readFileSync(report, 'utf8'));
  } catch {
    return false;
  }
}

async function until(condition) {
  for (let waited = 0; !condition(); waited++) {
    if (waited === MOST_S) throw new Error(`the sink did not hear of all sensors within ${MOST_S} s`);
    await sleep(1000);
  }
}
