/** The sink as its own process: how fast it works off what waits at the hub, and how soon an event is kept. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetSensor } from '../../dist/fleet/sensor/sensor.js';
import { processorOf, residentOf } from './server.js';

const LF = 0x0a;

function sink({ program, hub, folder, name }) {
  const out = ['--out', join(folder, `${name}.sqlite`), '--out', join(folder, `${name}.txt`)];
  const child = spawn(process.execPath, [program, 'detect', '-r', hub, ...out, '--json', '-q'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise((resolve) => child.on('exit', resolve));
  const end = async () => {
    child.kill('SIGTERM');
    await gone;
  };
  return { child, end };
}

/**
 * Reads a backlog of `count` events that is at the hub already.
 * @returns s from the process's start to the first and the last event's line, which it prints once it is committed; s of processor;
 * bytes resident at the peak; s that its end took, with all reports
 */
export async function backlog(where, count) {
  const began = performance.now();
  const { child, end } = sink(where);
  let [seen, first] = [0, 0];
  await new Promise((resolve) => {
    // no line is looked at: the sink is to have the processor
    child.stdout.on('data', (bytes) => {
      first ||= performance.now();
      for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) seen++;
      if (seen >= count) resolve();
    });
  });
  const last = performance.now();
  const cpu = processorOf(child.pid);
  const peak = residentOf(child.pid, 'VmHWM');
  await end();
  const s = (from, to) => (to - from) / 1000;
  return { first: s(began, first), seconds: s(began, last), cpu, peak, ended: s(last, performance.now()) };
}

/**
 * Tells `count` incidents, one every so many ms, from sensors in this process.
 * @returns ms from incident() to the sink's line, sorted
 */
export async function delays({ hub, folder, ...where }, incident, count, everyMs) {
  const { child, end } = sink({ hub, folder, name: 'delays', ...where });
  const told = new Map();
  const found = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { fleet, id } = JSON.parse(line).alert.context;
    if (told.has(id) && fleet.event === 'opened') found.push(performance.now() - told.get(id));
  });
  const sensors = await Promise.all(['one', 'two', 'three'].map((name) => sensorOf(hub, folder, name)));
  // connections are made
  await sleep(3000);
  for (let k = 0; k < count; k++) {
    const uuid = `019ab1c8-9a3f-7000-8000-${k.toString(16).padStart(12, 'd')}`;
    told.set(uuid, performance.now());
    sensors[k % sensors.length].incident({ type: 'opened', incident: incident(k + 1, uuid), atUs: Date.now() * 1000 });
    await sleep(everyMs);
  }
  for (let waited = 0; found.length < count && waited < 30; waited++) await sleep(500);
  for (const sensor of sensors) await sensor.close();
  await end();
  return found.sort((a, b) => a - b);
}

export function sensorOf(hub, folder, name) {
  return FleetSensor.open({
    ...{
      hub,
      name,
      site: 'bench',
      spool: join(folder, `spool-${name}`),
      spoolSize: 64e6,
      key: undefined,
      ca: undefined,
    },
    who: {
      version: '0.1.0',
      sensor: name,
      run: RUN,
      kind: 'packet',
      model: { name: 'default', id: '0123456789abcdef' },
    },
    policy: { trust: [], channel: 'default', modelDir: join(folder, name), onChange: () => undefined },
    times: { perMinute: 1e9 },
    figures: () => undefined,
    note: () => undefined,
  });
}

const RUN = '019ab1c8-9a3f-7abc-8def-000000000000';
