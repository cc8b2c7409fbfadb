import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/output/notify/address.js';
import { type Post, type PostOptions, PostQueue } from '../../../src/output/notify/post-queue.js';
import { type Received, receiver } from './receiver.js';

const quick: PostOptions = { pauseMs: 0, backoffMs: 2, maxBackoffMs: 10, timeoutMs: 20_000 };
const post = (id: number, body = JSON.stringify({ id })): Post => ({
  id,
  message: () => ({ headers: { 'content-type': 'application/json' }, body }),
});
const queueTo = (host: string, options: PostOptions = quick, more = ''): PostQueue =>
  new PostQueue('webhook', parseAddress(`http://${host}/hook${more}`, 'test'), options);
const idsOf = (received: readonly Received[]): number[] => received.map(({ body }) => JSON.parse(body).id);

describe('the queue of posts', () => {
  it('posts each as it is, in order, and has nothing to say when all arrived', async () => {
    const got: Received[] = [];
    const queue = queueTo(await receiver(got));
    for (let id = 1; id <= 5; id++) queue.post(post(id));
    expect(await queue.close()).toBe('');
    expect(idsOf(got)).toEqual([1, 2, 3, 4, 5]);
    expect(got[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'anomaly' });
    expect(queue.stats).toEqual({ delivered: 5, refused: 0, dropped: 0, waiting: 0 });
  });

  it('tries again where the receiver fails for a while, and says so once', async () => {
    const got: number[] = [];
    const trouble: string[] = [];
    let requests = 0;
    const host = await receiver([], (response, { body }) => {
      requests++;
      if (requests <= 3) response.writeHead(requests === 2 ? 429 : 503);
      else got.push(JSON.parse(body).id);
      response.end();
    });
    const queue = queueTo(host, { ...quick, onTrouble: (text) => trouble.push(text) });
    queue.post(post(1));
    queue.post(post(2));
    expect(await queue.close()).toBe('');
    expect(got).toEqual([1, 2]);
    expect(trouble).toEqual([
      `warning: notify webhook ${host}: answered 503 Service Unavailable; incidents wait and are tried again`,
      `notify webhook ${host}: works again`,
    ]);
  });

  it('does not repeat what was refused for good, and gives up on what the receiver always fails at', async () => {
    let requests = 0;
    const trouble: string[] = [];
    const host = await receiver([], (response, { body }) => {
      requests++;
      const { id } = JSON.parse(body);
      response.writeHead(id <= 2 ? 400 : 500).end(id <= 2 ? 'invalid_payload' : '');
    });
    const queue = queueTo(host, { ...quick, attempts: 3, onTrouble: (text) => trouble.push(text) });
    for (const id of [1, 2, 3]) queue.post(post(id));
    expect(await queue.close()).toBe(
      `warning: notify webhook ${host}: 0 delivered, 3 refused; last problem: answered 500 Internal Server Error`,
    );
    expect(requests).toBe(1 + 1 + 3);
    // the second refusal says nothing new
    expect(trouble).toEqual([
      `warning: notify webhook ${host}: incident 1 was refused: answered 400 Bad Request: invalid_payload`,
      `warning: notify webhook ${host}: answered 500 Internal Server Error; incidents wait and are tried again`,
      `warning: notify webhook ${host}: incident 3 was refused: answered 500 Internal Server Error`,
    ]);
  });

  it('gives up on nothing while the receiver is away, however often it was tried', async () => {
    let requests = 0;
    const host = await receiver([], (response) => {
      requests++;
      response.writeHead(requests <= 30 ? 502 : 200).end();
    });
    const queue = queueTo(host, { ...quick, attempts: 2 });
    queue.post(post(1));
    expect(await queue.close(20_000)).toBe('');
    expect(queue.stats.delivered).toBe(1);
  });

  it('waits as long as the receiver asks, and not beyond the end of the run', async () => {
    const got: Received[] = [];
    const host = await receiver(got, (response) => response.writeHead(429, { 'retry-after': '3600' }).end('slow down'));
    const queue = queueTo(host);
    queue.post(post(1));
    expect(await queue.close(300)).toBe(
      `warning: notify webhook ${host}: 0 delivered, 1 dropped (incident 1); last problem: answered 429 Too Many Requests: slow down (wait 3600 s)`,
    );
    expect(got).toHaveLength(1);
  });

  it('loses nothing within its bound when the receiver is dead for a while', async () => {
    const got: number[] = [];
    let alive = false;
    const host = await receiver([], (response, { body }, request) => {
      if (!alive) {
        request.socket.destroy();
        return;
      }
      got.push(JSON.parse(body).id);
      response.end();
    });
    const queue = queueTo(host);
    for (let id = 1; id <= 50; id++) queue.post(post(id));
    setTimeout(() => (alive = true), 60);
    expect(await queue.close(10_000)).toBe('');
    expect(got).toEqual(Array.from({ length: 50 }, (_, k) => k + 1));
  });

  it('drops beyond its bound and at the end, and names what it dropped', async () => {
    // a port nobody listens on
    const address = parseAddress('http://user:secret@127.0.0.1:1/token', 'test');
    const queue = new PostQueue('slack', address, { ...quick, capacity: 10 });
    for (let id = 1; id <= 40; id++) queue.post(post(id));
    expect(queue.stats.dropped).toBe(29);
    const said = await queue.close(50);
    expect(said).toMatch(
      /^warning: notify slack 127\.0\.0\.1:1: 0 delivered, 40 dropped \(incident 12, 13, .* and more\)/,
    );
    expect(said).toMatch(/last problem: ECONNREFUSED$/);
    expect(said).not.toMatch(/secret|token/);
    expect(queue.stats).toEqual({ delivered: 0, refused: 0, dropped: 40, waiting: 0 });
  });

  it('ends in time when the receiver accepts and never answers', async () => {
    const host = await receiver([], () => undefined);
    const queue = queueTo(host, { ...quick, timeoutMs: 60_000 });
    queue.post(post(1));
    queue.post(post(2));
    expect(await queue.close(50)).toMatch(/0 delivered, 2 dropped/);
  });

  it('sends the newest of an incident that still waits, made when it is sent', async () => {
    const got: Received[] = [];
    const queue = queueTo(await receiver(got));
    queue.post(post(1, 'first'));
    queue.post(post(2, 'opened'));
    const before = Date.now();
    queue.post({ id: 2, message: (nowMs) => ({ headers: {}, body: String(nowMs >= before) }) });
    await queue.close();
    expect(got.map(({ body }) => body)).toEqual(['first', 'true']);
  });

  it('passes user and password on as a header, and headers of the file over its own', async () => {
    const got: Received[] = [];
    const host = await receiver(got);
    const headers = '\nX-Tenant: 7\nUser-Agent: mine';
    const queue = new PostQueue('webhook', parseAddress(`http://me:p%40ss@${host}/${headers}`, 'test'), quick);
    queue.post(post(1));
    await queue.close();
    const authorization = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    expect(got[0]?.headers).toMatchObject({ authorization, 'x-tenant': '7', 'user-agent': 'mine' });
  });
});
