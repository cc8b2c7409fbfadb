/**
 * Live capture: the highest rate of tcpreplay at which nothing is lost, for both drivers of `anomaly sniff` (which
 * decodes every packet and writes its row) and of `anomaly detect` (which judges every packet) beside `tcpdump -w` (which
 * writes its bytes), on one veth pair in a network namespace of its own; then how long after its packet an incident is on
 * detect's console, at a tenth of that rate. Root only; needs tcpreplay and tcpdump. The sender shares the processors with
 * the receiver.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROGRAM = process.env.ANOMALY_PROGRAM ?? join(ROOT, 'bin/anomaly.js');
const NAMESPACE = `anomaly-bench-${process.pid}`;
const SECONDS = 3;
const FIRST_RATE = 10_000;
const STEP = 1.3;
/** a rate counts when one of so many tries loses nothing: other work on the machine is not the receiver's fault */
const TRIES = 3;

const folder = mkdtempSync(join(tmpdir(), 'anomaly-bench-'));
const sample = join(folder, 'sample.pcap');
const table = join(folder, 'out.csv');
const pcap = join(folder, 'out.pcap');
const mixed = join(folder, 'mixed.pcap');
const model = join(folder, 'model');
const report = join(folder, 'report.json');
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ip = (...args) => execFileSync('ip', args, { stdio: 'pipe' });

const RECEIVERS = [
  {
    name: 'tcpdump -w',
    command: ['tcpdump', '-i', 'near', '-w', pcap],
    ready: /listening on/,
    captured: (said) => /(\d+) packets? captured/.exec(said)[1],
  },
  ...['cap', 'tcpdump'].map((driver) => ({
    name: `anomaly sniff --driver ${driver}`,
    command: [process.execPath, PROGRAM, 'sniff', '-i', 'near', '--driver', driver, '--force', '--out', table],
    ready: /capturing on/,
    captured: (said) => /written ([\d,]+)/.exec(said)[1],
  })),
  ...['cap', 'tcpdump'].map((driver) => ({
    name: `anomaly detect --driver ${driver}`,
    command: detectCommand(driver),
    ready: /capturing on/,
    captured: () => JSON.parse(readFileSync(report, 'utf8')).records,
  })),
];

function detectCommand(driver) {
  const args = ['-i', 'near', '--driver', driver, '--model', model, '--out', report, '--json'];
  return [process.execPath, PROGRAM, 'detect', ...args];
}

/** @returns packets sent, packets captured, packets a second as sent */
async function attempt({ command, ready, captured: capturedOf }, rate) {
  const receiver = spawn('ip', ['netns', 'exec', NAMESPACE, ...command], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  receiver.stderr.on('data', (text) => {
    said += text;
  });
  const ended = new Promise((resolve) => receiver.on('close', resolve));
  while (!ready.test(said)) await sleep(20);
  const sent = await replayed(sample, rate, ['--loop=0', `--limit=${Math.round(rate * SECONDS)}`]);
  // what waits in buffers is not lost; the kernel alone holds tcpdump's packets for a second
  await sleep(2500);
  receiver.kill('SIGINT');
  await ended;
  return { ...sent, captured: Number(String(capturedOf(said)).replaceAll(',', '')) };
}

/** @returns packets sent, and packets a second as sent */
async function replayed(file, rate, more) {
  const args = ['-q', '-K', '-i', 'far', `--pps=${Math.round(rate)}`, ...more, file];
  const replay = spawn('ip', ['netns', 'exec', NAMESPACE, 'tcpreplay', ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  replay.stdout.on('data', (text) => {
    said += text;
  });
  await new Promise((resolve) => replay.on('close', resolve));
  return { sent: Number(/Actual: (\d+) packets/.exec(said)[1]), rate: Number(/, ([\d.]+) pps/.exec(said)[1]) };
}

/** ms from the packet that an incident is told for to its line on the console, of all of a replay of attacks. */
async function delays(driver, rate) {
  const [command, ...args] = detectCommand(driver);
  const receiver = spawn('ip', ['netns', 'exec', NAMESPACE, command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const found = [];
  let said = '';
  receiver.stderr.on('data', (text) => {
    said += text;
  });
  let rest = '';
  receiver.stdout.on('data', (text) => {
    const now = Date.now();
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const { timestamp, event_type: type } = JSON.parse(line);
      if (type === 'alert') found.push(now - Date.parse(timestamp));
    }
  });
  const ended = new Promise((resolve) => receiver.on('close', resolve));
  while (!/capturing on/.test(said)) await sleep(20);
  await replayed(mixed, rate, []);
  await sleep(1000);
  receiver.kill('SIGINT');
  await ended;
  return found.sort((a, b) => a - b);
}

async function lossless(receiver, rate) {
  let best;
  for (let k = 0; k < TRIES; k++) {
    const result = await attempt(receiver, rate);
    if (!best || result.sent - result.captured < best.sent - best.captured) best = result;
    if (result.captured === result.sent) break;
  }
  return best;
}

if (process.getuid?.() !== 0) throw new Error('only root can make network namespaces');
try {
  ip('netns', 'add', NAMESPACE);
  execFileSync('ip', [
    'netns',
    'exec',
    NAMESPACE,
    'sh',
    '-c',
    'for g in all default; do echo 1 > /proc/sys/net/ipv6/conf/$g/disable_ipv6; done',
  ]);
  ip('-n', NAMESPACE, 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far');
  for (const end of ['near', 'far']) ip('-n', NAMESPACE, 'link', 'set', end, 'up');
  for (const [path, name] of [
    [sample, 'benign'],
    [mixed, 'mixed'],
  ])
    writeFileSync(path, gunzipSync(readFileSync(join(ROOT, 'data', `${name}.pcap.gz`))));
  execFileSync(process.execPath, [PROGRAM, 'train', '-q', '--power', 'off', '--model', model, sample]);

  const results = [];
  for (const receiver of RECEIVERS) {
    let highest = 0;
    let sender = '';
    for (let rate = FIRST_RATE; ; rate *= STEP) {
      const { sent, captured, rate: actual } = await lossless(receiver, rate);
      console.error(`${receiver.name}: ${Math.round(actual)}/s, ${sent} sent, ${sent - captured} lost`);
      if (captured < sent) break;
      highest = Math.max(highest, actual);
      if (actual < 0.8 * rate) {
        sender = ', the most that tcpreplay could send';
        break;
      }
    }
    results.push({ name: receiver.name, highest, sender });
  }
  const [reference] = results;
  console.log(`live capture without loss, ${cpus().length} x ${cpus()[0].model}, Node ${process.version}`);
  for (const { name, highest, sender } of results) {
    console.log(
      `${name}: ${Math.round(highest)} packets/s (${(highest / reference.highest).toFixed(2)} of ${reference.name})${sender}`,
    );
  }
  for (const driver of ['cap', 'tcpdump']) {
    const { highest } = results.find(({ name }) => name === `anomaly detect --driver ${driver}`);
    const ms = await delays(driver, highest / 10);
    const at = (share) => ms[Math.min(ms.length - 1, Math.floor(share * ms.length))];
    console.log(
      `detect --driver ${driver}, from packet to console at a tenth of its rate: ${ms.length} incidents, median ${at(0.5)} ms, at most ${at(1)} ms`,
    );
  }
} finally {
  spawnSync('ip', ['netns', 'delete', NAMESPACE]);
  rmSync(folder, { recursive: true, force: true });
}
