import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Webhook, type WebhookOptions } from '../../src/output/webhook.js';

const open: { server: Server; sockets: Set<Socket> }[] = [];

async function receiver(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => answer(request, response, body));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  open.push({ server, sockets });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

afterEach(() => {
  for (const { server, sockets } of open.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

const quick: WebhookOptions = { pauseMs: 0, backoffMs: 2, maxBackoffMs: 10, timeoutMs: 20_000 };
const say = (id: number): string => JSON.stringify({ id });

describe('the webhook', () => {
  it('posts each incident as JSON, in order, and has nothing to say when all arrived', async () => {
    const got: unknown[] = [];
    const url = await receiver((request, response, body) => {
      got.push([request.method, request.headers['content-type'], JSON.parse(body).id]);
      response.end();
    });
    const hook = new Webhook(url, quick);
    for (let id = 1; id <= 5; id++) hook.post(id, say(id));
    expect(await hook.close()).toBe('');
    expect(got).toEqual([1, 2, 3, 4, 5].map((id) => ['POST', 'application/json', id]));
    expect(hook.stats).toEqual({ delivered: 5, refused: 0, dropped: 0, waiting: 0 });
  });

  it('tries again where the receiver fails for a while, and says so once', async () => {
    const got: number[] = [];
    const trouble: string[] = [];
    let requests = 0;
    const url = await receiver((_, response, body) => {
      requests++;
      if (requests <= 3) response.writeHead(requests === 2 ? 429 : 503);
      else got.push(JSON.parse(body).id);
      response.end();
    });
    const hook = new Webhook(url, { ...quick, onTrouble: (text) => trouble.push(text) });
    hook.post(1, say(1));
    hook.post(2, say(2));
    expect(await hook.close()).toBe('');
    expect(got).toEqual([1, 2]);
    expect(trouble).toHaveLength(2);
    expect(trouble[0]).toContain('answered 503');
    expect(trouble[1]).toContain('works again');
  });

  it('does not repeat what was refused for good, follows no redirect, and gives up on what always fails', async () => {
    let requests = 0;
    const url = await receiver((_, response, body) => {
      requests++;
      const { id } = JSON.parse(body);
      response.writeHead(id === 1 ? 400 : id === 2 ? 302 : 500, { location: 'http://127.0.0.1:1/' });
      response.end();
    });
    const hook = new Webhook(url, { ...quick, attempts: 3 });
    for (const id of [1, 2, 3]) hook.post(id, say(id));
    expect(await hook.close()).toMatch(/0 delivered, 3 refused; last problem: answered 500/);
    expect(requests).toBe(1 + 1 + 3);
  });

  it('loses nothing within its bound when the receiver is dead for a while', async () => {
    const got: number[] = [];
    let alive = false;
    const url = await receiver((request, response, body) => {
      if (!alive) {
        request.socket.destroy();
        return;
      }
      got.push(JSON.parse(body).id);
      response.end();
    });
    const hook = new Webhook(url, quick);
    for (let id = 1; id <= 50; id++) hook.post(id, say(id));
    setTimeout(() => (alive = true), 60);
    expect(await hook.close(10_000)).toBe('');
    expect(got).toEqual(Array.from({ length: 50 }, (_, k) => k + 1));
  });

  it('drops beyond its bound and at the end, and names what it dropped', async () => {
    // a port nobody listens on
    const hook = new Webhook('http://user:secret@127.0.0.1:1/token', { ...quick, capacity: 10 });
    for (let id = 1; id <= 40; id++) hook.post(id, say(id));
    expect(hook.stats.dropped).toBe(29);
    const said = await hook.close(50);
    expect(said).toMatch(/^webhook 127\.0\.0\.1:1: 0 delivered, 40 dropped \(incident 12, 13, .* and 20 more\)/);
    expect(said).not.toMatch(/secret|token/);
    expect(hook.stats).toEqual({ delivered: 0, refused: 0, dropped: 40, waiting: 0 });
  });

  it('ends in time when the receiver accepts and never answers', async () => {
    const url = await receiver(() => undefined);
    const hook = new Webhook(url, { ...quick, timeoutMs: 60_000 });
    hook.post(1, say(1));
    hook.post(2, say(2));
    expect(await hook.close(50)).toMatch(/0 delivered, 2 dropped/);
  });

  it('sends the newest state of an incident that still waits', async () => {
    const got: string[] = [];
    const url = await receiver((_, response, body) => {
      got.push(body);
      response.end();
    });
    const hook = new Webhook(url, quick);
    hook.post(1, 'first');
    hook.post(2, 'opened');
    hook.post(2, 'closed');
    await hook.close();
    expect(got).toEqual(['first', 'closed']);
  });

  it('passes user and password on as a header', async () => {
    let header: string | undefined;
    const url = await receiver((request, response) => {
      header = request.headers.authorization;
      response.end();
    });
    const hook = new Webhook(url.replace('//', '//me:p%40ss@'), quick);
    hook.post(1, '{}');
    await hook.close();
    expect(header).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });

  it('takes http and https only', () => {
    for (const address of ['ftp://x/', 'file:///etc/passwd', 'x', '']) {
      expect(() => new Webhook(address), address).toThrow(/http or https/);
    }
  });
});
