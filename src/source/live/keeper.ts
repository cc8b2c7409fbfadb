/**
 * The keeper: a small process between the program that analyses packets and the driver that captures them. It is
 * started while there are still rights to capture, keeps them, starts the driver again whenever it ends, and never
 * looks at a packet: the driver's output goes straight into a socket of the parent's. It takes no commands; it ends,
 * and with it the driver, when its standard input does. Its one argument is `KeeperOptions` as JSON.
 */
import { writeSync } from 'node:fs';
import type { KeeperEvent, KeeperOptions } from './protocol.js';
import { removeSocket } from './socket-path.js';
import { Supervisor } from './supervisor.js';

/** Its parent can tell a capture on which nothing passes from one that hangs. */
const ALIVE_MS = 1000;

function tell(event: KeeperEvent): void {
  try {
    writeSync(1, `${JSON.stringify(event)}\n`);
  } catch {
    // nobody listens any more: standard input ends too, and with it this process
  }
}

const options = JSON.parse(process.argv[2]) as KeeperOptions;
const supervisor = new Supervisor(options, tell);
let parentIsDone = false;
function onEnd(): void {
  parentIsDone = true;
  supervisor.stop();
}
process.stdin.on('end', onEnd).on('error', onEnd).resume();
// A service manager signals every process of a service: when it is time to end, the parent says, which has heard it too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
  process.on(signal, () => undefined);
setInterval(() => tell({ event: 'alive' }), ALIVE_MS);
await supervisor.run();
if (parentIsDone) await removeSocket(options.socket);
process.exit(0);
