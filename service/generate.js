// Writes the man page and the shell completions from the command tree, so that they never say anything else than --help:
//   node service/generate.js [FOLDER]      default: the project's own folder, man/ and completions/
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes } from '../dist/base/errors.js';
import { buildProgram } from '../dist/cli.js';
import { COMMANDS } from '../dist/options/commands.js';
import { bashCompletion, fishCompletion, zshCompletion } from './completions.js';
import { manPage } from './man.js';
import { treeOf } from './tree.js';

const folder = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
// reproducible builds name the date themselves
const epoch = process.env.SOURCE_DATE_EPOCH;
const date = new Date(epoch ? Number(epoch) * 1000 : Date.now()).toISOString().slice(0, 10);
const tree = treeOf(buildProgram(async () => undefined));

const files = {
  'man/anomaly.1': manPage(tree, { version, commands: COMMANDS, exits: exitCodes(), date }),
  'completions/anomaly.bash': bashCompletion(tree),
  'completions/_anomaly': zshCompletion(tree),
  'completions/anomaly.fish': fishCompletion(tree),
};
for (const [name, content] of Object.entries(files)) {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  process.stderr.write(`${path}\n`);
}
