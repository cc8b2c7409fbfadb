/**
 * `--hub` and `-r nats://…` as people write them: a server or a folder. What is secret in a URL (a password, a token) is taken
 * out of it here, once, so that no name, note or error can show it.
 */
import { AnomalyError } from '../../base/errors.js';
import { isLoopback } from '../../base/listen-address.js';
import { printable } from '../../base/text.js';

/** of NATS, registered with IANA */
const PORT = 4222;
/** letters, digits, hyphens and dots (RFC 1123), and underscores, which people's networks have all the same */
const HOST_NAME = /^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/i;

export interface ServerAddress {
  /** a name or an IP address, without brackets */
  readonly host: string;
  readonly port: number;
  /** `tls://`: nothing goes over it in the clear */
  readonly tls: boolean;
  readonly login: Login | undefined;
  /** as people may see it */
  readonly name: string;
}

/** What stands before `@`. */
export type Login = { readonly user: string; readonly password: string } | { readonly token: string };

/** @throws AnomalyError USAGE; it never repeats the text, which may hold a secret */
export function serverAddress(hub: string): ServerAddress {
  let url: URL;
  try {
    url = new URL(hub);
  } catch {
    throw bad();
  }
  const { username, password, port, pathname, search, hash } = url;
  const tls = url.protocol === 'tls:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const isAddress = url.hostname.startsWith('[');
  if ((!isAddress && !HOST_NAME.test(host)) || !['', '/'].includes(pathname) || search !== '' || hash !== '')
    throw bad();
  return {
    host,
    port: port === '' ? PORT : Number(port),
    tls,
    login: loginOf(username, password),
    name: `${tls ? 'tls' : 'nats'}://${printable(url.hostname.toLowerCase())}:${port === '' ? PORT : port}`,
  };
}

function loginOf(username: string, password: string): Login | undefined {
  if (username === '' && password === '') return undefined;
  try {
    const [user, secret] = [decodeURIComponent(username), decodeURIComponent(password)];
    return password === '' ? { token: user } : { user, password: secret };
  } catch {
    throw bad();
  }
}

function bad(): AnomalyError {
  return new AnomalyError('USAGE', '--hub: nats://HOST:PORT, tls://HOST:PORT or a folder expected');
}

/**
 * Nothing secret goes to another host in the clear.
 * @param encrypted TLS is asked for and insisted on
 * @throws AnomalyError USAGE
 */
export function refuseClearSecret({ host, name }: ServerAddress, hasSecret: boolean, encrypted: boolean): void {
  if (!hasSecret || encrypted || host === 'localhost' || isLoopback(host)) return;
  const why = 'a password, token or key would go over the network in the clear';
  throw new AnomalyError('USAGE', `--hub ${name}: ${why}; use ${name.replace('nats:', 'tls:')}, or give --hub-ca`);
}
