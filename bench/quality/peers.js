/** What others make of the same features: a PCA, scikit-learn's isolation forest; for connections plain rarity tables. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPart } from './data.js';
import { judge, negativesOf } from './judge.js';
import { blockThreshold, raisedAlone, rankings, smoothed } from './measure.js';
import { rarities } from './rarity.js';
import { anomaly, Rows } from './run.js';

const PYTHON = '/usr/bin/python3';

/** By peer, of each part its attacks' ranking and what its score would raise alone. */
export async function judgePeers(set, options) {
  const training = new Rows();
  const bundle = await anomaly.learn(await openPart(set.train), { ...options, layers: [] }, training);
  const { kind } = bundle.schema;
  const judged = [];
  for (const part of set.parts) judged.push({ part, ...(await judge(set, part, bundle)) });
  const found = [{ name: 'PCA', parts: judged.map(({ summary }) => summary) }];

  const scores = await forestScores(training, set, bundle, options.seed);
  if (scores) {
    const threshold = blockThreshold(smoothed(training.records, scores.train, kind));
    found.push({
      name: 'isolation forest',
      parts: judged.map(({ part, records, labels }, i) => ({
        attacks: rankings(part, labels, scores.parts[i], negativeScores(set, part, scores.parts)),
        alone: raisedAlone(part, labels, records, smoothed(records, scores.parts[i], kind), threshold),
      })),
    });
  }
  if (kind === 'connection') {
    const score = await rarities(set.train);
    const parts = [];
    for (const part of set.parts) parts.push(await score(part));
    for (const name of Object.keys(parts[0])) {
      const own = parts.map((part) => part[name]);
      const ranked = ({ part, labels }, i) => rankings(part, labels, own[i], negativeScores(set, part, own));
      found.push({ name: `rarity of ${name}`, parts: judged.map((one, i) => ({ attacks: ranked(one, i) })) });
    }
  }
  return found;
}

function negativeScores(set, part, scores) {
  return part.negatives ? scores[set.parts.indexOf(negativesOf(set, part))] : [];
}

async function rowsOf(part, bundle) {
  const rows = new Rows();
  for await (const { values, context } of anomaly.transform(await openPart(part), bundle)) {
    rows.onRow(undefined, context, values);
  }
  return rows;
}

/** Of a forest fitted to the training's rows; none where scikit-learn is not installed. */
async function forestScores(training, set, bundle, seed) {
  if (spawnSync(PYTHON, ['-c', 'import sklearn']).status !== 0) {
    console.error('isolation forest left out: Debian package python3-sklearn is not installed');
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'anomaly-forest-'));
  try {
    const paths = ['train', ...set.parts.keys()].map((name) => join(folder, `${name}.f32`));
    training.write(paths[0]);
    for (const [i, part] of set.parts.entries()) (await rowsOf(part, bundle)).write(paths[i + 1]);
    const script = join(import.meta.dirname, 'forest.py');
    const fit = spawnSync(PYTHON, [script, String(bundle.schema.columns.length), String(seed), ...paths], {
      stdio: 'inherit',
    });
    if (fit.status !== 0) throw new Error('isolation forest failed');
    const [train, ...others] = paths.map((path) => {
      const bytes = readFileSync(`${path}.score`);
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    });
    return { train, parts: others };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
