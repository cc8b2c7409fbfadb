/**
 * Live capture: the highest rate of tcpreplay at which nothing is lost, for both drivers of `anomaly sniff` (which
 * decodes every packet and writes its row) beside `tcpdump -w` (which writes its bytes), on one veth pair in a network
 * namespace of its own. Root only; needs tcpreplay and tcpdump. The sender shares the processors with the receiver.
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
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ip = (...args) => execFileSync('ip', args, { stdio: 'pipe' });

const RECEIVERS = [
  { name: 'tcpdump -w', command: ['tcpdump', '-i', 'near', '-w', pcap], ready: /listening on/ },
  ...['cap', 'tcpdump'].map((driver) => ({
    name: `anomaly sniff --driver ${driver}`,
    command: [process.execPath, PROGRAM, 'sniff', '-i', 'near', '--driver', driver, '--force', '--out', table],
    ready: /capturing on/,
  })),
];

/** @returns packets sent, packets captured, packets a second as sent */
async function attempt({ command, ready }, rate) {
  const receiver = spawn('ip', ['netns', 'exec', NAMESPACE, ...command], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  receiver.stderr.on('data', (text) => {
    said += text;
  });
  const ended = new Promise((resolve) => receiver.on('close', resolve));
  while (!ready.test(said)) await sleep(20);
  const replay = [
    '-q',
    '-K',
    '-i',
    'far',
    `--pps=${Math.round(rate)}`,
    '--loop=0',
    `--limit=${Math.round(rate * SECONDS)}`,
  ];
  const { stdout } = spawnSync('ip', ['netns', 'exec', NAMESPACE, 'tcpreplay', ...replay, sample], {
    encoding: 'utf8',
  });
  // what waits in buffers is not lost; the kernel alone holds tcpdump's packets for a second
  await sleep(2500);
  receiver.kill('SIGINT');
  await ended;
  const sent = Number(/Actual: (\d+) packets/.exec(stdout)[1]);
  const written = command[0] === 'tcpdump' ? /(\d+) packets? captured/ : /written ([\d,]+)/;
  const captured = Number(written.exec(said)[1].replaceAll(',', ''));
  return { sent, captured, rate: Number(/, ([\d.]+) pps/.exec(stdout)[1]) };
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
  writeFileSync(sample, gunzipSync(readFileSync(join(ROOT, 'data/benign.pcap.gz'))));

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
} finally {
  spawnSync('ip', ['netns', 'delete', NAMESPACE]);
  rmSync(folder, { recursive: true, force: true });
}
