/** Both sides of a hub, for tests: what is opened ends with the test. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { CarrierOptions, HubCarrier, Message, Position } from '../../src/fleet/carriers/carrier.js';
import { openCarrier } from '../../src/fleet/carriers/open.js';
import { NatsServer, noNatsServer } from './nats-server.js';
import { folder } from './program.js';

/** Each kind of hub, and why its tests are left out. */
export const HUBS: readonly { kind: string; skip: string | undefined; make: () => Promise<string> }[] = [
  { kind: 'a NATS server', skip: noNatsServer, make: async () => (await NatsServer.start()).url },
  { kind: 'a folder', skip: undefined, make: async () => join(folder(), 'fleet') },
];

export async function opened(
  hub: string,
  sensor: string | undefined,
  more: Partial<CarrierOptions> = {},
): Promise<HubCarrier & { readonly notes: string[] }> {
  const notes: string[] = [];
  const note = (line: string): void => void notes.push(line);
  const carrier = await openCarrier({ hub, sensor, key: undefined, ca: undefined, note, ...more });
  onTestFinished(() => carrier.close());
  return Object.assign(carrier, { notes });
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = ({ bytes }: Pick<Message, 'bytes'>): string => new TextDecoder().decode(bytes);

/** Until it is so, or fails after `ms`. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string, ms = 30_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not so after ${ms} ms: ${what}`);
    await sleep(20);
  }
}

/** A reader that goes on until the test is over. */
export function reading(carrier: HubCarrier, filter: string, from?: Position): Message[] {
  const messages: Message[] = [];
  const end = new AbortController();
  const over = (async () => {
    for await (const message of carrier.replay(filter, from, end.signal)) messages.push(message);
  })();
  onTestFinished(async () => {
    end.abort();
    await over;
  });
  return messages;
}

/** As a sensor does: again until it is stored. */
export async function publishTo(carrier: HubCarrier, subject: string, id: string, text: string): Promise<void> {
  for (let k = 0; ; k++) {
    try {
      return await carrier.publish(subject, id, bytesOf(text));
    } catch (error) {
      if (k === 300) throw error;
      await sleep(100);
    }
  }
}

/** A hub that is none: what it says to whoever connects. */
export async function nonsense(speak: (socket: Socket) => void): Promise<{ url: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    speak(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
