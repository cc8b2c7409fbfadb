/** What happens to a hub's server, and what its carrier makes of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CarrierError, Message } from '../../src/fleet/carriers/carrier.js';
import { bytesOf, nonsense, opened, publishTo, reading, textOf, until } from '../support/carriers.js';
import { NatsServer, noNatsServer, plain } from '../support/nats-server.js';

const INC = 'a1.inc.web-1';

const both = async (server: NatsServer) => {
  const sink = await opened(server.url, undefined);
  await sink.prepare();
  const sensor = await opened(server.url, 'web-1');
  await until(() => sensor.connected, 'connected');
  return { sink, sensor };
};

const store = async (carrier: Awaited<ReturnType<typeof opened>>, from: number, to: number): Promise<void> => {
  for (let k = from; k <= to; k++) await publishTo(carrier, INC, `id-${k}`, `${k}`);
};

const distinct = (messages: readonly Message[]): number[] => [...new Set(messages.map(textOf).map(Number))];
const upTo = (n: number): number[] => Array.from({ length: n }, (_, k) => k + 1);

describe.skipIf(noNatsServer)('a server', () => {
  it('is killed and started again, while it is written and read: every message comes', async () => {
    const server = await NatsServer.start();
    const { sink, sensor } = await both(server);
    const read = reading(sink, 'a1.inc.*');
    let isOver = false;
    const written = store(sensor, 1, 300).finally(() => {
      isOver = true;
    });
    for (let k = 0; k < 4 && !isOver; k++) {
      await until(() => isOver || distinct(read).length > 40 * (k + 1), 'some are read');
      await server.restart();
    }
    await written;
    await until(() => distinct(read).length === 300, 'all');
    expect(distinct(read).sort((a, b) => a - b)).toEqual(upTo(300));
    expect(sensor.notes.filter((line) => line.endsWith(': connected')).length).toBeGreaterThan(1);
  });

  it('is another after a restart: what is younger than ten minutes comes again', async () => {
    const server = await NatsServer.start();
    const { sink, sensor } = await both(server);
    await store(sensor, 1, 5);
    const read = reading(sink, 'a1.inc.*');
    await until(() => read.length === 5, 'all');
    const last = read.at(-1)?.position;
    const same = reading(sink, 'a1.inc.*', last);
    await store(sensor, 6, 6);
    await until(() => same.length === 1, 'what is new');
    await server.restart();
    const again = reading(sink, 'a1.inc.*', last);
    await until(() => again.length >= 6, 'all again');
    expect(again.map(textOf)).toEqual(['1', '2', '3', '4', '5', '6']);
    // older than ten minutes, by the position: only what is after it
    const late = reading(sink, 'a1.inc.*', last && { ...last, storedMs: last.storedMs + 3_600_000 });
    await until(() => late.length >= 1, 'what comes after');
    expect(late.map(textOf)).toEqual(['6']);
  });

  it('is wiped while it is read: its streams are made anew, and all that comes is read', async () => {
    const server = await NatsServer.start();
    const { sink, sensor } = await both(server);
    await store(sensor, 1, 20);
    const read = reading(sink, 'a1.inc.*');
    await until(() => read.length === 20, 'all');
    await server.kill();
    server.wipe();
    await server.start();
    // by nobody but the reader
    await publishTo(sensor, INC, 'new-1', '21');
    await until(() => read.some((message) => textOf(message) === '21'), 'the first of the new stream');
    expect(read.at(-1)?.position.sequence).toBe(1);
    // a reader that comes later, with a position of the stream of before, by a clock that was an hour ahead
    const before = read[19]?.position;
    const later = reading(sink, 'a1.inc.*', before && { ...before, storedMs: before.storedMs + 3_600_000 });
    await until(() => later.length === 1, 'the first of the new stream');
    expect(await sensor.last('a1.ctl.water.web-1')).toBeUndefined();
  });

  it('is set back to an older copy: what is written after that is read, below the position too', async () => {
    const server = await NatsServer.start();
    const { sink, sensor } = await both(server);
    await store(sensor, 1, 10);
    await server.kill();
    const copy = server.copy();
    await server.start();
    await store(sensor, 11, 30);
    const read = reading(sink, 'a1.inc.*');
    await until(() => distinct(read).length === 30, 'all');
    await server.kill();
    server.setBack(copy);
    await server.start();
    // the watermark stood still: shipped again, under other ids
    for (let k = 11; k <= 32; k++) await publishTo(sensor, INC, `again-${k}`, `${k}`);
    await until(() => distinct(read).length === 32, 'what is new');
    const later = reading(sink, 'a1.inc.*', read[29]?.position);
    await until(() => distinct(later).length >= 32, 'from before the position');
    expect(distinct(later)).toEqual(upTo(32));
  });

  it('loses its clock: what was stored after the position, an hour before it, is read', async () => {
    const server = await NatsServer.start();
    const { sink, sensor } = await both(server);
    await store(sensor, 1, 3);
    const read = reading(sink, 'a1.inc.*');
    await until(() => read.length === 3, 'all');
    const first = read[0]?.position;
    // as if the clock had been ahead by an hour when the first came
    const rest = reading(
      sink,
      'a1.inc.*',
      first && { ...first, server: 'another', storedMs: first.storedMs + 3_600_000 },
    );
    await until(() => rest.length >= 2, 'the rest');
    expect(rest.map(textOf)).toEqual(['2', '3']);
  });

  it('has its stream deleted while it is read', async () => {
    const server = await NatsServer.start();
    const { sink, sensor } = await both(server);
    await store(sensor, 1, 3);
    const read = reading(sink, 'a1.inc.*');
    await until(() => read.length === 3, 'all');
    await server.call('STREAM.DELETE.A1_INC', {});
    await publishTo(sensor, INC, 'new', '4');
    await until(() => read.length === 4, 'of the new one');
    expect(read.map(textOf)).toEqual(['1', '2', '3', '4']);
  });

  it('does not answer for some seconds: calls fail or are late, and nothing is lost', async () => {
    const server = await NatsServer.start();
    const { sink, sensor } = await both(server);
    const read = reading(sink, 'a1.inc.*');
    await store(sensor, 1, 10);
    server.stop();
    const during = store(sensor, 11, 20);
    await sleep(5_000);
    server.goOn();
    await during;
    await until(() => distinct(read).length === 20, 'all');
    expect(distinct(read)).toEqual(upTo(20));
  });

  it('is not there: calls fail at once, and it is tried with pauses', async () => {
    const server = await NatsServer.start();
    const { sensor } = await both(server);
    await server.kill();
    await until(() => !sensor.connected, 'lost');
    for (let k = 0; k < 1000; k++)
      await expect(sensor.publish(INC, `${k}`, bytesOf('x'))).rejects.toMatchObject({ trouble: 'unreachable' });
    await expect(sensor.publish('a1.hb.web-1', undefined, bytesOf('x'))).rejects.toMatchObject({
      trouble: 'unreachable',
    });
    await expect(sensor.last('a1.ctl.water.web-1')).rejects.toMatchObject({ trouble: 'unreachable' });
    let attempts = 0;
    const { url } = await nonsense((socket) => {
      attempts++;
      socket.destroy();
    });
    const other = await opened(url, 'web-1');
    await sleep(3_000);
    // 0.25 s, 0.5 s, 1 s, half of each left to chance: two to six in three seconds
    expect(attempts).toBeGreaterThan(1);
    expect(attempts).toBeLessThan(10);
    expect(other.notes).toHaveLength(1);
    expect(other.notes[0]).toMatch(
      /^hub nats:\/\/127\.0\.0\.1:\d+: no connection \(.*\); it is tried again until there is one$/,
    );
  });

  it('is full by its own limit, or by that of a stream: that is said', async () => {
    const server = await NatsServer.start(plain('max_file: 64MB'));
    const sink = await opened(server.url, undefined);
    // A1_INC is to have 4 GiB, and there are not
    await expect(sink.prepare()).rejects.toMatchObject({
      trouble: 'full',
      message: expect.stringMatching(/^its stream A1_INC may hold 4 GiB, and max_file of the server/),
    });
    await server.addStream('A1_INC', 'a1.inc.*', { max_bytes: 100_000, discard: 'new' });
    await server.addStream('A1_HB', 'a1.hb.*', { storage: 'memory', max_msgs_per_subject: 1 });
    await sink.prepare();
    const sensor = await opened(server.url, 'web-1');
    await until(() => sensor.connected, 'connected');
    const fill = async (subject: string, size: number): Promise<CarrierError | undefined> => {
      for (let k = 0; k < 200; k++) {
        const error = await sensor.publish(subject, `${subject}-${k}`, new Uint8Array(size)).catch((cause) => cause);
        if (error) return error;
      }
      return undefined;
    };
    expect(await fill(INC, 8_000)).toMatchObject({ trouble: 'full', message: 'maximum bytes exceeded' });
    expect(await fill('a1.ctl.bundle.default', 900_000)).toBeUndefined();
  });

  it('is at max_file: that is said, and it goes on when there is room', async () => {
    const server = await NatsServer.start(plain('max_file: 2MB'));
    for (const [name, subjects, more] of [
      ['A1_INC', 'a1.inc.*', {}],
      ['A1_HB', 'a1.hb.*', { storage: 'memory' }],
      ['A1_CTL', 'a1.ctl.>', { allow_direct: true }],
    ] as const)
      await server.addStream(name, subjects, more);
    const { sink, sensor } = await both(server);
    expect(sink.notes.some((line) => line.includes('A1_CTL can be deleted from'))).toBe(true);
    let error: CarrierError | undefined;
    for (let k = 0; error === undefined && k < 400; k++)
      error = await sensor.publish(INC, `${k}`, new Uint8Array(16_000)).catch((cause) => cause);
    expect(error).toMatchObject({ trouble: 'full' });
    await server.call('STREAM.PURGE.A1_INC', {});
    await sensor.publish(INC, 'room', bytesOf('room'));
  });

  it('has streams that will not do: that is said', async () => {
    const server = await NatsServer.start();
    await server.addStream('A1_CTL', 'a1.ctl.>');
    const sink = await opened(server.url, undefined);
    await expect(sink.prepare()).rejects.toMatchObject({ trouble: 'unprepared', message: /allow_direct/ });
  });

  it('takes smaller messages than others: that is known before they are sent', async () => {
    const server = await NatsServer.start(plain('', 'max_payload: 4096'));
    const { sensor } = await both(server);
    await expect(sensor.publish(INC, 'large', new Uint8Array(4096))).rejects.toMatchObject({ trouble: 'too large' });
    await sensor.publish(INC, 'small', new Uint8Array(3000));
  });

  it('has no JetStream: that is said', async () => {
    const server = await NatsServer.start(({ listen }) => `listen: "${listen}"\n`);
    const sink = await opened(server.url, undefined);
    await expect(sink.prepare()).rejects.toMatchObject({ trouble: 'unprepared' });
    await expect(sink.publish(INC, 'x', bytesOf('x'))).rejects.toMatchObject({ trouble: 'unprepared' });
  });

  it('refuses the password, and takes it later', async () => {
    const server = await NatsServer.start(plain('', 'authorization { user: sensor, password: "s3cret word" }'));
    const { host, port } = server.at;
    await expect(opened(`nats://sensor:wrong@${host}:${port}`, undefined)).rejects.toMatchObject({
      code: 'NO_PERMISSION',
      exitCode: 77,
      message: expect.not.stringContaining('wrong'),
    });
    const sensor = await opened(`nats://sensor:wrong@${host}:${port}`, 'web-1');
    await until(() => sensor.notes.length > 0, 'said');
    expect(sensor.notes.join()).toContain('it refuses our credentials');
    await expect(sensor.publish(INC, 'x', bytesOf('x'))).rejects.toMatchObject({ trouble: 'refused' });
    const right = await opened(`nats://sensor:s3cret%20word@${host}:${port}`, undefined);
    expect(right.name).toBe(`nats://${host}:${port}`);
    expect(JSON.stringify([sensor.notes, right.notes])).not.toMatch(/wrong|s3cret|sensor:/);
  });
});

describe.skipIf(noNatsServer)('a key of another name', () => {
  it('is told of once, with the name, however often it is tried', async () => {
    const rights = '{ publish: ["a1.inc.web-1", "$JS.API.DIRECT.GET.>"], subscribe: ["_INBOX.web-1.>"] }';
    const user = `authorization { users = [ { user: web, password: x, permissions: ${rights} } ] }`;
    const server = await NatsServer.start(plain('', user));
    const sensor = await opened(server.url.replace('//', '//web:x@'), 'web-2');
    await until(() => sensor.connected, 'connected');
    for (let k = 0; k < 3; k++) {
      const refused = sensor.publish('a1.inc.web-2', `${k}`, bytesOf('x'));
      await expect(refused).rejects.toMatchObject({ trouble: 'refused' });
    }
    const told = sensor.notes.filter((line) => line.includes('_INBOX'));
    expect(told).toEqual([expect.stringMatching(/"_INBOX\.web-2\.>": the key is not one of the name web-2$/)]);
  });
});
