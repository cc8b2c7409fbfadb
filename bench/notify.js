// What notifying costs detection while a receiver is well, slow, failing, dead: the same computation is timed with
// incidents posted all along, and compared with the same run without. Receivers are on loopback, in a process
// of their own.
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const BATCHES = 2000;
// one incident in so many batches: far more than real traffic raises
const EVERY = 2;
const ROUNDS = 3;
const CAPACITY = 200;

const ANSWERS = {
  well: (response) => response.end(),
  slow: (response) => setTimeout(() => response.end(), 2000),
  failing: (response) => response.writeHead(503).end(),
  silent: () => undefined,
};

if (process.argv[2] === 'receive') {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => ANSWERS[process.argv[3]](response));
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
} else {
  await compare();
}

async function receiver(name) {
  const child = fork(fileURLToPath(import.meta.url), ['receive', name]);
  const port = await new Promise((done) => child.once('message', done));
  return { url: `http://127.0.0.1:${port}/`, stop: () => child.kill() };
}

/** Stands for scoring: a batch of matrix work, then the event loop gets its turn, as between micro-batches. */
function work() {
  let sum = 0;
  for (let i = 0; i < 400_000; i++) sum += Math.sqrt(i) * 1.000001;
  return sum;
}

async function timed(post) {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  for (let k = 0; k < BATCHES; k++) {
    work();
    if (k % EVERY === 0) post?.(k);
    await new Promise((done) => setImmediate(done));
  }
  const { user, system } = process.cpuUsage(cpu);
  return { rate: BATCHES / ((performance.now() - begin) / 1000), perCpu: BATCHES / ((user + system) / 1e6) };
}

async function compare() {
  const { PostQueue } = await import('../dist/output/notify/post-queue.js');
  const { parseAddress } = await import('../dist/output/notify/address.js');
  const body = JSON.stringify({ event_type: 'anomaly', anomaly: { frames: Array.from({ length: 300 }, (_, k) => k) } });
  const message = { headers: { 'content-type': 'application/json' }, body };
  const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
  await timed();
  process.stdout.write(
    `notify: ${BATCHES} batches, ${BATCHES / EVERY} incidents, queue of ${CAPACITY}; ${cpus()[0].model}, ${cpus().length} cores\n`,
  );
  for (const name of ['well', 'slow', 'failing', 'silent', 'dead']) {
    const target = name === 'dead' ? { url: 'http://127.0.0.1:1/', stop: () => undefined } : await receiver(name);
    const ratios = [];
    const perCpu = [];
    let said = '';
    let stats = {};
    for (let round = 0; round < ROUNDS; round++) {
      const alone = await timed();
      const queue = new PostQueue('webhook', parseAddress(target.url, 'bench'), { capacity: CAPACITY });
      const beside = await timed((id) => queue.post({ id, message: () => message }));
      said = await queue.close(200);
      stats = queue.stats;
      ratios.push(beside.rate / alone.rate);
      perCpu.push(beside.perCpu / alone.perCpu);
    }
    target.stop();
    const sum = stats.delivered + stats.refused + stats.dropped;
    process.stdout.write(
      `${name.padEnd(8)} rate with / without: ${median(ratios).toFixed(3)} by the clock, ${median(perCpu).toFixed(3)} by CPU time; delivered ${stats.delivered}, refused ${stats.refused}, dropped ${stats.dropped} (${sum} of ${BATCHES / EVERY} accounted for)\n`,
    );
    if (said !== '') process.stdout.write(`         it said: ${said.slice(0, 140)}\n`);
  }
}
