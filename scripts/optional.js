#!/usr/bin/env node
// The packages that are compiled on the machine that uses them. From a clone and from an installed package alike:
//   anomaly-setup                 says which are there, and what it costs that others are not
//   anomaly-setup cap             compiles npm cap (libpcap), as `npm install` does by itself
//   anomaly-setup tfjs-node       installs danfojs-node and builds tfjs-node; it says first how large they are
// It asks npm's registry, for tfjs-node also Python's, and no other host: Node's headers have to be on the machine.
import { parseArgs } from 'node:util';
import { checkCap, installCap } from './optional/cap.js';
import { say } from './optional/machine.js';
import { checkTfjsNode, installTfjsNode } from './optional/tfjs-node.js';

const USAGE = 'usage: anomaly-setup [cap | tfjs-node [--tensorflow VERSION]]';

/** npm runs this when it installs, and hides what is said then: a package without cap must install all the same. */
const byNpm = process.env.npm_lifecycle_event === 'postinstall';

let positionals = [];
let tensorflow;
try {
  const given = parseArgs({
    allowPositionals: true,
    options: { tensorflow: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (given.values.help) {
    console.log(USAGE);
    process.exit();
  }
  positionals = given.positionals;
  tensorflow = given.values.tensorflow;
} catch (error) {
  say(`${error.message.split('. ', 1)[0]}; ${USAGE}`);
  process.exit(2);
}
const install = { cap: installCap, 'tfjs-node': () => installTfjsNode(tensorflow) };
const [what, ...more] = positionals;
if (more.length > 0 || (what !== undefined && !Object.hasOwn(install, what)) || (tensorflow && what !== 'tfjs-node')) {
  say(USAGE);
  process.exitCode = 2;
} else if (what === undefined) {
  checkCap();
  checkTfjsNode();
} else if (!install[what]() && !byNpm) {
  process.exitCode = 69;
}
