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
const { main } = await import('../dist/cli.js');
await main(process.argv.slice(2));
