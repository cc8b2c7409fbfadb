/** What an answer, or none, means for what was posted: delivered, to be sent again, or refused for good. */
import { STATUS_CODES } from 'node:http';
import { systemCode } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import { shorten } from '../../report/layout.js';
import type { Answer } from './http-post.js';

export interface Verdict {
  /**
   * `wait`: the receiver is away or busy, whatever is posted; `again`: it failed at this post, which may be the post's fault;
   * `refused`: the same post would be refused again
   */
  readonly kind: 'delivered' | 'wait' | 'again' | 'refused';
  /** in words, without secrets; empty where it was delivered */
  readonly text: string;
  /** ms the receiver asks to wait, 0 where it does not say */
  readonly retryAfterMs: number;
}

/** A receiver that asks for more is asked again all the same. */
const LONGEST_WAIT_MS = 3_600_000;
/** Columns of a receiver's own words. */
const WORDS = 160;

/** Not the post's fault: request timeout, too early, too many requests, bad gateway, unavailable, gateway timeout. */
const BUSY: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);
/** Of the server errors those that stay: not implemented, HTTP version not supported. */
const NEVER: ReadonlySet<number> = new Set([501, 505]);

/** @param conceal takes secrets out of a receiver's words, which often repeat the address */
export function verdictOf(answer: Answer, conceal: (text: string) => string, nowMs: number): Verdict {
  const { status, location } = answer;
  if (status >= 200 && status < 300) return { kind: 'delivered', text: '', retryAfterMs: 0 };
  const retryAfterMs = waitOf(answer.retryAfter, nowMs);
  const said = [`answered ${status} ${STATUS_CODES[status] ?? ''}`.trim()];
  const words = wordsOf(answer.text, conceal);
  if (words !== '') said.push(`: ${words}`);
  if (status >= 300 && status < 400 && location !== '') said.push(redirect(location));
  if (status === 101) said.push(': it is no receiver of posts');
  if (BUSY.has(status)) {
    if (retryAfterMs > 0) said.push(` (wait ${Math.ceil(retryAfterMs / 1000)} s)`);
    return { kind: 'wait', text: said.join(''), retryAfterMs };
  }
  const again = status >= 500 && !NEVER.has(status);
  return { kind: again ? 'again' : 'refused', text: said.join(''), retryAfterMs };
}

/** Of a request without an answer. Certificates are renewed and servers come back, so it waits; what is no HTTP is tried again. */
export function verdictOfError(error: unknown): Verdict {
  const code = systemCode(error);
  const { message } = error as Error;
  const words = shorten(printable(message), WORDS);
  if (code?.startsWith('HPE_')) return { kind: 'again', text: `answered what is no HTTP (${code})`, retryAfterMs: 0 };
  if (code === 'EPROTO') {
    // around them OpenSSL names places in its source
    const [, reason = code] = /:SSL routines:[^:]*:([^:]+):/.exec(message) ?? [];
    return { kind: 'wait', text: `no TLS with it: ${printable(reason)}`, retryAfterMs: 0 };
  }
  if (code !== undefined && /CERT|SELF_SIGNED|ISSUER|SIGNATURE|CRL/.test(code)) {
    // Node 24 goes on with what to do to a program of one's own
    const [reason] = words.split(';', 1);
    return { kind: 'wait', text: `its certificate is not accepted: ${reason} (${code})`, retryAfterMs: 0 };
  }
  return { kind: 'wait', text: code ?? words, retryAfterMs: 0 };
}

/** Where to, without path and query: they may be secrets too. */
function redirect(location: string): string {
  const there = URL.canParse(location) ? ` to ${printable(new URL(location).host)}` : '';
  return `, a redirect${there}, which is not followed: give the address that it leads to`;
}

/** Retry-After: seconds, or an HTTP date. */
function waitOf(retryAfter: string, nowMs: number): number {
  if (retryAfter === '') return 0;
  const seconds = Number(retryAfter);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - nowMs;
  return ms > 0 ? Math.min(ms, LONGEST_WAIT_MS) : 0;
}

/** One short line, without the tags of a page. */
function wordsOf(text: string, conceal: (text: string) => string): string {
  const plain = text.replace(/<(style|script|head)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
  return shorten(printable(conceal(plain).replace(/\s+/g, ' ').trim()), WORDS);
}
