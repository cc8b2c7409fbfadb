#!/usr/bin/env node
// What a machine has beside the program: packages that are compiled on it, and the service. From a clone and from an installed
// package alike:
//   anomaly-setup                 says which are there, and what it costs that others are not
//   anomaly-setup cap             compiles npm cap (libpcap), as `npm install` does by itself
//   anomaly-setup tfjs-node       installs danfojs-node and builds tfjs-node; it says first how large they are
//   anomaly-setup service         installs the systemd unit, its user and folders; --remove takes them away again
// It asks npm's registry, for tfjs-node also Python's, and no other host: Node's headers have to be on the machine.
import { parseArgs } from 'node:util';
import { checkCap, installCap } from './optional/cap.js';
import { say } from './optional/machine.js';
import { checkService, installService, removeService } from './optional/service.js';
import { checkTfjsNode, installTfjsNode } from './optional/tfjs-node.js';

const USAGE = 'usage: anomaly-setup [cap | tfjs-node [--tensorflow VERSION] | service [--remove]]';

/** npm runs this when it installs, and hides what is said then: a package without cap must install all the same. */
const byNpm = process.env.npm_lifecycle_event === 'postinstall';

let positionals = [];
let tensorflow;
let remove = false;
try {
  const given = parseArgs({
    allowPositionals: true,
    options: { tensorflow: { type: 'string' }, remove: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (given.values.help) {
    console.log(USAGE);
    process.exit();
  }
  positionals = given.positionals;
  tensorflow = given.values.tensorflow;
  remove = given.values.remove === true;
} catch (error) {
  say(`${error.message.split('. ', 1)[0]}; ${USAGE}`);
  process.exit(2);
}
const install = {
  cap: installCap,
  'tfjs-node': () => installTfjsNode(tensorflow),
  service: remove ? removeService : installService,
};
const [what, ...more] = positionals;
const known = what === undefined || Object.hasOwn(install, what);
if (!known || more.length > 0 || (tensorflow && what !== 'tfjs-node') || (remove && what !== 'service')) {
  say(USAGE);
  process.exitCode = 2;
} else if (what === undefined) {
  checkCap();
  checkTfjsNode();
  checkService();
} else if (!install[what]() && !byNpm) {
  process.exitCode = 69;
}
