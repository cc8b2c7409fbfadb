/** The allow-list: what is expected and not told. It is asked of every finding, not of incidents, so that none hides behind another. */
import { z } from 'zod';
import { inRange, parseRange } from '../../base/address-range.js';
import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import { type AllowEntry, entrySchema } from '../allow-entry.js';
import { PATTERNS } from '../rules/patterns.js';
import type { Dealing } from './dealing.js';

type AddressTest = (address: string) => boolean;

interface Compiled {
  readonly text: string;
  readonly address?: AddressTest;
  readonly initiator?: AddressTest;
  readonly responder?: AddressTest;
  readonly port: number | undefined;
  readonly protocol: string | number | undefined;
  readonly reasons: ReadonlySet<string> | undefined;
  /** ms since the epoch */
  readonly expiresMs: number;
}

export class AllowList {
  private readonly entries: readonly Compiled[];

  /** @param raw the parsed allow-list file: an array of entries; throws BAD_DATA where it is not */
  constructor(raw: unknown) {
    const parsed = z.array(entrySchema).safeParse(raw);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const where = issue?.path.length ? ` (entry ${issue.path.map(String).join('.')})` : '';
      throw bad(`${issue?.message ?? 'not an array of entries'}${where}`);
    }
    this.entries = parsed.data.map(compile);
  }

  /** How many there are. */
  get size(): number {
    return this.entries.length;
  }

  /** The first entry in force at that time [ms since the epoch] that covers all that the dealing names, as text; undefined: none. */
  covering(dealing: Dealing, atMs: number): string | undefined {
    return this.entries.find((entry) => atMs < entry.expiresMs && covers(entry, dealing))?.text;
  }

  /** Entries no longer in force at that time, in words. */
  expired(nowMs: number): string[] {
    return this.entries.filter((entry) => entry.expiresMs <= nowMs).map((entry) => entry.text);
  }
}

/** What an entry names and the dealing leaves open is more than was allowed. */
function covers(entry: Compiled, { kind, initiator, responder, port, protocol, protocolNumber }: Dealing): boolean {
  if (entry.reasons && !entry.reasons.has(kind)) return false;
  if (entry.port !== undefined && entry.port !== port) return false;
  if (typeof entry.protocol === 'number' && entry.protocol !== protocolNumber) return false;
  if (typeof entry.protocol === 'string' && entry.protocol !== protocol.toLowerCase()) return false;
  if (entry.initiator && !entry.initiator(initiator)) return false;
  if (entry.responder && !entry.responder(responder)) return false;
  return !entry.address || entry.address(initiator) || entry.address(responder);
}

function compile(entry: AllowEntry, index: number): Compiled {
  const { comment: _comment, ...told } = entry;
  if (Object.keys(told).every((name) => name === 'expires')) {
    throw bad(`entry ${index} names nothing: it would silence everything`);
  }
  const expiresMs = entry.expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(entry.expires);
  if (Number.isNaN(expiresMs)) throw bad(`entry ${index}: "${printable(entry.expires ?? '')}" is no date`);
  const test = (name: 'address' | 'initiator' | 'responder'): object => {
    const given = entry[name];
    return given === undefined ? {} : { [name]: addressTest([given].flat(), index) };
  };
  const reasons = entry.reason === undefined ? undefined : [entry.reason].flat();
  const unknown = reasons?.find((reason) => !isKind(reason));
  if (unknown !== undefined) throw bad(`entry ${index}: "${printable(unknown)}" is no kind of incident`);
  return {
    text: printable(JSON.stringify(entry)),
    ...test('address'),
    ...test('initiator'),
    ...test('responder'),
    port: entry.port,
    protocol: typeof entry.protocol === 'string' ? entry.protocol.toLowerCase() : entry.protocol,
    reasons: reasons && new Set(reasons),
    expiresMs,
  };
}

/** Whether a reason of an entry can ever fit. */
export function isKind(reason: string): boolean {
  return Object.hasOwn(PATTERNS, reason);
}

function addressTest(texts: readonly string[], index: number): AddressTest {
  const ranges = texts.map((text) => {
    const range = parseRange(text);
    if (!range) throw bad(`entry ${index}: "${printable(text)}" is no address, range or MAC address`);
    return range;
  });
  return (address) => {
    const end = parseRange(address);
    return end !== undefined && ranges.some((range) => inRange(range, end.family, end.bytes));
  };
}

function bad(message: string): AnomalyError {
  return new AnomalyError('BAD_DATA', `allow-list: ${message}`);
}
