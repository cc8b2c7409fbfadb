/** `--allow FILE`: a JSON array of what is expected and shall not be reported. Every mistake is named by line and column. */

import { isIPv4, isIPv6 } from 'node:net';
import { AnomalyError } from '../base/errors.js';
import { readError } from '../base/files.js';
import { checkInput, readWhole } from '../base/opened-first.js';
import { printable } from '../base/text.js';
import type { AllowEntry } from '../detect/allow-entry.js';
import { isKind } from '../detect/incidents/allow.js';
import { JsonError, type JsonMember, type JsonNode, JsonObject, placeOf, readJson } from './json-source.js';

const MAX_BYTES = 16 << 20;
const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

function isAddress(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  if (rest.length > 0) return false;
  const bits = isIPv4(address) ? 32 : isIPv6(address) && !address.includes('%') ? 128 : 0;
  if (prefix === undefined) return bits > 0 || MAC.test(address);
  return bits > 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
}

type Check = (value: unknown) => string;

const text: Check = (value) => (typeof value === 'string' && value.trim() !== '' ? '' : 'a text that is not empty');

const address: Check = (value) =>
  typeof value === 'string' && isAddress(value) ? '' : 'an address or CIDR such as "10.0.0.7" or "2001:db8::/32"';

const reason: Check = (value) =>
  typeof value === 'string' && isKind(value) ? '' : 'a kind of incident, as the reports print it, such as "port scan"';

/** One of them, or a list of them. */
function listOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return check(value);
    if (value.length === 0) return 'a list that is not empty, or one value';
    return value.map((node: JsonNode) => check(node.value)).find((problem) => problem !== '') ?? '';
  };
}

/** Empty when the value is right, else what was expected. */
const KEYS: Readonly<Record<keyof AllowEntry, Check>> = {
  comment: (value) => (typeof value === 'string' ? '' : 'a text'),
  address: listOf(address),
  initiator: listOf(address),
  responder: listOf(address),
  port: (value) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535 ? '' : 'a port from 0 to 65535',
  protocol: (value) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255
      ? ''
      : text(value) && 'a protocol such as "TCP" or 6',
  reason: listOf(reason),
  expires: (value) =>
    typeof value === 'string' && DATE.test(value) && !Number.isNaN(Date.parse(value))
      ? ''
      : 'a date such as "2026-12-31" or a time such as "2026-12-31T18:00:00Z"',
};

function member({ key, at, node }: JsonMember, seen: Set<string>): [string, string | number | string[]] {
  if (!Object.hasOwn(KEYS, key))
    throw new JsonError(`unknown name "${key}"; known are ${Object.keys(KEYS).join(', ')}`, at);
  if (seen.has(key)) throw new JsonError(`"${key}" is given twice`, at);
  seen.add(key);
  const expected = KEYS[key as keyof AllowEntry](node.value);
  if (expected !== '') throw new JsonError(`"${key}": ${expected} expected`, node.at);
  const { value } = node;
  return [key, Array.isArray(value) ? value.map((one: JsonNode) => one.value as string) : (value as string | number)];
}

function entry(node: JsonNode): AllowEntry {
  if (!(node.value instanceof JsonObject)) throw new JsonError('an entry { … } expected', node.at);
  const seen = new Set<string>();
  const found: AllowEntry = Object.fromEntries(node.value.members.map((item) => member(item, seen)));
  if ([...seen].every((key) => key === 'comment' || key === 'expires')) {
    throw new JsonError('this entry would allow everything: name an address, port, protocol or reason', node.at);
  }
  return found;
}

/**
 * The entries of a list that stands somewhere in a JSON text.
 * @throws JsonError
 */
export function allowEntries({ value, at }: JsonNode): AllowEntry[] {
  if (!Array.isArray(value)) throw new JsonError('an array [ … ] of entries expected', at);
  return value.map(entry);
}

/**
 * @param name of the file, for messages
 * @throws AnomalyError BAD_DATA with line and column
 */
export function parseAllowList(content: string, name: string): AllowEntry[] {
  // a byte order mark is what some editors put there
  const source = content.replace(/^\ufeff/, '');
  try {
    return allowEntries(readJson(source));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const where = placeOf(source, error.at);
    throw new AnomalyError('BAD_DATA', `${printable(name)}: ${where}: ${printable(error.message)}`, { cause: error });
  }
}

/** @throws AnomalyError NO_INPUT, NO_PERMISSION; BAD_DATA with line and column */
export async function readAllowList(path: string): Promise<AllowEntry[]> {
  let bytes: Buffer;
  try {
    await checkInput(path, true);
    bytes = await readWhole(path);
  } catch (cause) {
    throw readError(path, cause);
  }
  const name = printable(path);
  if (bytes.length > MAX_BYTES) throw new AnomalyError('BAD_DATA', `${name}: is too large for an allow-list`);
  return parseAllowList(bytes.toString('utf8'), path);
}
