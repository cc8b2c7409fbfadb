/**
 * What NATS's client and server say of a failure, in a carrier's words. Errors are known by their names, since packages of NATS may
 * each bring their own classes. Text of the server in them becomes one line that is safe to show.
 */
import { systemCode } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import { CarrierError, type CarrierTrouble } from './carrier.js';

/** What an answer says of an error: https://github.com/nats-io/nats-server/blob/main/server/errors.json has the numbers. */
const TROUBLES = new Map<number, CarrierTrouble>([
  [10023, 'full'], // insufficient resources
  [10028, 'full'], // memory
  [10047, 'full'], // storage
  [10077, 'full'], // "maximum bytes exceeded", "maximum messages exceeded"
  [10054, 'too large'], // the stream's own limit
  [10039, 'unprepared'], // no JetStream for this account
  [10059, 'unprepared'], // no stream
  [10076, 'unprepared'], // no JetStream
]);

/** Node's codes of certificates that will not do. */
const UNTRUSTED = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(VERIFY|GET)_|ERR_TLS_CERT_ALTNAME)/;
/** Causes of causes: the client has two. */
const DEEPEST = 5;
/** letters of a server's text */
const LONGEST = 200;

const shown = (text: string): string => printable(text).slice(0, LONGEST);

/** An inbox has another end with each connection, which says nothing to anybody; whose it is does. */
const INBOX = /"_INBOX\.([a-z0-9_-]+)\.[^"]*"/;

/** What the server says of what may not be done. */
export function forbiddenText(message: string): string {
  const [, name] = INBOX.exec(message) ?? [];
  const text = shown(message.replace(INBOX, '"_INBOX.$1.>"'));
  return name === undefined ? text : `${text}: the key is not one of the name ${name}`;
}

export interface ApiError {
  readonly err_code?: number;
  readonly description?: string;
}

/** What the server says of a call. */
export function apiTrouble({ err_code = 0, description = 'unknown' }: ApiError): CarrierError {
  return new CarrierError(TROUBLES.get(err_code) ?? 'unreachable', shown(String(description)));
}

/** What the client says. */
export function troubleOf(error: unknown): CarrierError {
  if (error instanceof CarrierError) return error;
  const causes: Error[] = [];
  for (let each = error; each instanceof Error && causes.length < DEEPEST; each = each.cause) causes.push(each);
  const find = (...names: string[]): Error | undefined => causes.find(({ name }) => names.includes(name));
  const text = shown(error instanceof Error ? error.message : String(error));
  const as = (trouble: CarrierTrouble, message: string) => new CarrierError(trouble, message, { cause: error });
  const forbidden = find('PermissionViolationError');
  if (forbidden) return as('refused', forbiddenText(forbidden.message));
  if (find('AuthorizationError', 'UserAuthenticationExpiredError'))
    return as('refused', `it refuses our credentials: ${text}`);
  if (find('NoResponders')) return as('unprepared', 'it has no stream for that yet, or no JetStream');
  if (causes.some((each) => UNTRUSTED.test(systemCode(each) ?? '')))
    return as('refused', `its certificate is not trusted: ${text}; see --hub-ca`);
  if (text.includes('does not support')) return as('refused', 'it offers no TLS');
  if (find('TimeoutError')) return as('unreachable', 'no answer in time');
  return as('unreachable', text);
}
