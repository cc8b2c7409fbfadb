// Compiles the WebAssembly kernels and the TypeScript sources into dist/.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = (script, ...args) => execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });

if (process.argv.includes('--clean')) rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json');
for (const folder of ['net', 'zeek', 'connection']) {
  node('node_modules/assemblyscript/bin/asc.js', '--config', `assembly/${folder}/asconfig.json`);
}
