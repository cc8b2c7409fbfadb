/** A fleet whose hub and sink are killed, cut off, set back and wiped: every event is in the view once, or in a gap that says so. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
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
    await Promise.all(nexts.map(firstWord));
    const told = [...sensors, ...nexts].flatMap((sensor) => sensor.told);
    const view = await complete(out[0] as string, told.length);
    await Promise.all(nexts.map((sensor) => sensor.end('SIGTERM')));
    expect(await sink.end('SIGINT')).toBe(0);
    expect(told.length).toBeGreaterThan(1000);
    expect(told.filter((id) => view.events.get(id) !== 1)).toEqual([]);
    expect(view).toMatchObject({ gaps: 0, conflicts: 0, water: told.length });
  });
});

/** Once it has told its first event. */
async function firstWord(sensor: Teller): Promise<void> {
  for (let waited = 0; sensor.told.length < 1 && waited < MOST_MS; waited += 20) await sleep(20);
}

describe('a sensor', () => {
  async function hubIn(dir: string): Promise<{ hub: string; sink: SinkProcess; path: string }> {
    const [hub, path] = [join(dir, 'hub'), join(dir, 'fleet.sqlite')];
    const sink = new SinkProcess(pathToFileURL(hub).href, [path]);
    for (let waited = 0; !existsSync(join(hub, 'anomaly-fleet.json')) && waited < MOST_MS; waited += 50)
      await sleep(50);
    return { hub, sink, path };
  }

  it('that is killed again and again loses no event that it took, and gives no number twice', async () => {
    const dir = folder();
    const { hub, sink, path } = await hubIn(dir);
    const telling = { hub, name: 'gate-1', spool: join(dir, 'spool'), everyMs: 1 };
    const told: string[] = [];
    for (let kill = 0; kill < 20; kill++) {
      const sensor = new Teller({ ...telling, count: 1e6 });
      for (let waited = 0; sensor.told.length < 5 + 2 * kill && waited < MOST_MS; waited += 5) await sleep(5);
      expect(await sensor.end('SIGKILL')).toBeNull();
      told.push(...sensor.told);
    }
    const last = new Teller({ ...telling, count: 1, stays: true });
    await firstWord(last);
    told.push(...last.told);
    const view = await complete(path, told.length);
    expect(await last.end('SIGTERM')).toBe(0);
    await sink.end('SIGINT');
    expect(told.filter((id) => view.events.get(id) !== 1)).toEqual([]);
    expect(view).toMatchObject({ gaps: 0, conflicts: 0 });
    expect(last.stderr).toContain('ended without its end');
  });

  it('in a storm tells what the hub can take, says how much it did not, and how each incident stands at the end', async () => {
    const dir = folder();
    const { hub, sink, path } = await hubIn(dir);
    const telling = { hub, name: 'gate-1', spool: join(dir, 'spool'), count: 300, everyMs: 1 };
    const sensor = new Teller({ ...telling, times: { perMinute: 60 } });
    expect(await sensor.ended).toBe(0);
    // on a machine that is busy its last words may be left for the next
    const next = new Teller({ ...telling, count: 0, stays: true });
    const view = await complete(path, 530);
    await next.end('SIGTERM');
    await sink.end('SIGINT');
    expect(sensor.told.filter((id) => view.events.get(id) !== 1)).toEqual([]);
    expect(view.gaps).toBeGreaterThan(230);
    expect(view.water).toBe(300 + view.gaps);
  });

  it('whose spool was damaged, or grew full, says which events are gone', async () => {
    const dir = folder();
    const spool = join(dir, 'spool');
    const alone = { hub: join(dir, 'away'), name: 'gate-1', spool, everyMs: 0 };
    const before = new Teller({ ...alone, count: 50 });
    await before.ended;
    const [segment = ''] = readdirSync(join(spool, 'inc'));
    const bytes = readFileSync(join(spool, 'inc', segment));
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(join(spool, 'inc', segment), bytes);
    const { hub, sink, path } = await hubIn(dir);
    const after = new Teller({ ...alone, hub, count: 1, stays: true });
    expect(await complete(path, 51)).toMatchObject({ gaps: 1, conflicts: 0, water: 51 });
    expect(await after.end('SIGTERM')).toBe(0);
    // 2 MB are two segments of events
    const full = new Teller({ ...alone, name: 'gate-2', spool: join(dir, 'second'), count: 3000, size: 2e6 });
    await full.ended;
    const next = new Teller({ ...alone, hub, name: 'gate-2', spool: join(dir, 'second'), count: 1, stays: true });
    const view = await complete(path, 51 + 3001);
    await next.end('SIGTERM');
    await sink.end('SIGINT');
    expect(view.water).toBe(51 + 3001);
    expect(view.events.size + view.gaps).toBe(51 + 3001);
    expect(view.gaps).toBeGreaterThan(500);
    expect(query(path, 'SELECT DISTINCT why FROM gaps ORDER BY why')).toEqual([{ why: 'damaged' }, { why: 'full' }]);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'whose disk is full for a while tells later what it could not, and a gap says so',
    async () => {
      const dir = folder();
      const disk = join(dir, 'disk');
      mkdirSync(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', disk]);
      onTestFinished(() => void execFileSync('umount', ['-l', disk]));
      const { hub, sink, path } = await hubIn(dir);
      const telling = { hub, name: 'gate-1', spool: join(disk, 'spool'), everyMs: 20, count: 40, stays: true };
      const filler = join(disk, 'filler');
      writeFileSync(filler, Buffer.alloc(40 << 10));
      const sensor = new Teller(telling);
      for (let waited = 0; !sensor.stderr.includes('not told') && waited < MOST_MS; waited += 20) await sleep(20);
      expect(sensor.stderr.match(/^warning: the hub is not told of an incident: /gm)).toHaveLength(1);
      for (let waited = 0; sensor.told.length < 40 && waited < MOST_MS; waited += 20) await sleep(20);
      rmSync(filler);
      const view = await complete(path, 41);
      for (let waited = 0; viewOf(path).events.size < 40 && waited < MOST_MS; waited += 200) await sleep(200);
      expect(await sensor.end('SIGTERM')).toBe(0);
      await sink.end('SIGINT');
      expect(sensor.told.filter((id) => viewOf(path).events.get(id) !== 1)).toEqual([]);
      expect(view.gaps).toBeGreaterThan(0);
      expect(sensor.stderr).not.toContain('newest state');
    },
  );
});
