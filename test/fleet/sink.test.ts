import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CarrierError } from '../../src/fleet/carriers/carrier.js';
import { SUBJECTS } from '../../src/fleet/contract.js';
import { heartbeatBody, incidentBody, incidentIn } from '../../src/fleet/sink/bodies.js';
import { Sink, type SinkListener } from '../../src/fleet/sink/sink.js';
import { FleetStore } from '../../src/fleet/sink/store.js';
import { isSilent as silentNow } from '../../src/report/fleet/view.js';
import { at, bytesOf, eventBody, gapBody, heartbeat, MemoryHub, SPOOL, type Told, until } from '../support/fleet.js';

let folder: string;
let hub: MemoryHub;
let store: FleetStore;
let notes: string[];
const path = () => join(folder, 'fleet.sqlite');
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-sink-'));
  hub = new MemoryHub();
  store = await FleetStore.open(path());
  notes = [];
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const inc = (body: { fleet: { sensor: string } }) => hub.put(SUBJECTS.incidents(body.fleet.sensor), body);
const event = (seq: number, told?: Told) => inc(eventBody(seq, told));

/** Runs a sink until it is so, then ends it. */
async function sinkUntil(isSo: () => boolean, listener: SinkListener = {}, lookMs?: number): Promise<void> {
  const note = (line: string) => notes.push(line);
  const sink = await Sink.open({ carrier: hub, store, listener, note, ...(lookMs !== undefined && { lookMs }) });
  const stop = new AbortController();
  const running = sink.run(stop.signal);
  try {
    await Promise.race([until(isSo), running]);
  } finally {
    stop.abort();
    await running;
  }
}
const kept = () => Number(store.database.one('SELECT count(*) AS n FROM events').n);

describe('a hub’s clock that is wrong', () => {
  const DAY = 86_400_000;
  const beat = (seq: number, aheadMs: number): void =>
    hub.put(SUBJECTS.heartbeat('a'), heartbeat({ sensor: 'a', records: seq, t: Date.now() }), Date.now() + aheadMs);
  const isSilent = (): boolean => {
    const { facts, sensors } = store.report();
    return sensors.some((sensor) => silentNow(facts, sensor));
  };

  it.each([-DAY, DAY])('by %i ms: who is heard is not silent, and that is said', async (aheadMs) => {
    beat(1, aheadMs);
    let sent = 1;
    const timer = setInterval(() => beat(++sent, aheadMs), 50);
    await sinkUntil(() => sent > 5, {}, 100);
    clearInterval(timer);
    expect(isSilent()).toBe(false);
    expect(notes).toEqual([expect.stringMatching(/memory: its clock is 1440 min (ahead of|behind) this host's/)]);
    // and who says nothing more is silent by the hub's clock too
    const { facts, sensors } = store.report(Date.now() + aheadMs + 600_000);
    expect(sensors.some((sensor) => silentNow(facts, sensor))).toBe(true);
  });

  it('is not what a sensor that was silent long before looks like', async () => {
    beat(1, -DAY);
    await sinkUntil(() => store.report().sensors.length === 1, {}, 100);
    expect(isSilent()).toBe(true);
    expect(notes).toEqual([]);
  });
});

describe('the sink', () => {
  it('keeps events, then tells watermarks, and its caller of incidents, campaigns and sensors', async () => {
    const told: string[] = [];
    const scan = { initiator: '203.0.113.9' };
    for (const sensor of ['a', 'b']) {
      event(1, { sensor, incident: scan });
      hub.put(SUBJECTS.heartbeat(sensor), heartbeat({ sensor, t: Date.now() }));
    }
    hub.fault = (call, subject) => {
      // nothing is released that is not kept
      if (call === 'publish') told.push(`water ${subject} ${kept()}`);
      return undefined;
    };
    await sinkUntil(() => hub.water('b') !== undefined && hub.water('a') !== undefined && told.length >= 7, {
      onIncident: ({ incident, event: what }, sensor) => told.push(`${sensor} ${what} ${incident.kind}`),
      onCampaign: ({ sensors }, what) => told.push(`${what} ${sensors}`),
      onSensor: (sensor, what) => told.push(`${sensor} ${what}`),
    });
    expect(told.sort()).toEqual(
      [
        'a new',
        'b new',
        'a opened port scan',
        'b opened port scan',
        'opened a,b',
        'water a1.ctl.water.a 2',
        'water a1.ctl.water.b 2',
      ].sort(),
    );
    expect(hub.water('a')).toEqual({ spool: SPOOL, seq: 1 });
    expect(store.report().sensors.map(({ state }) => state?.records)).toEqual([12_345, 12_345]);
    expect(notes).toEqual([]);
  });

  it('reads no more while whoever is told has no room, and then goes on', async () => {
    for (let seq = 1; seq <= 1500; seq++) event(seq);
    let told = 0;
    let make = (): void => undefined;
    const room = new Promise<void>((resolve) => {
      make = resolve;
    });
    const listener = { onIncident: () => told++, room: () => room };
    const reading = sinkUntil(() => told === 1500, listener);
    await until(() => told > 0);
    await sleep(500);
    // a batch, and no second one
    expect(kept()).toBeLessThan(1000);
    make();
    await reading;
    expect(kept()).toBe(1500);
  });

  it('goes on where it stood, and takes what comes twice or in another order once', async () => {
    const told: number[] = [];
    const listener = { onIncident: ({ id }: { id: { seq: number } }) => void told.push(id.seq) };
    hub.times = 2;
    for (const seq of [2, 1, 3]) event(seq);
    await sinkUntil(() => kept() === 3, listener);
    for (const seq of [5, 3, 4, 6]) event(seq);
    await sinkUntil(() => kept() === 6, listener);
    expect(told).toEqual([2, 1, 3, 5, 4, 6]);
    expect(hub.water('gw')).toEqual({ spool: SPOOL, seq: 6 });
    expect(store.position('A1_INC')?.sequence).toBe(7);
  });

  it('reads a hub anew that lost everything, and tells it the watermarks it lost', async () => {
    for (const seq of [1, 2, 3]) event(seq);
    await sinkUntil(() => hub.water('gw')?.seq === 3);
    hub.wipe('second');
    for (const seq of [3, 4]) event(seq);
    await sinkUntil(() => hub.water('gw')?.seq === 4);
    expect(kept()).toBe(4);
    hub.wipe('third');
    await sinkUntil(() => hub.water('gw')?.seq === 4);
    // a hub that was put back to yesterday
    await hub.publish(SUBJECTS.watermark('gw'), undefined, bytesOf({ spool: SPOOL, seq: 1 }));
    await sinkUntil(() => hub.water('gw')?.seq === 4);
    const before = hub.control.get(SUBJECTS.watermark('gw'))?.length;
    await sinkUntil(() => true);
    expect(hub.control.get(SUBJECTS.watermark('gw'))).toHaveLength(before as number);
    const ids = [...hub.control.values()].flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('tries watermarks until the hub takes them, and says so once', async () => {
    let refusals = 3;
    hub.fault = (call) =>
      call === 'publish' && refusals-- > 0 ? new CarrierError('unreachable', 'memory: nobody answers') : undefined;
    event(1);
    await sinkUntil(() => hub.water('gw')?.seq === 1);
    expect(notes).toEqual([
      'memory: nobody answers; sensors keep their events, and this is tried again',
      'memory: watermarks: told again; nothing was lost',
    ]);
  });

  it('goes on through a hub that comes and goes, and ends where its key is refused', async () => {
    let broken = 0;
    hub.fault = (call, subject) =>
      call === 'next' && subject.startsWith('a1.inc') && broken++ % 3 === 2
        ? new CarrierError('unreachable', 'memory: gone')
        : undefined;
    for (let seq = 1; seq <= 6; seq++) event(seq);
    await sinkUntil(() => kept() === 6);
    expect(notes.slice(0, 2)).toEqual([
      'memory: gone; what was read is kept, and this is tried again',
      'memory: read again; nothing was lost',
    ]);
    hub.fault = () => new CarrierError('refused', 'memory: no rights');
    await expect(sinkUntil(() => false)).rejects.toThrow('memory: no rights');
  });

  it('waits for the disk, and loses nothing meanwhile', async () => {
    store.database.exec("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    event(1);
    setTimeout(() => store.database.exec('DROP TRIGGER full'), 600);
    await sinkUntil(() => hub.water('gw')?.seq === 1);
    expect(kept()).toBe(1);
    expect(notes[0]).toMatch(/fleet\.sqlite: disk full; reading waits, and this is tried again/);
    expect(notes[1]).toMatch(/written again; nothing was lost/);
  });

  it('does not wait for what another sink had, nor lets one sensor hold up another', async () => {
    await hub.publish(SUBJECTS.watermark('old'), undefined, bytesOf({ spool: SPOOL, seq: 40 }));
    event(41, { sensor: 'old' });
    event(2, { sensor: 'hole' });
    event(1, { sensor: 'well' });
    inc(gapBody(1, 5, { sensor: 'gaps' }));
    await sinkUntil(() => hub.water('old')?.seq === 41 && hub.water('well')?.seq === 1 && hub.water('gaps')?.seq === 5);
    expect(hub.water('hole')).toBeUndefined();
    event(1, { sensor: 'hole' });
    await sinkUntil(() => hub.water('hole')?.seq === 2);
  });

  it('asks later what was published where the hub does not answer that at first', async () => {
    await hub.publish(SUBJECTS.watermark('old'), undefined, bytesOf({ spool: SPOOL, seq: 40 }));
    hub.fault = (call) => (call === 'last' ? new CarrierError('unreachable', 'memory: gone') : undefined);
    event(41, { sensor: 'old' });
    await sinkUntil(() => kept() === 1);
    expect(hub.water('old')?.seq).toBe(40);
    hub.fault = () => undefined;
    await sinkUntil(() => hub.water('old')?.seq === 41);
  });

  it('gives two spools under one name their turns', async () => {
    const other = 'f'.repeat(16);
    event(1);
    event(1, { spool: other });
    await sinkUntil(() => (hub.control.get(SUBJECTS.watermark('gw'))?.length ?? 0) >= 2);
    const seen = new Set<string | undefined>();
    for (let k = 0; k < 4; k++) {
      const before = hub.water('gw')?.spool;
      await sinkUntil(() => hub.water('gw')?.spool !== before);
      seen.add(hub.water('gw')?.spool);
    }
    expect(seen).toEqual(new Set([SPOOL, other]));
  });

  it('counts bodies that are none by sensor, and goes past them', async () => {
    const body = eventBody(1);
    hub.put('a1.inc.gw', 'no json');
    hub.put('a1.inc.gw', { ...body, filler: 'x'.repeat(9000) });
    hub.put('a1.inc.gw', { ...body, fleet: { ...body.fleet, sensor: 'other' } });
    hub.put('a1.inc.other', body);
    hub.put('a1.inc.gw', { ...body, fleet: { ...body.fleet, id: 'gw.0.inc.1' } });
    hub.put('a1.inc.gw', { ...body, fleet: { ...body.fleet, t: 1e300 } });
    hub.put('a1.inc.gw', Buffer.from([0xff, 0xfe, 0x22]));
    hub.put('a1.inc.gw', '['.repeat(4000) + ']'.repeat(4000));
    hub.put('a1.inc.NOT A NAME', body);
    hub.put('a1.hb.gw', { ...heartbeat(), records: -1 });
    hub.put('a1.hb.gw', heartbeat({ refused: 'x'.repeat(2000) }));
    event(1);
    await sinkUntil(() => hub.water('gw')?.seq === 1 && store.report().facts.invalid === 11);
    const { sensors } = store.report();
    expect(sensors.map(({ name, invalid }) => [name, invalid])).toEqual([
      ['gw', 9],
      ['other', 1],
    ]);
    expect(kept()).toBe(1);
    expect(store.position('A1_INC')?.sequence).toBe(10);
  });

  it('reads a backlog in bounded memory', async () => {
    const sensors = 20;
    const each = 300;
    for (let seq = 1; seq <= each; seq++) for (let s = 0; s < sensors; s++) event(seq, { sensor: `s${s}` });
    let most = 0;
    let told = 0;
    const commit = store.commit.bind(store);
    store.commit = (batch, ms) => {
      most = Math.max(most, batch.records.length);
      return commit(batch, ms);
    };
    await sinkUntil(() => hub.water('s19')?.seq === each, { onIncident: () => void told++ });
    expect(kept()).toBe(sensors * each);
    expect(told).toBe(sensors * each);
    expect(most).toBeLessThanOrEqual(1000);
  });
});

describe('what comes from the hub', () => {
  const message = (subject: string, body: unknown) => ({
    subject,
    id: undefined,
    bytes: bytesOf(body),
    position: at(1),
  });

  it('is taken whatever else it holds, and given back as it was', () => {
    const body = { ...eventBody(7), later: { field: [1, 'x'] } };
    const taken = incidentBody(message('a1.inc.gw', body));
    expect(taken).toMatchObject({ type: 'incident', json: JSON.stringify(body), event: 'opened' });
    if (taken.type !== 'incident') throw new Error();
    expect(taken.incident).toMatchObject({
      initiator: '10.0.0.9',
      initiatorPort: 51_532,
      servicePort: 22,
      packets: 240,
      connections: 0,
    });
    expect(incidentIn(taken.json)).toEqual(taken.incident);
    const arp = eventBody(8, {
      incident: {
        initiator: '02:42:0a:00:00:66',
        initiatorPort: -1,
        servicePort: -1,
        protocol: 'ARP',
        protocolNumber: -1,
      },
    });
    expect(incidentBody(message('a1.inc.gw', arp))).toMatchObject({
      incident: { initiator: '02:42:0a:00:00:66', initiatorPort: -1 },
    });
    expect(heartbeatBody(message('a1.hb.gw', heartbeat()))).toMatchObject({ heartbeat: heartbeat() });
  });

  it('is never believed to be about another sensor, and never thrown at, whatever is in it', () => {
    const good: unknown[] = [eventBody(1), gapBody(1, 3), heartbeat()];
    const paths = (value: unknown, at: string[] = []): string[][] =>
      typeof value === 'object' && value !== null
        ? [at, ...Object.entries(value).flatMap(([key, item]) => paths(item, [...at, key]))]
        : [at];
    const changed = (value: unknown, path: string[], to: unknown): unknown => {
      const [key, ...rest] = path;
      if (key === undefined) return to;
      const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
      copy[key] = changed(copy[key], rest, to);
      return copy;
    };
    const odd = fc.oneof(
      fc.anything(),
      fc.string(),
      fc.double(),
      fc.constantFrom<unknown>(null, undefined, -1, 1e308, 2 ** 53, '', '../x', '\u202e\u0000', [], {}, true, {
        __proto__: null,
      }),
    );
    const mutated = fc
      .constantFrom(...good)
      .chain((body) => fc.tuple(fc.constantFrom(...paths(body)), odd).map(([path, to]) => changed(body, path, to)));
    const bodies = fc.oneof(
      { arbitrary: mutated, weight: 5 },
      fc.jsonValue(),
      fc.uint8Array({ maxLength: 200 }),
      fc.string(),
    );
    const seen = { refused: 0, taken: 0 };
    fc.assert(
      fc.property(
        bodies,
        fc.constantFrom('a1.inc.gw', 'a1.inc.gw', 'a1.hb.gw', 'a1.hb.gw', 'a1.inc.', 'x'),
        (body, subject) => {
          let bytes: Uint8Array;
          try {
            bytes = bytesOf(JSON.stringify(body) === undefined ? '' : body);
          } catch {
            // what has no JSON cannot be sent
            return;
          }
          const sent = { subject, id: undefined, bytes, position: at(1) };
          const taken = [incidentBody(sent), heartbeatBody(sent)];
          for (const one of taken) {
            if (one.type === 'refused') {
              seen.refused++;
              expect(one.why).not.toBe('');
              continue;
            }
            seen.taken++;
            expect(one.type === 'heartbeat' ? one.heartbeat.sensor : one.id.sensor).toBe('gw');
            if (one.type === 'incident')
              for (const us of [one.incident.firstUs, one.incident.lastUs]) expect(Number.isSafeInteger(us)).toBe(true);
            if (one.type !== 'heartbeat') expect(Number.isSafeInteger(one.id.seq)).toBe(true);
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(seen.refused).toBeGreaterThan(100);
    expect(seen.taken).toBeGreaterThan(100);
  });
});
