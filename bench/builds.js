/**
 * What another build of the program raises beside this one, of the same attacks: both are trained on a network's own harmless
 * traffic, and watch captures of its `benign-test` with attacks of power's templates woven in. The other build is a folder in
 * which `npm run build` was run; networks are folders of our own recordings, as for `quality`.
 *
 *     npm run bench -- builds --before DIR [--networks DIR,...] [--placements N] [--seed N] [--epochs N]
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { compare } from './power/builds.js';
import { report } from './power/builds-report.js';
import { anomaly } from './quality/run.js';
import { missingFile, NETWORKS, network } from './quality/sets.js';

const { values } = parseArgs({
  options: {
    before: { type: 'string' },
    networks: { type: 'string', default: NETWORKS.join() },
    placements: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    epochs: { type: 'string', default: '5' },
  },
});
const library = join(resolve(values.before ?? ''), 'dist', 'index.js');
if (!values.before || !existsSync(library)) {
  console.error('--before takes the folder of another build, with dist/ in it');
  process.exit(2);
}
const builds = { before: await import(pathToFileURL(library).href), after: anomaly };
const [placements, seed, epochs] = [values.placements, values.seed, values.epochs].map(Number);

const results = [];
for (const folder of values.networks.split(',')) {
  const { name, train, parts } = network(folder);
  const recording = parts.filter((part) => part.name === 'benign-test');
  const missing = recording.length === 0 ? 'benign-test' : missingFile({ train, parts: recording });
  if (missing) {
    console.log(`skipped: ${name}, for ${missing} is absent`);
    continue;
  }
  const captures = { train: train.paths[0], test: recording[0].paths[0] };
  results.push({ network: name, ...(await compare(builds, captures, { placements, seed, epochs })) });
  console.error(`${name}: ${results.at(-1).captures} captures`);
}
if (results.length > 0) console.log(report(results));
