// Preloaded: the process kills itself before its n-th change of the file system, n in DIES_BEFORE; without it counts them and
// prints how many there were.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const last = Number(process.env.DIES_BEFORE ?? Number.POSITIVE_INFINITY);
let changes = 0;
for (const name of ['rename', 'symlink', 'rm', 'mkdir', 'open']) {
  const change = fs[name];
  fs[name] = (...args) => {
    if (++changes === last) process.kill(process.pid, 'SIGKILL');
    return change(...args);
  };
}
syncBuiltinESMExports();
process.on('exit', () => console.log(changes));
