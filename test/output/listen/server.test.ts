import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isLoopback, type ListenAddress, listenAddress } from '../../../src/base/listen-address.js';
import { REQUESTS_PER_S } from '../../../src/output/listen/gate.js';
import { Listener } from '../../../src/output/listen/server.js';
import { readToken, Token } from '../../../src/output/listen/token.js';
import type { RunReport } from '../../../src/report/run-report.js';
import { mixed } from '../../report/sample.js';
import { anomaly, folder, sample } from '../../support/program.js';
import { figures } from './figures.js';

const SECRET = 'a-secret-of-twenty-four-';
const LOOPBACK: ListenAddress = { host: '127.0.0.1', port: 0 };

async function listener(options: { token?: Token; report?: () => RunReport } = {}) {
  const { token, report = mixed } = options;
  const server = await Listener.open(LOOPBACK, token);
  onTestFinished(() => server.close());
  await server.show({ figures, report });
  return { server, port: server.address.port };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: object; body?: string } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path, method, headers: { ...headers }, agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode as number, headers: answer.headers, body: text }));
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

describe('where --listen listens', () => {
  it('is a port on loopback, or an address and a port', () => {
    const read = (text: string) => listenAddress(text, '--listen');
    expect(read('9464')).toEqual({ host: '127.0.0.1', port: 9464 });
    expect(read('localhost:9464')).toEqual({ host: '127.0.0.1', port: 9464 });
    expect(read('0.0.0.0:1')).toEqual({ host: '0.0.0.0', port: 1 });
    expect(read('[::1]:9464')).toEqual({ host: '::1', port: 9464 });
    for (const wrong of ['', 'x', '70000', '::1:9464', '[127.0.0.1]:9464', 'example.org:80', '127.0.0.1', '1.2.3:9']) {
      expect(() => read(wrong), wrong).toThrow(/^--listen: a port, ADDRESS:PORT or \[IPv6 address\]:PORT expected/);
    }
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.9.1', true],
    ['::1', true],
    ['0:0:0:0:0:0:0:1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['192.0.2.1', false],
    ['1270.0.0.1', false],
  ])('%s is loopback: %s', (host, loopback) => {
    expect(isLoopback(host)).toBe(loopback);
  });

  it('is refused in one line where others reach it and there is no token, before anything is read', () => {
    const { code, stderr } = anomaly([
      'detect',
      '-r',
      sample('mixed.pcap.gz'),
      '--listen',
      '0.0.0.0:0',
      '--model',
      'test/no-such',
    ]);
    expect(stderr).toContain('other machines could read it; give a token in a file');
    expect(code).toBe(2);
    return expect(Listener.open({ host: '0.0.0.0', port: 0 })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/^--listen 0\.0\.0\.0:0: other machines could read it; give a token in a file/),
    });
  });

  it('says that a port is in use, with the exit code of what is not available', async () => {
    const { port } = await listener();
    const second = Listener.open({ host: '127.0.0.1', port });
    await expect(second).rejects.toMatchObject({ code: 'LISTEN', exitCode: 69 });
    await expect(second).rejects.toThrow(
      `--listen 127.0.0.1:${port}: something listens there already; choose another port`,
    );
    await expect(Listener.open({ host: '192.0.2.77', port: 0 }, new Token(SECRET, 'x'))).rejects.toThrow(
      '--listen 192.0.2.77:0: this machine does not have the address',
    );
  });
});

describe('a token', () => {
  it('comes from a file that others cannot read, or from the environment, and is long', () => {
    const path = join(folder(), 'token');
    writeFileSync(path, `${SECRET}\n`, { mode: 0o600 });
    expect(readToken(path, {})?.is(SECRET)).toBe(true);
    expect(readToken(undefined, { ANOMALY_LISTEN_TOKEN: SECRET })?.is(SECRET)).toBe(true);
    expect(readToken(undefined, {})).toBeUndefined();
    chmodSync(path, 0o644);
    expect(() => readToken(path, {})).toThrow(/^--listen-token: everybody can read .*; chmod 600 /);
    expect(() => readToken(`${path}x`, {})).toThrow(/no such file/);
    for (const text of ['short', '', `${SECRET} ${SECRET}`, 'x'.repeat(513)]) {
      const read = (): unknown => readToken(undefined, { ANOMALY_LISTEN_TOKEN: text });
      expect(read).toThrow(/^ANOMALY_LISTEN_TOKEN: one line of 16 to 512 letters/);
      if (text.length > 5) expect(read).not.toThrow(text);
    }
  });

  it('is needed for every path, as a header or as the cookie of a login link, which no script can read', async () => {
    const { port } = await listener({ token: new Token(SECRET, 'x') });
    for (const path of ['/', '/metrics', '/live', '/nothing']) {
      const { status, headers, body } = await ask(port, path);
      expect(status, path).toBe(401);
      expect(headers['www-authenticate']).toBe('Bearer realm="anomaly"');
      expect(body).not.toContain('10.0.0');
    }
    for (const authorization of [`Bearer ${SECRET}x`, `Basic ${SECRET}`, 'Bearer', SECRET]) {
      expect((await ask(port, '/metrics', { headers: { authorization } })).status, authorization).toBe(401);
    }
    expect((await ask(port, '/metrics', { headers: { authorization: `Bearer ${SECRET}` } })).status).toBe(200);
    expect((await ask(port, '/login?token=wrong')).headers['set-cookie']).toBeUndefined();
    const login = await ask(port, `/login?token=${SECRET}`);
    expect(login).toMatchObject({ status: 303, headers: { location: '/' } });
    const [cookie = ''] = login.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^anomaly=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(cookie).not.toContain(SECRET);
    const pair = cookie.split(';')[0] as string;
    expect((await ask(port, '/', { headers: { cookie: `other=1; ${pair}` } })).body).toContain('10.0.0.9 tried');
    expect((await ask(port, '/', { headers: { cookie: `${pair}x` } })).status).toBe(401);
  });

  it('is not asked for on loopback where there is none, and then there is no login', async () => {
    const { port } = await listener();
    expect((await ask(port, '/')).status).toBe(200);
    expect((await ask(port, `/login?token=${SECRET}`)).status).toBe(404);
  });
});

describe('the server of --listen', () => {
  it('answers GET and HEAD of what there is, and nothing else', async () => {
    const { port } = await listener();
    expect((await ask(port, '/metrics')).headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const head = await ask(port, '/', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(Number(head.headers['content-length'])).toBeGreaterThan(10_000);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']) {
      const answer = await ask(port, '/', { method, body: 'x' });
      expect(answer, method).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD', connection: 'close' } });
    }
    for (const path of ['/x', '/metrics/', '/../etc/passwd', '/%2e%2e/', '//', '/index.html', '/login']) {
      expect((await ask(port, path)).status, path).toBe(404);
    }
  });

  it('answers only to its own names on loopback, whatever name a web site gave to the address', async () => {
    const { port } = await listener();
    for (const host of ['127.0.0.1', 'localhost', 'LOCALHOST:1', `[::1]:${port}`, '127.1.2.3:80']) {
      expect((await ask(port, '/metrics', { headers: { host } })).status, host).toBe(200);
    }
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:9464', '10.0.0.1', '[::2]']) {
      const { status, body } = await ask(port, '/', { headers: { host } });
      expect(status, host).toBe(421);
      expect(body).not.toContain('10.0.0.9');
    }
    const old = connect(port, '127.0.0.1').end('GET / HTTP/1.0\r\n\r\n').setEncoding('utf8');
    const [answer] = (await once(old, 'data')) as [string];
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
  });

  it('lets no browser keep, frame, guess at or pass on what it gives', async () => {
    const { port } = await listener();
    for (const path of ['/', '/metrics', '/live?since=0', '/nothing']) {
      const { headers } = await ask(port, path);
      expect(headers, path).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers['content-security-policy'], path).toMatch(/^default-src 'none'.*frame-ancestors 'none'$/);
    }
    const { headers } = await ask(port, '/');
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^;']+'; script-src 'sha256-[^;']+' 'sha256-[^;']+'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; /,
    );
  });

  it('draws once for many readers, and not again at once', async () => {
    let drawn = 0;
    const { port } = await listener({
      report: () => {
        drawn++;
        return mixed();
      },
    });
    await Promise.all(Array.from({ length: 12 }, () => ask(port, '/')));
    expect(drawn).toBe(1);
    const { body } = await ask(port, '/live?since=0');
    expect(JSON.parse(body)).toMatchObject({ version: 1, ended: false, order: [2, 3, 1] });
    expect(drawn).toBe(1);
    // nothing has changed: the answer comes when it was looked for again
    const later = JSON.parse((await ask(port, '/live?since=1')).body);
    expect(later).toMatchObject({ version: 1, parts: {}, items: {} });
    expect(later.order).toBeUndefined();
    expect(drawn).toBe(2);
  });

  it('sends what has changed only', async () => {
    const report = mixed();
    const { port } = await listener({ report: () => report });
    const first = JSON.parse((await ask(port, '/live?since=0')).body);
    expect(Object.keys(first.items)).toEqual(['1', '2', '3']);
    const [one] = report.incidents;
    if (one) Object.assign(one, { records: 77, lastUs: one.lastUs + 1e6 });
    const second = JSON.parse((await ask(port, `/live?since=${first.version}`)).body);
    expect(Object.keys(second.items)).toEqual(['1']);
    expect(second.items['1']).toContain('>77<');
    expect(second.order).toBeUndefined();
    expect(Object.keys(second.parts)).not.toContain('scores');
  });

  it('sends more than it can take in a second away', async () => {
    const { port } = await listener();
    const answers = await Promise.all(Array.from({ length: 31 }, () => ask(port, '/metrics')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const statuses: number[] = [];
    for (let n = 0; n < 2 * REQUESTS_PER_S + 10; n++) statuses.push((await ask(port, '/metrics')).status);
    expect(statuses).toContain(429);
  });

  it('waits for no reader: more than 32 are cut off, and so is one that never finishes its question', async () => {
    const { port } = await listener();
    const sockets = Array.from({ length: 40 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    let closed = 0;
    for (const socket of sockets) {
      socket.on('close', () => closed++).resume();
      socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ');
    }
    await expect.poll(() => closed, { timeout: 5000 }).toBeGreaterThanOrEqual(8);
    expect(closed).toBeLessThan(40);
    await expect.poll(() => closed, { timeout: 20_000 }).toBe(40);
  }, 30_000);

  it('ends at once with connections open, gives who waits the last state, and answers nobody after', async () => {
    const { server, port } = await listener();
    const version = JSON.parse((await ask(port, '/live?since=0')).body).version;
    const silent = connect(port, '127.0.0.1').on('error', () => undefined);
    silent.write('GET / HTTP/1.1\r\n');
    const waiting = ask(port, `/live?since=${version}`);
    await sleep(100);
    await server.close({ ...mixed(), incidents: [] });
    const last = JSON.parse((await waiting).body);
    expect(last).toMatchObject({ ended: true, order: [] });
    expect(last.parts.masthead).toContain('No incident');
    await expect(ask(port, '/')).rejects.toThrow();
    await expect.poll(() => silent.destroyed).toBe(true);
    await server.close();
  });

  it('says that the run begins until there is something to see', async () => {
    const server = await Listener.open(LOOPBACK);
    onTestFinished(() => server.close());
    const { port } = server.address;
    expect((await ask(port, '/')).body).toContain('no record has come yet');
    expect((await ask(port, '/metrics')).status).toBe(503);
    expect((await ask(port, '/live?since=0')).status).toBe(503);
  });
});
