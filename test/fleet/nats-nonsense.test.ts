/** A hub that is none, or an enemy's: a sensor goes on as if there were none. */

import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bytesOf, nonsense, opened, until } from '../support/carriers.js';

const INC = 'a1.inc.web-1';

/** What the client writes to standard output: it is looked at from before the first connection on. */
const printed: unknown[][] = [];
console.log = (...words: unknown[]) => void printed.push(words);

describe('a hub that is none', () => {
  it.each([
    ['says nothing', (): void => undefined],
    ['closes', (socket: Socket): void => void socket.end()],
    ['is a web server', (socket: Socket): void => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['sends a broken introduction', (socket: Socket): void => void socket.write('INFO {"a":\u001b[31m\r\n')],
    [
      'goes on with nonsense',
      (socket: Socket): void => {
        socket.write('INFO {"server_id":"x","version":"2.9.10","headers":true,"max_payload":1048576,"proto":1}\r\n');
        socket.on('data', () => socket.write('PONG\r\n\u001b]0;owned\u0007 MSG \r\n'));
      },
    ],
  ])('%s: a sensor has its carrier at once, and nothing is printed', async (_, speak) => {
    const { url } = await nonsense(speak);
    const sensor = await opened(url, 'web-1');
    await sleep(1_000);
    const error = await Promise.race([
      sensor.publish(INC, 'x', bytesOf('x')).catch((cause) => cause),
      sleep(12_000, new Error('no answer')),
    ]);
    expect(error.trouble).toBe('unreachable');
    for (const line of sensor.notes) expect(line).toMatch(/^[\x20-\x7e]*$/);
    expect(printed).toEqual([]);
  });

  it('that says nothing has no socket of ours once an attempt, or the carrier, has ended', async () => {
    const open = new Set<Socket>();
    let attempts = 0;
    const { url } = await nonsense((socket) => {
      attempts++;
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      // else the end of the other side is not heard
      socket.resume();
    });
    const sensor = await opened(url, 'web-1');
    await until(() => attempts === 2, 'the second attempt', 12_000);
    expect(open.size).toBe(1);
    await sensor.close();
    await until(() => open.size === 0, 'no socket', 2_000);
  });

  it.runIf(process.env.SLOW)('is unreachable for its own side after half a minute', async () => {
    const { url } = await nonsense(() => undefined);
    await expect(opened(url, undefined)).rejects.toMatchObject({ code: 'HUB', exitCode: 69 });
  });
});
