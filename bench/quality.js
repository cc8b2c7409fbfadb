/**
 * How well attacks are told from ordinary traffic, as the program does it: trains on each network's own harmless traffic and
 * detects on recordings of it that have labels, by the library, for several seeds. Networks are folders of our own recordings;
 * sets are captures and conn.logs of others (the table in quality/sets.js). Both are looked for in ../shared beside the project.
 *
 *     npm run bench -- quality [--networks DIR,...|none] [--sets NAME,...|all|none] [--seeds 1,2,3] [--epochs N]
 *       [--novelty with,without] [--local ADDRESS,...] [--no-peers] [--leave-out]
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Pool } from './quality/pool.js';
import { report } from './quality/report.js';
import { missingFile, NETWORKS, network, SETS } from './quality/sets.js';

/** detection of one recording takes one core; more processes than two would not fit small machines' memory */
const PROCESSES = Math.min(2, cpus().length);

const { values } = parseArgs({
  options: {
    networks: { type: 'string', default: NETWORKS.join() },
    sets: { type: 'string', default: 'all' },
    seeds: { type: 'string', default: '1,2,3' },
    novelty: { type: 'string', default: 'with,without' },
    epochs: { type: 'string' },
    local: { type: 'string' },
    'no-peers': { type: 'boolean' },
    'leave-out': { type: 'boolean' },
  },
});
const listOf = (text) => (text === 'none' ? [] : text.split(','));
const seeds = listOf(values.seeds).map(Number);
const novelties = listOf(values.novelty).map((word) => ({ with: true, without: false })[word]);
if (!seeds.every((seed) => seed > 0) || seeds.length === 0) usage('--seeds takes numbers from 1 on');
if (novelties.includes(undefined) || novelties.length === 0) usage('--novelty takes with, without, or both');
const common = {
  ...(values.epochs && { epochs: Number(values.epochs) }),
  ...(values.local && { local: listOf(values.local) }),
};

const folders = listOf(values.networks).map((folder) => ({ ref: { folder }, set: network(folder) }));
const known = new Map(SETS.map((set) => [set.name, set]));
const wanted = values.sets === 'all' ? [...known.keys()] : listOf(values.sets);
const unknown = wanted.find((name) => !known.has(name));
if (unknown) usage(`no set "${unknown}"; there are ${[...known.keys()].join(', ')}`);
const sets = wanted.map((name) => ({ ref: { name }, set: known.get(name) }));
const present = [...folders, ...sets].filter(({ set }) => {
  const missing = missingFile(set);
  if (missing) console.log(`skipped: ${set.name}, for ${missing} is absent`);
  return missing === undefined;
});
const leaveOut = values['leave-out'] && (await makesBaseRates());

const models = mkdtempSync(join(tmpdir(), 'anomaly-quality-'));
const pool = new Pool(join(import.meta.dirname, 'quality', 'worker.js'), PROCESSES);
process.once('exit', () => rmSync(models, { recursive: true, force: true }));
process.once('SIGINT', () => process.exit(130));

const results = await Promise.all(present.map(measure));
if (results.length > 0) console.log(report(results));
pool.close();

function usage(what) {
  console.error(what);
  process.exit(2);
}

/** Base rates are what training knows of other networks. */
async function makesBaseRates() {
  const { anomaly } = await import('./quality/run.js');
  if (typeof anomaly.baseRatesOf === 'function') return true;
  console.log('--leave-out: this build makes no base rates of networks, so there is nothing to leave out.');
  return false;
}

/** All trainings of a set, what each made of its parts, and the peers. */
async function measure({ ref, set }) {
  const baseRates = leaveOut && ref.folder ? { baseRates: await pool.run(ratesWithout(ref.folder)) } : {};
  const options = (novelty, seed) => ({ ...common, ...baseRates, novelty, seed });
  const training = novelties.flatMap((novelty) => seeds.map((seed) => train(ref, set, options(novelty, seed))));
  const asked = values['no-peers'] ? [] : novelties.map((novelty) => peersOf(ref, set, options(novelty, seeds[0])));
  const [runs, peers] = await Promise.all([Promise.all(training), Promise.all(asked)]);
  return { name: set.name, isNetwork: ref.folder !== undefined, runs, peers: peers.flat() };
}

function ratesWithout(folder) {
  const others = folders.filter(({ ref, set }) => ref.folder !== folder && existsSync(set.train.paths[0]));
  return { do: 'baseRates', others: others.map(({ ref }) => ref.folder) };
}

async function train(ref, set, options) {
  const { novelty, seed } = options;
  const model = mkdtempSync(join(models, 'model-'));
  const facts = await pool.run({ do: 'train', set: ref, model, options });
  const parts = await Promise.all(set.parts.map((_, part) => pool.run({ do: 'judge', set: ref, part, model })));
  console.error(`${set.name}: autoencoder, seed ${seed}, ${novelty ? 'with' : 'without'} novelty`);
  return { name: 'autoencoder', novelty, seed, facts, parts };
}

async function peersOf(ref, set, options) {
  const { novelty, seed } = options;
  const found = await pool.run({ do: 'peers', set: ref, options });
  console.error(`${set.name}: peers, ${novelty ? 'with' : 'without'} novelty`);
  return found.map((peer) => ({ ...peer, novelty, seed }));
}
