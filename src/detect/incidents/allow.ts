/** The allow-list: which incidents are expected, and the entry that would silence one. */
import { z } from 'zod';
import { inRange, parseRange } from '../../base/address-range.js';
import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import type { Incident } from '../incident.js';

const entrySchema = z.strictObject({
  /** address or CIDR range, or MAC address; of either side with `address`, of one with the others */
  address: z.string().optional(),
  initiator: z.string().optional(),
  responder: z.string().optional(),
  /** the responder's */
  port: z.number().int().min(0).max(65_535).optional(),
  /** name (TCP, UDP, ICMP, ARP, …), case ignored, or IP protocol number */
  protocol: z.union([z.string(), z.number().int()]).optional(),
  /** kind of the incident, or the name of a feature or count among its reasons */
  reason: z.string().optional(),
  /** ISO 8601 date or time from which on the entry is void */
  expires: z.string().optional(),
  comment: z.string().optional(),
});
export type AllowEntry = z.infer<typeof entrySchema>;

type AddressTest = (address: string) => boolean;

interface Compiled {
  readonly text: string;
  readonly address?: AddressTest;
  readonly initiator?: AddressTest;
  readonly responder?: AddressTest;
  readonly port: number | undefined;
  readonly protocol: string | number | undefined;
  readonly reason: string | undefined;
  /** ms since the epoch */
  readonly expiresMs: number;
  incidents: number;
}

export class AllowList {
  private readonly entries: Compiled[];

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

  /** True where an entry in force covers the incident; counted for that entry. */
  allows(incident: Incident): boolean {
    const entry = this.entries.find((candidate) => covers(candidate, incident));
    if (!entry) return false;
    entry.incidents++;
    return true;
  }

  /** Incidents that each entry covered so far, entries that covered none left out. */
  suppressed(): { entry: string; incidents: number }[] {
    return this.entries.filter((e) => e.incidents > 0).map((e) => ({ entry: e.text, incidents: e.incidents }));
  }

  /** Entries no longer in force at that time, in words. */
  expired(nowMs: number): string[] {
    return this.entries.filter((entry) => entry.expiresMs <= nowMs).map((entry) => entry.text);
  }
}

/** The narrowest sensible entry that covers this incident. Of a port scan the port is left out: the next one may begin with another. */
export function entryFor(incident: Incident): AllowEntry {
  // its parties are invented
  if (incident.kind === 'MAC flood') return { reason: incident.kind };
  // whoever it speaks with
  if (incident.moved) return { initiator: incident.initiator, reason: incident.kind };
  const onePort = incident.servicePort >= 0 && incident.others.length === 0 && incident.kind !== 'port scan';
  return {
    ...(incident.initiator ? { initiator: incident.initiator } : {}),
    ...(incident.responder && incident.others.length === 0 ? { responder: incident.responder } : {}),
    ...(onePort ? { port: incident.servicePort } : {}),
    protocol: incident.protocol,
    reason: incident.kind,
  };
}

function covers(entry: Compiled, incident: Incident): boolean {
  const { initiator, responder } = incident;
  if (incident.openedUs / 1000 >= entry.expiresMs) return false;
  if (entry.address && !entry.address(initiator) && !entry.address(responder)) return false;
  if (entry.initiator && !entry.initiator(initiator)) return false;
  if (entry.responder && !entry.responder(responder)) return false;
  if (entry.port !== undefined && entry.port !== incident.servicePort) return false;
  if (typeof entry.protocol === 'number' && entry.protocol !== incident.protocolNumber) return false;
  if (typeof entry.protocol === 'string' && entry.protocol !== incident.protocol.toLowerCase()) return false;
  const { reason } = entry;
  return reason === undefined || reason === incident.kind || incident.reasons.some((r) => r.feature === reason);
}

function compile(entry: AllowEntry, index: number): Compiled {
  const { comment: _comment, ...told } = entry;
  if (Object.keys(told).every((name) => name === 'expires')) {
    throw bad(`entry ${index} names nothing: it would silence everything`);
  }
  const expiresMs = entry.expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(entry.expires);
  if (Number.isNaN(expiresMs)) throw bad(`entry ${index}: "${printable(entry.expires ?? '')}" is no date`);
  const test = (name: 'address' | 'initiator' | 'responder'): object => {
    const text = entry[name];
    return text === undefined ? {} : { [name]: addressTest(text, index) };
  };
  return {
    text: printable(JSON.stringify(entry)),
    ...test('address'),
    ...test('initiator'),
    ...test('responder'),
    port: entry.port,
    protocol: typeof entry.protocol === 'string' ? entry.protocol.toLowerCase() : entry.protocol,
    reason: entry.reason,
    expiresMs,
    incidents: 0,
  };
}

function addressTest(text: string, index: number): AddressTest {
  const range = parseRange(text);
  if (!range) throw bad(`entry ${index}: "${printable(text)}" is no address, range or MAC address`);
  return (address) => {
    const end = parseRange(address);
    return end !== undefined && inRange(range, end.family, end.bytes);
  };
}

function bad(message: string): AnomalyError {
  return new AnomalyError('BAD_DATA', `allow-list: ${message}`);
}
