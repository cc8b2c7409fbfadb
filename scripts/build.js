// Compiles the WebAssembly kernels and the TypeScript sources into dist/.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = (script, ...args) => execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });

if (process.argv.includes('--clean')) rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json');
for (const folder of ['net', 'zeek', 'connection']) {
  const { error } = await asc.main(['--config', `assembly/${folder}/asconfig.json`, '--baseDir', root], {
    stdout: process.stdout,
    stderr: process.stderr,
    readFile: withDecorators,
  });
  // the compiler has said what is wrong
  if (error) process.exit(1);
}

/**
 * AssemblyScript decorates functions, which TypeScript's formatter and linter cannot read. So the sources have a comment in
 * that place, and become AssemblyScript here.
 */
function withDecorators(name, folder) {
  try {
    return readFileSync(join(folder, name), 'utf8').replace(/^\/\/ (?=@(inline|external)\b)/gm, '');
  } catch {
    // the compiler tries several places
    return null;
  }
}
