#!/usr/bin/env node
// The packages that are compiled on the machine that uses them. From a clone and from an installed package alike:
//   anomaly-setup                 says which are there, and what it costs that others are not
//   anomaly-setup cap             compiles npm cap (libpcap), as `npm install` does by itself
// It asks npm's registry and no other host: Node's headers have to be on the machine.
import { parseArgs } from 'node:util';
import { checkCap, installCap } from './optional/cap.js';
import { say } from './optional/machine.js';

const USAGE = 'usage: anomaly-setup [cap]';

/** npm runs this when it installs, and hides what is said then: a package without cap must install all the same. */
const byNpm = process.env.npm_lifecycle_event === 'postinstall';

let positionals = [];
try {
  ({ positionals } = parseArgs({ allowPositionals: true }));
} catch (error) {
  say(`${error.message}; ${USAGE}`);
  process.exit(2);
}
const [what, ...more] = positionals;
if (more.length > 0 || ![undefined, 'cap'].includes(what)) {
  say(USAGE);
  process.exitCode = 2;
} else if (what === undefined) {
  checkCap();
} else if (!installCap() && !byNpm) {
  process.exitCode = 69;
}
