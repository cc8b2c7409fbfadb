// `npm run bench -- NAME`: runs bench/NAME.js against the built program; without a name it lists what there is.
// With --write what it prints becomes its section of docs/figures.md.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { asMarkdown, replaceSection } from '../scripts/sections.js';

const FIGURES = join(import.meta.dirname, '../docs/figures.md');

const [name, ...given] = process.argv.slice(2);
const args = given.filter((arg) => arg !== '--write');
const script = join(import.meta.dirname, `${name}.js`);
if (name === undefined || name === 'run' || !existsSync(script)) {
  const names = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.js') && file !== 'run.js');
  console.log(`benchmarks: ${names.map((file) => file.replace('.js', '')).join(', ')}`);
  process.exitCode = name === undefined ? 0 : 2;
} else if (args.length < given.length) {
  await write();
} else {
  process.exitCode = (await run('inherit')).code;
}

/** Runs the benchmark; with a pipe its output is kept as well as shown. */
async function run(stdout) {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['inherit', stdout, 'inherit'] });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    output += text;
    process.stdout.write(text);
  });
  const code = await new Promise((resolve) => child.on('close', (status) => resolve(status ?? 1)));
  return { code, output };
}

async function write() {
  // `train memory` may have a section of its own beside `train`
  const own = `bench ${[name, ...args].join(' ')}`;
  const section = readFileSync(FIGURES, 'utf8').includes(`<!-- ${own} -->`) ? own : `bench ${name}`;
  // a missing section is told before the long run
  replaceSection(readFileSync(FIGURES, 'utf8'), section, '');
  const { code, output } = await run('pipe');
  process.exitCode = code;
  if (code !== 0) return;
  const machine = `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}`;
  const text = `\`npm run bench -- ${[name, ...args].join(' ')}\` on ${machine}:\n\n${asMarkdown(output)}`;
  writeFileSync(FIGURES, replaceSection(readFileSync(FIGURES, 'utf8'), section, text));
}
