/** What others make of the same features: a PCA, scikit-learn and PyOD; for connections plain rarity tables. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonWith } from '../peers/python.js';
import { openPart } from './data.js';
import { judge, negativesOf } from './judge.js';
import { blockThreshold, raisedAlone, rankings, smoothed } from './measure.js';
import { rarities } from './rarity.js';
import { anomaly, Rows } from './run.js';

/** methods of outliers.py, and whose they are */
const OUTLIERS = [
  { method: 'forest', title: 'isolation forest', module: 'sklearn' },
  { method: 'ecod', title: 'ECOD', module: 'pyod' },
  { method: 'pca', title: 'PCA', module: 'pyod' },
];

/** By peer, of each part its attacks' ranking and what its score would raise alone. */
export async function judgePeers(set, options) {
  const training = new Rows();
  const bundle = await anomaly.learn(await openPart(set.train), { ...options, layers: [] }, training);
  const { kind } = bundle.schema;
  const judged = [];
  for (const part of set.parts) judged.push({ part, ...(await judge(set, part, bundle)) });
  const found = [{ name: 'PCA', parts: judged.map(({ summary }) => summary) }];

  for (const { name, scores } of await outlierScores(training, set, bundle, options.seed)) {
    const threshold = blockThreshold(smoothed(training.records, scores.train, kind));
    found.push({
      name,
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

/** Of each method fitted to the training's rows that is installed. */
async function outlierScores(training, set, bundle, seed) {
  const folder = mkdtempSync(join(tmpdir(), 'anomaly-outliers-'));
  try {
    const paths = ['train', ...set.parts.keys()].map((name) => join(folder, `${name}.f32`));
    training.write(paths[0]);
    for (const [i, part] of set.parts.entries()) (await rowsOf(part, bundle)).write(paths[i + 1]);
    const width = bundle.schema.columns.length;
    return OUTLIERS.flatMap(({ method, title, module }) => {
      const python = pythonWith(module);
      if (!python) return [];
      const args = [join(import.meta.dirname, 'outliers.py'), method, width, seed, ...paths];
      const fit = spawnSync(python.program, args.map(String), { env: python.env, stdio: 'inherit' });
      if (fit.status !== 0) throw new Error(`${title} of ${python.name} failed`);
      const [train, ...parts] = paths.map((path) => {
        const bytes = readFileSync(`${path}.score`);
        return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      });
      return [{ name: `${title} (${python.name})`, scores: { train, parts } }];
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
