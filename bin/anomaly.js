#!/usr/bin/env node
import { existsSync } from 'node:fs';

// Before anything that an old Node cannot even read.
if (Number(process.versions.node.split('.')[0]) < 20) {
  process.stderr.write(
    `anomaly: Node ${process.versions.node} is too old, 20 or newer is needed: npm install -g node@22 && npm install -g npm@11 (as root), then open a new shell\n`,
  );
  process.exit(69);
}
if (!existsSync(new URL('../dist/cli.js', import.meta.url))) {
  process.stderr.write('anomaly: not built yet: run "npm run setup" in its folder\n');
  process.exit(69);
}
const { main } = await import('../dist/cli.js').catch((error) => {
  // each of its files is opened, many at a time
  if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
  process.stderr.write(
    'anomaly: more files are open than this process may have (ulimit -n); allow it 1024, as in: ulimit -n 1024\n',
  );
  process.exit(71);
});
await main(process.argv.slice(2));
