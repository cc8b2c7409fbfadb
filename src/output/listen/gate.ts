/** Who may ask for what: everything that is decided of a request before it is answered. */
import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../../base/listen-address.js';
import type { Token } from './token.js';

export interface Refusal {
  readonly status: number;
  /** one line for whoever asked */
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** In all, whoever asks: scrapes and some open pages need fewer, and each costs detection well under 1 ms. */
export const REQUESTS_PER_S = 50;

export const PATHS = ['/', '/live', '/metrics'] as const;
export type Path = (typeof PATHS)[number];
/** with a token in its query it answers with a cookie */
export const LOGIN = '/login';

/** A name that a web site made to mean this machine is in the Host header, whatever address it means (DNS rebinding). */
function isOwnName(host: string | undefined): boolean {
  const url = `http://${host}`;
  if (host === undefined || !URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
}

export class Gate {
  private second = 0;
  private asked = 0;

  constructor(
    private readonly loopback: boolean,
    private readonly token: Token | undefined,
  ) {}

  /** @returns why not; undefined: it may be answered */
  refuses(request: IncomingMessage, path: string, nowMs = performance.now()): Refusal | undefined {
    const { method = '', headers } = request;
    if (this.tooMany(nowMs)) return { status: 429, text: 'too many requests', headers: { 'retry-after': '1' } };
    if (this.loopback && !isOwnName(headers.host)) {
      return { status: 421, text: 'ask by the address or as localhost: other names in the Host header are not known' };
    }
    if (method !== 'GET' && method !== 'HEAD') {
      return { status: 405, text: 'only GET and HEAD', headers: { allow: 'GET, HEAD' } };
    }
    // who may not know anything does not learn which paths there are
    if (path !== LOGIN && this.token && !this.token.isIn(headers)) {
      const text = 'a token is needed: send "Authorization: Bearer TOKEN", or open /login?token=TOKEN in a browser';
      return { status: 401, text, headers: { 'www-authenticate': 'Bearer realm="anomaly"' } };
    }
    const known = (PATHS as readonly string[]).includes(path) || (path === LOGIN && this.token !== undefined);
    return known ? undefined : { status: 404, text: `there are ${PATHS.join(' ')}` };
  }

  private tooMany(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.second) this.asked = 0;
    this.second = second;
    return ++this.asked > REQUESTS_PER_S;
  }
}
