// npm cap: libpcap for Node. Without it tcpdump captures.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { missingForCompiling, npm, OPTIONAL, say, writable } from './machine.js';

const FOLDER = join(OPTIONAL, 'cap');
const COST = 'live capture uses tcpdump instead (later by up to a second, otherwise the same)';

/** It is bound to one version of Node and to libpcap's library: loading it is the proof. */
function loads() {
  const program = `require(require('node:module').createRequire(${JSON.stringify(join(FOLDER, 'package.json'))}).resolve('cap'))`;
  return spawnSync(process.execPath, ['-e', program], { stdio: 'ignore' }).status === 0;
}

export function checkCap() {
  if (loads()) say('cap: works');
  else say(`cap: not there; ${COST}; "anomaly-setup cap" compiles it`);
}

/** @returns whether it works now */
export function installCap() {
  if (loads()) return true;
  const missing = missingForCompiling();
  if (!existsSync('/usr/include/pcap.h')) missing.push('libpcap-dev');
  if (missing.length > 0) return failed(`${missing.join(', ')} missing`);
  if (!writable(FOLDER)) return failed('no right to write where anomaly is installed: run it as root');
  if (!npm(FOLDER, 'ci')) return failed('npm could not install or compile it');
  if (!loads()) return failed('compiled, but it does not load');
  say('cap: compiled, works');
  return true;
}

function failed(reason) {
  say(`cap: not compiled: ${reason}; ${COST}; later: "anomaly-setup cap"`);
  return false;
}
