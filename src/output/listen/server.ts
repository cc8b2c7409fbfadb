/** The small web server of --listen: /metrics for Prometheus, the live report at /. It only reads, and nobody waits for its readers. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AnomalyError, systemCode } from '../../base/errors.js';
import { within } from '../../base/grace.js';
import { addressText, isLoopback, type ListenAddress } from '../../base/listen-address.js';
import type { LivePage } from '../../report/html/live.js';
import type { RunReport } from '../../report/run-report.js';
import { sha256Base64 } from '../hash.js';
import { Gate, LOGIN, type Path } from './gate.js';
import { LiveFeed } from './live-feed.js';
import type { Figures, Metrics } from './metrics.js';
import { TOKEN_VARIABLE, type Token } from './token.js';

/** Readers at a time, an own page and a scrape or two among them; one more is sent away. */
const CONNECTIONS = 32;
/** ms that a connection may take over a header, and be silent or not read what it is sent */
const HEADER_MS = 5000;
const SILENT_MS = 30_000;
const HEADER_BYTES = 8192;
/** ms for readers to take the last state at the end of the run, and for an open page that is between two questions to ask */
const GRACE_MS = 500;
const BETWEEN_MS = 300;

/** The run as readers see it. */
export interface Watched {
  /** cheap; undefined: nothing yet */
  figures(): Figures | undefined;
  /** of what was found so far; undefined: nothing yet */
  report(): RunReport | undefined;
}

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;
const NOTHING_ALLOWED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TEXT = 'text/plain; charset=utf-8';

const WAITING_PAGE =
  '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><title>anomaly</title></head><body><p>The run begins: no record has come yet.</p></body></html>\n';

export class Listener {
  private watched: Watched | undefined;
  private page: LivePage | undefined;
  private metrics: Metrics | undefined;
  private readonly run: string = randomUUID();
  private readonly feed = new LiveFeed(this.run, () => this.draw());

  private constructor(
    private readonly server: Server,
    private readonly gate: Gate,
    private readonly token: Token | undefined,
    /** where it listens, the port that was given instead of 0 */
    readonly address: ListenAddress,
  ) {
    server.on('request', (request, response) => {
      this.answer(request, response).catch(() => response.destroy());
    });
  }

  /**
   * Listens from now on; until there is something to show it says so.
   * @throws AnomalyError USAGE for an address that others reach, without a token; LISTEN, NO_PERMISSION where it cannot be had
   */
  static async open(wanted: ListenAddress, token?: Token): Promise<Listener> {
    const loopback = isLoopback(wanted.host);
    if (!loopback && !token) {
      const how = `give a token in a file (--listen-token FILE) or in ${TOKEN_VARIABLE}, or listen on 127.0.0.1`;
      throw new AnomalyError('USAGE', `--listen ${addressText(wanted)}: other machines could read it; ${how}`);
    }
    const server = createServer({
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: HEADER_MS,
      requestTimeout: HEADER_MS,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: HEADER_MS,
    });
    server.maxConnections = CONNECTIONS;
    server.timeout = SILENT_MS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => reject(listenError(wanted, cause)));
      server.listen({ host: wanted.host, port: wanted.port, exclusive: true }, resolve);
    });
    const { port } = server.address() as AddressInfo;
    return new Listener(server, new Gate(loopback, token), token, { host: wanted.host, port });
  }

  /** Shows `watched` from now on. Plots and metrics are loaded now, so that the first reader does not wait for them. */
  async show(watched: Watched): Promise<void> {
    const [{ LivePage }, { Metrics }] = await Promise.all([
      import('../../report/html/live.js'),
      import('./metrics.js'),
    ]);
    this.page = new LivePage();
    this.metrics = new Metrics(() => this.watched?.figures());
    this.watched = watched;
  }

  /** The last state, for who is looking; then nobody is answered any more. A second call does nothing. */
  async close(report?: RunReport): Promise<void> {
    const { server } = this;
    if (!server.listening) return;
    const between = report !== undefined && this.feed.silentMs < BETWEEN_MS;
    this.feed.end(report && this.page?.pieces(report));
    if (between) await sleep(BETWEEN_MS);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await within(GRACE_MS, closed, () => server.closeAllConnections());
  }

  private draw() {
    const report = this.watched?.report();
    // a report of nothing is for the end
    return report && report.facts.records > 0 ? this.page?.pieces(report) : undefined;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path, query } = targetOf(request);
    // what comes beside a request is not read
    if (request.headers['content-length'] ?? request.headers['transfer-encoding']) response.shouldKeepAlive = false;
    const refusal = this.gate.refuses(request, path);
    if (refusal) return send(response, refusal.status, `${refusal.text}\n`, refusal.headers);
    if (path === LOGIN) return this.login(query.get('token') ?? '', response);
    return this.give(path as Path, query, request, response);
  }

  private login(given: string, response: ServerResponse): void {
    const { token } = this;
    if (!token?.is(given)) send(response, 401, 'this is not the token\n');
    else send(response, 303, 'you are logged in\n', { location: '/', 'set-cookie': token.setCookie });
  }

  private async give(
    path: Path,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (path === '/metrics') {
      const text = await this.metrics?.text(request.headers.accept ?? '');
      if (!text) return send(response, 503, 'the run begins: no record has come yet\n', { 'retry-after': '2' });
      return send(response, 200, text.body, { 'content-type': text.contentType });
    }
    if (path === '/live') {
      const version = Number(query.get('since') ?? 0);
      const changes = await this.feed.changes(Number.isSafeInteger(version) && version >= 0 ? version : 0);
      if (!changes) return send(response, 503, 'the run begins: no record has come yet\n', { 'retry-after': '2' });
      return send(response, 200, JSON.stringify(changes), { 'content-type': 'application/json' });
    }
    const current = this.feed.current();
    if (!current) return send(response, 200, WAITING_PAGE, { 'content-type': 'text/html; charset=utf-8' });
    const { livePage, livePolicy } = await import('../../report/html/live.js');
    const { pieces, version } = current;
    const policy = `${livePolicy(pieces.kind, sha256Base64)}; frame-ancestors 'none'`;
    send(response, 200, livePage(pieces, { run: this.run, version, sha256: sha256Base64 }), {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
    });
  }
}

/** As it was sent: nothing is made simpler or decoded before it is compared. */
function targetOf({ url = '' }: IncomingMessage): { path: string; query: URLSearchParams } {
  const mark = url.indexOf('?');
  if (mark === -1) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

/** Node leaves the body out where HEAD was asked for. */
function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    ...HEADERS,
    'content-security-policy': NOTHING_ALLOWED,
    'content-type': TEXT,
    'content-length': bytes.length,
    ...headers,
  });
  response.end(bytes);
}

function listenError(wanted: ListenAddress, cause: unknown): AnomalyError {
  const name = `--listen ${addressText(wanted)}`;
  switch (systemCode(cause)) {
    case 'EADDRINUSE':
      return new AnomalyError('LISTEN', `${name}: something listens there already; choose another port`, { cause });
    case 'EADDRNOTAVAIL':
      return new AnomalyError('LISTEN', `${name}: this machine does not have the address`, { cause });
    case 'EACCES':
    case 'EPERM':
      return new AnomalyError('NO_PERMISSION', `${name}: ports below 1024 belong to root; choose a higher one`, {
        cause,
      });
    default:
      return new AnomalyError('LISTEN', `${name}: cannot listen there (${systemCode(cause) ?? String(cause)})`, {
        cause,
      });
  }
}
