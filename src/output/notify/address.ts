/** Where a receiver is and what it wants to see, as people write it; and what of it must never be shown. */
import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';

export interface Address {
  readonly url: URL;
  /** names in lower case */
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers that are ours to set. */
const OURS: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'content-type',
  'transfer-encoding',
  'connection',
]);
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;
const HEADER_TEXT = /^[\t -~\u0080-\u00ff]*$/;
/** Parts that are shorter than this conceal nothing, and would be found everywhere. */
const SECRET_LENGTH = 4;
/** What the addresses of one kind of receiver have in common. */
const KNOWN_PARTS: ReadonlySet<string> = new Set([
  'hook',
  'hooks',
  'webhook',
  'services',
  'alerts',
  'workflows',
  'triggers',
]);

/**
 * The first line is the address, each further one a header. Empty lines and lines that begin with # are left out.
 * @param source names it in errors, which do not repeat what it holds
 * @throws AnomalyError USAGE
 */
export function parseAddress(text: string, source: string): Address {
  const [first = '', ...more] = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (first === '') throw new AnomalyError('USAGE', `${source}: is empty; its first line is to be an address`);
  const url = URL.canParse(first) ? new URL(first) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new AnomalyError('USAGE', `${source}: its first line is no http or https address`);
  }
  url.hash = '';
  const headers: Record<string, string> = {};
  if (url.username !== '' || url.password !== '') {
    const pair = `${decoded(url.username)}:${decoded(url.password)}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    url.username = url.password = '';
  }
  more.forEach((line, k) => {
    const [, name = '', value = ''] = HEADER.exec(line) ?? [];
    if (name === '' || !HEADER_TEXT.test(value)) {
      throw new AnomalyError(
        'USAGE',
        `${source}: header ${k + 1} is none; write it as in "Authorization: Bearer TOKEN"`,
      );
    }
    if (OURS.has(name.toLowerCase())) {
      throw new AnomalyError('USAGE', `${source}: the header ${printable(name)} is set by anomaly; leave it out`);
    }
    headers[name.toLowerCase()] = value;
  });
  return { url, headers };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Why an address must not stand on a command line; undefined: it has nothing to hide. */
export function secretIn(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') return 'a user name or password';
  for (const [name, value] of url.searchParams) {
    if (/key|token|sig|secret|auth|pass|code|hmac|jwt/i.test(name) || looksRandom(value)) return 'a token in its query';
  }
  return decoded(url.pathname).split('/').some(looksRandom) ? 'a token in its path' : undefined;
}

/** Sixteen letters and digits in a row, both of them: what services make, and people do not. */
function looksRandom(text: string): boolean {
  return (text.match(/[0-9A-Za-z_-]{16,}/g) ?? []).some((run) => /[0-9]/.test(run) && /[A-Za-z]/.test(run));
}

/** Takes all that may be secret in an address out of a text: path, query, header values. */
export function concealer({ url, headers }: Address): (text: string) => string {
  const values = Object.values(headers).flatMap((value) => [value, ...value.split(/\s+/)]);
  const raw = [...url.pathname.split('/'), ...[...url.searchParams].flat(), ...values];
  const parts = new Set(raw.flatMap((part) => [part, decoded(part), encodeURIComponent(part)]));
  const secret = [...parts].filter((part) => part.length >= SECRET_LENGTH && !KNOWN_PARTS.has(part));
  const long = secret.sort((a, b) => b.length - a.length);
  return (text) => long.reduce((result, part) => result.replaceAll(part, '…'), text);
}
