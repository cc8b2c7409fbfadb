/** Servers that hang, say nothing, or say far too much: a sensor keeps its memory, its files, and ends when it is told to. */
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bytesOf, nonsense, opened, until } from '../support/carriers.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';

const INFO = 'INFO {"server_id":"x","version":"2.9.10","headers":true,"max_payload":1048576,"proto":1}\r\n';
/** What ends an end: a second of the carrier's own, and a machine that is busy. */
const SOON_MS = 4_000;

async function timed(work: Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work;
  return performance.now() - since;
}

describe('a server that takes connections and says nothing', () => {
  it('does not keep them: each is closed when it is given up', async () => {
    let open = 0;
    let all = 0;
    const server = createServer((socket) => {
      all++;
      open++;
      socket.on('error', () => undefined).on('close', () => open--);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const sensor = await opened(`nats://127.0.0.1:${(server.address() as AddressInfo).port}`, 'web-1');
    await until(() => all >= 2, 'a second attempt');
    // the first one's is gone
    expect(open).toBe(1);
    await sensor.close();
    await until(() => open === 0, 'none is left', SOON_MS);
  });

  it('does not let a carrier wait that ends, nor what was asked of it', async () => {
    const { url } = await nonsense(() => undefined);
    const sensor = await opened(url, 'web-1');
    const asked = sensor.last('a1.ctl.water.web-1').catch(({ trouble }) => trouble);
    await sleep(200);
    expect(await timed(sensor.close())).toBeLessThan(SOON_MS);
    expect(await asked).toBe('unreachable');
  });

  it('does not let the hub’s side wait that is told to end', async () => {
    const { url } = await nonsense(() => undefined);
    const end = new AbortController();
    const opening = opened(url, undefined, { signal: end.signal }).catch(({ code }) => code);
    await sleep(200);
    end.abort();
    expect(await timed(opening)).toBeLessThan(SOON_MS);
    expect(await opening).toBe('HUB');
  });
});

describe('a server that sends without end', () => {
  it.each([
    ['before it introduces itself', '', 'x'.repeat(1 << 16)],
    ['nudges', INFO, `PONG\r\n${'MSG a1.nudge 1 0\r\n\r\n'.repeat(3_000)}`],
  ])('%s: the connection is given up, and that is said', async (_, first, more) => {
    let sent = 0;
    const { url } = await nonsense((socket) => {
      socket.write(first);
      const send = (): void => {
        if (socket.destroyed) return;
        sent += more.length;
        if (socket.write(more)) setImmediate(send);
        else socket.once('drain', send);
      };
      setTimeout(send, 100);
    });
    const sensor = await opened(url, 'web-1');
    const end = new AbortController();
    void (async () => {
      for await (const _nudge of sensor.nudges(end.signal));
    })();
    onTestFinished(() => end.abort());
    await until(() => sensor.notes.some((line) => line.includes('sends far more')), 'it is given up');
    // some of it waits in sockets
    expect(sent).toBeLessThan(400 << 20);
  });
});

describe.skipIf(noNatsServer)('a server that hangs', () => {
  it('lets neither a sensor nor the hub’s side wait that ends', async () => {
    const server = await NatsServer.start();
    const sink = await opened(server.url, undefined);
    await sink.prepare();
    const sensor = await opened(server.url, 'web-1');
    await until(() => sensor.connected, 'connected');
    const end = new AbortController();
    const reading = (async () => {
      for await (const _ of sink.replay('a1.inc.*', undefined, end.signal));
    })();
    await sleep(500);
    server.stop();
    // long enough for the reader to look after its consumer, which hangs then
    await sleep(6_000);
    const asked = sensor.publish('a1.inc.web-1', 'x', bytesOf('x')).catch(({ trouble }) => trouble);
    end.abort();
    expect(await timed(Promise.all([reading, sensor.close()]))).toBeLessThan(SOON_MS);
    expect(await timed(sink.close())).toBeLessThan(SOON_MS);
    expect(await asked).toBe('unreachable');
  });
});
