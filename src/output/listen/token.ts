/** The secret that a reader must know: where it comes from, and how it is compared. It is never printed. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AnomalyError } from '../../base/errors.js';
import { readSecret } from '../../base/secret-file.js';
import { printable } from '../../base/text.js';

export const TOKEN_VARIABLE = 'ANOMALY_LISTEN_TOKEN';
/** 16 characters of base64 are 96 bits: at 50 guesses a second nobody lives to see it guessed. */
const SHORTEST = 16;
const LONGEST = 512;
/** bytes: with the line ends around it */
const LONGEST_FILE = 2 * LONGEST;
const COOKIE = 'anomaly';

/**
 * From a file, else from the environment; undefined: neither is given.
 * @throws AnomalyError USAGE for what is too short or others may read; NO_INPUT, NO_PERMISSION
 */
export function readToken(file: string | undefined, env: NodeJS.ProcessEnv = process.env): Token | undefined {
  if (file === undefined) {
    const text = env[TOKEN_VARIABLE];
    return text === undefined ? undefined : new Token(text, TOKEN_VARIABLE);
  }
  return new Token(readSecret(file, '--listen-token', LONGEST_FILE), `--listen-token ${printable(file)}`);
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

export class Token {
  private readonly wanted: Buffer;
  /** derived, so that the token itself is not in any browser's store */
  private readonly cookie: string;

  /** @param from names the place in messages */
  constructor(text: string, from: string) {
    const token = text.trim();
    if (!/^[\x21-\x7e]+$/.test(token) || token.length < SHORTEST || token.length > LONGEST) {
      const what = `one line of ${SHORTEST} to ${LONGEST} letters, digits and signs expected`;
      throw new AnomalyError('USAGE', `${from}: ${what}, such as the output of: openssl rand -base64 24`);
    }
    this.wanted = digest(token);
    this.cookie = createHmac('sha256', token).update('cookie of the live page').digest('base64url');
  }

  /** Takes as long whatever is given. */
  is(given: string): boolean {
    return timingSafeEqual(digest(given), this.wanted);
  }

  /** Whether a request brings it: as `Authorization: Bearer`, or as the cookie of a login link. */
  isIn({ authorization = '', cookie = '' }: IncomingHttpHeaders): boolean {
    const bearer = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (bearer !== undefined) return this.is(bearer);
    const values = cookie
      .split(';')
      .map((pair) => pair.trim().split('='))
      .filter(([name]) => name === COOKIE)
      .map(([, value = '']) => value);
    const wanted = digest(this.cookie);
    return values.some((value) => timingSafeEqual(digest(value), wanted));
  }

  /** For the session of the browser; no script can read it, no other site's request brings it. */
  get setCookie(): string {
    return `${COOKIE}=${this.cookie}; Path=/; HttpOnly; SameSite=Lax`;
  }
}
