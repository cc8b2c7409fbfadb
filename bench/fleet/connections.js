/** What an idle connection of a sensor costs the server, from many of them in one process. */
import { spawnSync } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCarrier } from '../../dist/fleet/carriers/open.js';

/** At once: more would wait in the kernel's queue of connections. */
const A_WAVE = 100;

/** @returns bytes of the server a connection, and of this process; undefined: so many files may not be open here */
export async function connections(server, count) {
  const limit = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout.trim().replace('unlimited', '1e9');
  // both ends of each are files, in two processes
  if (Number(limit) < 2 * count) return undefined;
  const end = new AbortController();
  setMaxListeners(0, end.signal);
  const open = [];
  const [before, ours] = [server.resident, process.memoryUsage().rss];
  while (open.length < count) {
    const wave = await Promise.all(
      Array.from({ length: A_WAVE }, (_, k) =>
        openCarrier({
          hub: server.url,
          sensor: `many-${open.length + k}`,
          key: undefined,
          ca: undefined,
          note: () => undefined,
        }),
      ),
    );
    while (!wave.every(({ connected }) => connected)) await sleep(10);
    open.push(...wave);
  }
  const listening = open.map(async (carrier) => {
    for await (const _ of carrier.nudges(end.signal));
  });
  // as a sensor: it has asked once, and listens
  await Promise.all(open.map((carrier, k) => carrier.last(`a1.ctl.water.many-${k}`)));
  await sleep(2000);
  const result = { server: (server.resident - before) / count, client: (process.memoryUsage().rss - ours) / count };
  end.abort();
  await Promise.all(listening);
  await Promise.all(open.map((carrier) => carrier.close()));
  return result;
}
