/** A fleet whose hub and sink are killed, cut off, set back and wiped: every event is in the view once, or in a gap that says so. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { NatsServer, noNatsServer } from '../support/nats-server.js';
import { folder } from '../support/program.js';
import { query } from '../support/sqlite.js';
import { SinkProcess, Teller } from './support/children.js';

const SENSORS = ['gate-1', 'gate-2', 'gate-3'];
const MOST_MS = 60_000;

interface View {
  /** events of incidents, by the incident's id */
  readonly events: Map<string, number>;
  readonly gaps: number;
  readonly conflicts: number;
  /** highest numbers without a hole, of all spools together */
  readonly water: number;
}

function viewOf(path: string): View {
  const events = new Map<string, number>();
  const ids = "SELECT json_extract(json, '$.alert.context.id') AS id FROM events";
  for (const { id } of query(path, ids)) events.set(String(id), (events.get(String(id)) ?? 0) + 1);
  return {
    events,
    gaps: numberIn(path, 'SELECT total(last - first + 1) AS n FROM gaps'),
    conflicts: numberIn(path, 'SELECT count(*) AS n FROM conflicts'),
    water: waterIn(path),
  };
}

const numberIn = (path: string, sql: string): number => Number(query(path, sql)[0]?.n ?? 0);
const waterIn = (path: string): number => numberIn(path, 'SELECT total(water) AS n FROM spools');

/** The view, once it has so many events and gaps without a hole. */
async function complete(path: string, events: number): Promise<View> {
  for (let waited = 0; waterIn(path) < events && waited < MOST_MS; waited += 200) await sleep(200);
  return viewOf(path);
}

describe.skipIf(noNatsServer)('a fleet', () => {
  it('has every event once, through kills of the hub and of the sink, a partition, a rollback and a wipe', async () => {
    const dir = folder();
    const server = await NatsServer.start();
    const out = [join(dir, 'fleet.sqlite')];
    let sink = new SinkProcess(server.url, out);
    const sensors = SENSORS.map((name) => {
      const telling = { hub: server.url, name, spool: join(dir, name), count: 1e6, everyMs: 25 };
      return new Teller({ ...telling, stays: true });
    });
    await sleep(2000);
    await server.kill();
    const copy = server.copy();
    await server.start();
    for (let kill = 0; kill < 10; kill++) {
      await sleep(900);
      await server.kill();
      await sleep(100);
      await server.start();
      if (kill % 3 > 0) continue;
      await sink.end('SIGKILL');
      sink = new SinkProcess(server.url, out);
    }
    await sleep(1000);
    // the network between is gone: nothing answers, nobody hears that it is
    server.stop();
    await sleep(4000);
    server.goOn();
    await sleep(1500);
    // power fails, and what the server had on its disk is of before
    await server.kill();
    server.setBack(copy);
    await server.start();
    await sleep(3000);
    await server.kill();
    server.wipe();
    await server.start();
    await sleep(3000);
    await Promise.all(sensors.map((sensor) => sensor.end('SIGTERM')));
    // what they could not send goes with the next run
    const nexts = SENSORS.map((name) => {
      const telling = { hub: server.url, name, spool: join(dir, name), count: 1, everyMs: 1 };
      return new Teller({ ...telling, stays: true });
    });
    for (let waited = 0; nexts.some(({ told }) => told.length < 1) && waited < MOST_MS; waited += 50) await sleep(50);
    const told = [...sensors, ...nexts].flatMap((sensor) => sensor.told);
    const view = await complete(out[0] as string, told.length);
    await Promise.all(nexts.map((sensor) => sensor.end('SIGTERM')));
    expect(await sink.end('SIGINT')).toBe(0);
    expect(told.length).toBeGreaterThan(1000);
    expect(told.filter((id) => view.events.get(id) !== 1)).toEqual([]);
    expect(view).toMatchObject({ gaps: 0, conflicts: 0, water: told.length });
  });
});
