/** Every way in which a receiver can answer, or not: each post ends in its time, and what it came to is said in one line. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Address, concealer, parseAddress } from '../../../src/output/notify/address.js';
import { HttpPost } from '../../../src/output/notify/http-post.js';
import { type Verdict, verdictOf, verdictOfError } from '../../../src/output/notify/verdict.js';
import { folder, has } from '../../support/program.js';
import { rawReceiver, receiver } from './receiver.js';

const NOW = Date.UTC(2026, 10, 23, 18, 0, 0);

async function postTo(address: Address, body = '{}', timeoutMs = 10_000): Promise<Verdict> {
  const http = new HttpPost(address.url);
  onTestFinished(() => http.close());
  try {
    const message = { headers: { 'content-type': 'application/json' }, body };
    return verdictOf(await http.post(message, timeoutMs, new AbortController().signal), concealer(address), NOW);
  } catch (error) {
    return verdictOfError(error);
  }
}
const at = (host: string, path = '/hook'): Address => parseAddress(`http://${host}${path}`, 'test');
const answering = async (status: number, headers: Record<string, string> = {}, body = ''): Promise<Verdict> =>
  postTo(at(await receiver([], (response) => response.writeHead(status, headers).end(body))));
const sending = async (text: string, then: (socket: Socket) => void = (socket) => socket.end()): Promise<Address> =>
  at(
    await rawReceiver((socket) => {
      socket.write(text);
      then(socket);
    }),
  );
const OK = 'HTTP/1.1 200 OK\r\n';

describe('an answer', () => {
  it.each([200, 201, 202, 204])('of %i is a delivery', async (status) => {
    expect(await answering(status)).toEqual({ kind: 'delivered', text: '', retryAfterMs: 0 });
  });

  it.each([
    [400, 'refused', 'answered 400 Bad Request'],
    [401, 'refused', 'answered 401 Unauthorized'],
    [403, 'refused', 'answered 403 Forbidden'],
    [404, 'refused', 'answered 404 Not Found'],
    [410, 'refused', 'answered 410 Gone'],
    [413, 'refused', 'answered 413 Payload Too Large'],
    [501, 'refused', 'answered 501 Not Implemented'],
    [408, 'wait', 'answered 408 Request Timeout'],
    [429, 'wait', 'answered 429 Too Many Requests'],
    [502, 'wait', 'answered 502 Bad Gateway'],
    [503, 'wait', 'answered 503 Service Unavailable'],
    [504, 'wait', 'answered 504 Gateway Timeout'],
    [500, 'again', 'answered 500 Internal Server Error'],
    [599, 'again', 'answered 599'],
  ])('of %i: %s', async (status, kind, text) => {
    expect(await answering(status)).toEqual({ kind, text, retryAfterMs: 0 });
  });

  it.each([
    ['120', 120_000],
    ['Mon, 23 Nov 2026 18:02:00 GMT', 120_000],
    ['Mon, 23 Nov 2026 17:00:00 GMT', 0],
    ['999999', 3_600_000],
    ['soon', 0],
  ])('with Retry-After: %s asks to wait %i ms', async (value, retryAfterMs) => {
    const verdict = await answering(429, { 'retry-after': value });
    expect(verdict).toMatchObject({ kind: 'wait', retryAfterMs });
    if (retryAfterMs > 0) expect(verdict.text).toContain(`(wait ${retryAfterMs / 1000} s)`);
  });

  it.each([301, 302, 303, 307, 308])('of %i is final, and where it leads is said without its path', async (status) => {
    const { kind, text } = await answering(status, { location: 'https://elsewhere.example/T0KEN?sig=abc' });
    expect(kind).toBe('refused');
    expect(text).toMatch(
      /^answered 30\d .*, a redirect to elsewhere\.example, which is not followed: give the address/,
    );
    expect(text).not.toMatch(/T0KEN|sig/);
  });

  it('of 101 is one too: the run goes on, and nothing waits for ever', async () => {
    const address = await sending('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n');
    expect(await postTo(address)).toEqual({
      kind: 'refused',
      text: 'answered 101 Switching Protocols: it is no receiver of posts',
      retryAfterMs: 0,
    });
  });

  it('says why in the words of the receiver, in one short line that no terminal acts upon', async () => {
    const page = `<html><head><title>x</title><style>b{}</style></head><body>\r\n<h1>No\u001b[31m such</h1>\n\thook ${'!'.repeat(9000)}`;
    const { text } = await answering(404, {}, page);
    expect(text).toMatch(/^answered 404 Not Found: No\\u\{1b\}\[31m such hook !+…$/);
    expect(text.length).toBeLessThan(200);
  });

  it('is told without the secrets of the address, though it repeats them', async () => {
    const address = parseAddress(
      'http://me:pa%20ss@HOST/services/T0123/%C3%A4b%C3%BCc?sig=s1gnature\nAuthorization: Bearer t0k3n-t0k3n'.replace(
        'HOST',
        await receiver([], (response, { path, headers }) => {
          const words = `Cannot POST ${path} (${decodeURIComponent(path)}) ${headers.authorization}`;
          response.writeHead(404).end(words);
        }),
      ),
      'test',
    );
    const http = new HttpPost(address.url);
    onTestFinished(() => http.close());
    const answer = await http.post({ headers: address.headers, body: '' }, 5000, new AbortController().signal);
    // the receiver did repeat them
    expect(answer.text).toMatch(/T0123.*s1gnature.*t0k3n-t0k3n/);
    expect(verdictOf(answer, concealer(address), NOW).text).toBe(
      'answered 404 Not Found: Cannot POST /services/…/…?sig=… (/services/…/…?sig=…) …',
    );
  });
});

describe('no answer', () => {
  it('at a port where nobody listens is waited out', async () => {
    expect(await postTo(at('127.0.0.1:1'))).toEqual({ kind: 'wait', text: 'ECONNREFUSED', retryAfterMs: 0 });
  });

  it('at a name that there is not, too', async () => {
    expect((await postTo(at('nobody.invalid'))).text).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });

  it.each([
    ['closes the connection', (socket: Socket) => socket.end(), /^ECONNRESET$/],
    ['resets the connection', (socket: Socket) => socket.resetAndDestroy(), /^ECONNRESET$/],
    ['never says anything', () => undefined, /^no answer in time$/],
  ])('from one that %s', async (_, answer, text) => {
    const verdict = await postTo(at(await rawReceiver(answer)), '{}', 500);
    expect(verdict).toMatchObject({ kind: 'wait', text: expect.stringMatching(text) });
  });

  it.each([
    ['HTTP of no kind', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a head without an end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`],
    ['a status of letters', 'HTTP/1.1 abc OK\r\n\r\n'],
  ])('that is HTTP: %s', async (_, text) => {
    const verdict = await postTo(await sending(text));
    expect(verdict).toMatchObject({
      kind: 'again',
      text: expect.stringMatching(/^answered what is no HTTP \(HPE_\w+\)$/),
    });
  });

  it('but a hint that more will come', async () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000);
    expect(await postTo(await sending(hints, () => undefined), '{}', 500)).toMatchObject({ text: 'no answer in time' });
  });
});

describe('an answer whose body', () => {
  const forever = (socket: Socket): void => {
    const timer = setInterval(() => socket.write('x'.repeat(1000)), 5);
    socket.on('close', () => clearInterval(timer));
  };

  it.each([
    ['never ends', `${OK}\r\n`, forever],
    ['does not come', `${OK}content-length: 10\r\n\r\n`, () => undefined],
    ['is cut off', `${OK}content-length: 10\r\n\r\nxy`, (socket: Socket) => socket.destroy()],
    ['is no chunk', `${OK}transfer-encoding: chunked\r\n\r\nnonsense\r\n`, () => undefined],
    ['is huge', `${OK}content-length: 100000000\r\n\r\n${'x'.repeat(1_000_000)}`, () => undefined],
  ])('%s counts by its head', async (_, head, then) => {
    expect(await postTo(await sending(head, then), '{}', 1000)).toMatchObject({ kind: 'delivered' });
    const refusal = head.replace('200 OK', '403 Forbidden');
    const verdict = await postTo(await sending(refusal, then), '{}', 1000);
    expect(verdict).toMatchObject({ kind: 'refused', text: expect.stringMatching(/^answered 403 Forbidden/) });
    expect(verdict.text.length).toBeLessThan(200);
  });
});

describe.runIf(has('openssl'))('TLS', () => {
  const pair = (name: string, days = '1'): { key: Buffer; cert: Buffer } => {
    const dir = folder();
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', days];
    execFileSync('openssl', [...made, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  };

  it('with a certificate that nobody vouches for is waited out, and said', async () => {
    const server = createServer(pair('localhost'), (_, response) => response.end());
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect(await postTo(parseAddress(`https://127.0.0.1:${port}/`, 'test'))).toEqual({
      kind: 'wait',
      text: 'its certificate is not accepted: self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)',
      retryAfterMs: 0,
    });
  });

  it('with a server that speaks none', async () => {
    const host = await receiver();
    expect(await postTo(parseAddress(`https://${host}/`, 'test'))).toMatchObject({
      kind: 'wait',
      text: expect.stringMatching(/^no TLS with it: [a-z ]+$/),
    });
  });
});
