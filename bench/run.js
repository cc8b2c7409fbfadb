// `npm run bench -- NAME`: runs bench/NAME.js against the built program; without a name it lists what there is.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [name, ...args] = process.argv.slice(2);
const script = join(import.meta.dirname, `${name}.js`);
if (name === undefined || name === 'run' || !existsSync(script)) {
  const names = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.js') && file !== 'run.js');
  console.log(`benchmarks: ${names.map((file) => file.replace('.js', '')).join(', ')}`);
  process.exitCode = name === undefined ? 0 : 2;
} else {
  process.exitCode = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' }).status ?? 1;
}
