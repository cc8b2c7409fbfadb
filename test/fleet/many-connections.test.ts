/** Two thousand sensors at one server: a nudge reaches all of them, and none costs the server much. */
import { spawnSync } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { expect, it, onTestFinished } from 'vitest';
import type { HubCarrier } from '../../src/fleet/carriers/carrier.js';
import { bytesOf, opened, publishTo, until } from '../support/carriers.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';

const SENSORS = 2_000;
/** At once: more would wait in the kernel's queue of connections. */
const A_WAVE = 100;
/** FLEET's goal; measured 21 KiB idle, 35 KiB with TLS */
const MOST_KIB = 64;

/** Node and the server raise their own limits as far as they may. */
const limit = Number(
  spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout.trim().replace('unlimited', '1e9'),
);
const skip = noNatsServer ?? (limit < 2 * SENSORS ? `no more than ${limit} files may be open (ulimit -Hn)` : undefined);

const residentKib = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

it.skipIf(skip)(`a nudge reaches ${SENSORS} sensors${skip ? ` (${skip})` : ''}`, async () => {
  const server = await NatsServer.start();
  const sink = await opened(server.url, undefined);
  await sink.prepare();
  const before = residentKib(server.pid);
  const end = new AbortController();
  setMaxListeners(0, end.signal);
  const heard: number[] = [];
  const listening: Promise<void>[] = [];
  const sensors: HubCarrier[] = [];
  for (let k = 0; k < SENSORS; k += A_WAVE) {
    const wave = await Promise.all(Array.from({ length: A_WAVE }, (_, j) => opened(server.url, `sensor-${k + j}`)));
    await until(() => wave.every(({ connected }) => connected), 'connected');
    sensors.push(...wave);
    for (const sensor of wave)
      listening.push(
        (async () => {
          for await (const _ of sensor.nudges(end.signal)) heard.push(performance.now());
        })(),
      );
  }
  onTestFinished(async () => {
    end.abort();
    await Promise.all(listening);
  });
  // each has an answer, so each has subscribed before
  await Promise.all(sensors.map((sensor, k) => publishTo(sensor, `a1.inc.sensor-${k}`, `id-${k}`, 'x')));
  const each = (residentKib(server.pid) - before) / SENSORS;
  const since = performance.now();
  await sink.nudge();
  await until(() => heard.length >= SENSORS, 'all are nudged');
  process.stderr.write(
    `${SENSORS} connections: ${each.toFixed(1)} KiB of the server each; a nudge has reached all after ${Math.round(Math.max(...heard) - since)} ms\n`,
  );
  expect(heard).toHaveLength(SENSORS);
  expect(each).toBeLessThan(MOST_KIB);
  await server.restart();
  await until(() => sensors.every(({ connected }) => connected), 'all are back', 60_000);
  await sensors[0]?.publish('a1.hb.sensor-0', undefined, bytesOf('alive'));
});
