/** What a carrier promises, of each kind of hub. */
import { describe, expect, it } from 'vitest';
import { MOST_BYTES } from '../../src/fleet/carriers/folder-subject.js';
import { STREAMS } from '../../src/fleet/contract.js';
import { bytesOf, HUBS, opened, publishTo, reading, textOf, until } from '../support/carriers.js';

const INC = 'a1.inc.web-1';
const WATER = 'a1.ctl.water.web-1';

describe.each(HUBS)('$kind', ({ skip, make }) => {
  const both = async () => {
    const hub = await make();
    const sink = await opened(hub, undefined);
    await sink.prepare();
    const sensor = await opened(hub, 'web-1');
    await publishTo(sensor, INC, 'first', '0');
    return { hub, sink, sensor };
  };

  it.skipIf(skip)('says that nothing is prepared, until the hub has prepared it', async () => {
    const hub = await make();
    const sink = await opened(hub, undefined);
    const sensor = await opened(hub, 'web-1');
    await until(async () => {
      const error = await sensor.publish(INC, 'a', bytesOf('a')).catch((cause) => cause);
      return error.trouble === 'unprepared';
    }, 'unprepared');
    await sink.prepare();
    await sink.prepare();
    await sensor.publish(INC, 'a', bytesOf('a'));
    expect(sensor.connected).toBe(true);
  });

  it.skipIf(skip)('stores an id once, and what has none as often as it comes', async () => {
    const { sink, sensor } = await both();
    for (const text of ['1', 'again']) await sensor.publish(INC, 'one', bytesOf(text));
    await Promise.all(['2', '2'].map((text) => sensor.publish(INC, 'two', bytesOf(text))));
    await sensor.publish(INC, 'three', bytesOf('3'));
    const read = reading(sink, 'a1.inc.*');
    await until(() => read.some(({ id }) => id === 'three'), 'all read');
    expect(read.map(textOf)).toEqual(['0', '1', '2', '3']);
    expect(read.map(({ id }) => id)).toEqual(['first', 'one', 'two', 'three']);
    expect(read.map(({ subject }) => subject)).toEqual([INC, INC, INC, INC]);
  });

  it.skipIf(skip)('knows the newest message of a subject of the control stream', async () => {
    const { sink, sensor } = await both();
    expect(await sensor.last(WATER)).toBeUndefined();
    for (let seq = 1; seq <= 20; seq++) await sink.publish(WATER, `w${seq}`, bytesOf(`{"seq":${seq}}`));
    await sink.publish('a1.ctl.water.web-2', 'other-w1', bytesOf('{"seq":99}'));
    const last = await sensor.last(WATER);
    expect(last && textOf(last)).toBe('{"seq":20}');
    expect(last?.id).toBe('w20');
    expect(Math.abs(Date.now() - (last?.position.storedMs ?? 0))).toBeLessThan(60_000);
    const read = reading(sink, 'a1.ctl.>');
    await until(() => read.length >= STREAMS.control.maxPerSubject + 1, 'what is kept');
    expect(read.filter(({ subject }) => subject === WATER)).toHaveLength(STREAMS.control.maxPerSubject);
  });

  it.skipIf(skip)('goes on after a position that was written down, and waits for what comes', async () => {
    const { hub, sink, sensor } = await both();
    const other = await opened(hub, 'web-2');
    for (const k of [1, 2, 3]) {
      await publishTo(sensor, INC, `a${k}`, `a${k}`);
      await publishTo(other, 'a1.inc.web-2', `b${k}`, `b${k}`);
    }
    const all = reading(sink, 'a1.inc.*');
    await until(() => all.length === 7, 'all');
    const sequences = all.map(({ position }) => position.sequence);
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
    for (const [k, message] of all.entries()) {
      const rest = reading(sink, 'a1.inc.*', JSON.parse(JSON.stringify(message.position)));
      await until(() => rest.length >= all.length - 1 - k, `after ${k}`);
      expect(rest.map(textOf)).toEqual(all.slice(k + 1).map(textOf));
    }
    const rest = reading(sink, 'a1.inc.*', all.at(-1)?.position);
    await publishTo(sensor, INC, 'late', 'late');
    await until(() => rest.length > 0, 'what comes');
    expect(rest.map(textOf)).toEqual(['late']);
    const own = reading(sink, 'a1.inc.web-2');
    await until(() => own.length === 3, 'of one sensor');
    expect(own.map(textOf)).toEqual(['b1', 'b2', 'b3']);
  });

  it.skipIf(skip)('keeps the last sign of life of each sensor', async () => {
    const { hub, sink, sensor } = await both();
    const other = await opened(hub, 'web-2');
    await publishTo(other, 'a1.inc.web-2', 'b', 'b');
    for (let k = 0; k < 5; k++) await sensor.publish('a1.hb.web-1', undefined, bytesOf(`a${k}`));
    await other.publish('a1.hb.web-2', undefined, bytesOf('b'));
    // nobody has said that they arrived
    await publishTo(sensor, INC, 'after', 'after');
    await publishTo(other, 'a1.inc.web-2', 'after-b', 'after');
    const read = reading(sink, 'a1.hb.*');
    await until(() => read.length >= 2, 'heartbeats');
    expect(read.map(textOf).sort()).toEqual(['a4', 'b']);
  });

  it.skipIf(skip)('nudges whoever listens', async () => {
    const { hub, sink, sensor } = await both();
    const other = await opened(hub, 'web-2');
    await publishTo(other, 'a1.inc.web-2', 'b', 'b');
    const end = new AbortController();
    const heard = [0, 0];
    const over = [sensor, other].map(async (carrier, k) => {
      for await (const _ of carrier.nudges(end.signal)) heard[k] = (heard[k] as number) + 1;
    });
    await publishTo(sensor, INC, 'then', 'subscribed');
    await publishTo(other, 'a1.inc.web-2', 'then', 'subscribed');
    await sink.nudge();
    await until(() => heard.every((times) => times === 1), 'nudged');
    end.abort();
    await Promise.all(over);
  });

  it.skipIf(skip)(
    'refuses a body that is too large before it is sent, and takes one of the most bytes of a bundle',
    async () => {
      const { sink, sensor } = await both();
      await expect(sensor.publish(INC, 'large', new Uint8Array(MOST_BYTES + 1))).rejects.toMatchObject({
        trouble: 'too large',
      });
      const bundle = new Uint8Array(900 << 10).fill(7);
      await sink.publish('a1.ctl.bundle.default', 'b1', bundle);
      const last = await sensor.last('a1.ctl.bundle.default');
      expect(Buffer.compare(last?.bytes as Uint8Array, bundle)).toBe(0);
    },
  );

  it.skipIf(skip)('does not take more calls than it can have under way, and loses none that it took', async () => {
    const { sink, sensor } = await both();
    const calls = Array.from({ length: 1000 }, (_, k) => sensor.publish(INC, `many-${k}`, bytesOf(`${k}`)));
    const results = await Promise.allSettled(calls);
    const stored = results.filter(({ status }) => status === 'fulfilled').length;
    expect(stored).toBeGreaterThanOrEqual(32);
    expect(stored).toBeLessThan(1000);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ trouble: 'unreachable' });
    const read = reading(sink, 'a1.inc.*');
    await until(() => read.length >= stored + 1, 'all that were taken');
    expect(read.map(textOf).slice(1)).toEqual(
      [...results.keys()].filter((k) => results[k]?.status === 'fulfilled').map(String),
    );
  });

  it.skipIf(skip)('ends: a reader, a listener, and calls after the end', async () => {
    const { sink, sensor } = await both();
    const end = new AbortController();
    const read = (async () => {
      for await (const _ of sink.replay('a1.inc.*', undefined, end.signal));
    })();
    const listened = (async () => {
      for await (const _ of sensor.nudges(new AbortController().signal));
    })();
    const readOn = (async () => {
      for await (const _ of sink.replay('a1.hb.*', undefined, new AbortController().signal));
    })();
    await sensor.close();
    await sensor.close();
    await listened;
    await expect(sensor.publish(INC, 'x', bytesOf('x'))).rejects.toMatchObject({ trouble: 'unreachable' });
    end.abort();
    await read;
    await sink.close();
    await readOn;
  });
});
