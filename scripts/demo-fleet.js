#!/usr/bin/env node
// A fleet on one machine: a hub (nats-server on loopback, or a folder where there is none), three sensors that watch the bundled
// recordings, two of which see the same attacks, and the sink that makes one view of it. Everything is written into demo-fleet/.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url)).slice(0, -1);
const BIN = join(ROOT, 'bin/anomaly.js');
const FOLDER = 'demo-fleet';
/** ms that the last words of a sensor may take to the sink's database */
const LAST_WORDS_MS = 3000;
/** s until a server or the sink must be there */
const MOST_S = 30;

process.chdir(ROOT);
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { mode: 0o700 });
const started = [];
try {
  show('train', 'data/benign.pcap.gz', '--epochs', '5', '--power', 'off', '--model', `${FOLDER}/model`);
  const hub = (await startServer()) ?? pathToFileURL(join(ROOT, FOLDER, 'hub')).href;
  const view = ['fleet.sqlite', 'fleet.txt', 'fleet.html'].map((name) => `${FOLDER}/${name}`);
  const sink = await startSink(hub, view);
  watch('gate-1', 'data/mixed.pcap.gz', hub);
  watch('gate-2', 'data/mixed.pcap.gz', hub);
  watch('office', 'data/benign.pcap.gz', hub);
  await sleep(LAST_WORDS_MS);
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

/** In the background, once it has made of the hub what sensors need. */
async function startSink(hub, view) {
  const child = spawn(process.execPath, command(['detect', '-r', hub, '--out', ...view]), {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  started.push(child);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
    process.stderr.write(text);
  });
  for (let waited = 0; !said.includes('reading hub'); waited += 0.1) {
    if (waited > MOST_S || child.exitCode !== null) throw new Error('the sink does not read the hub');
    await sleep(100);
  }
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
    `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${join(ROOT, FOLDER, 'jetstream')}", max_file: 8GB }\n`,
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
