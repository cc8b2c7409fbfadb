/** What an alarm or a notice is about: the question that an allow-list is asked, and the entries that would have said yes. */
import { exactKey, Key } from '../../base/hash.js';
import type { AllowEntry } from '../allow-entry.js';
import type { FeatureBatch } from '../feature-batch.js';
import type { Incident } from '../incident.js';
import { PATTERNS, type PatternName, patternOf } from '../rules/patterns.js';
import { SETTINGS } from '../settings.js';
import { protocolName } from './protocol-name.js';

/** One kind of thing, by one to another, as one record shows it. */
export interface Dealing {
  readonly kind: PatternName;
  /** addresses as text; empty: nobody in particular, or many together */
  readonly initiator: string;
  readonly responder: string;
  /** of the service; -1: none, or several counted together */
  readonly port: number;
  /** "TCP", "UDP", "ICMP", "ARP", … */
  readonly protocol: string;
  readonly protocolNumber: number;
}

/** Whether a finding is expected and shall not be told: the words of what allows it. `atMs`: of its record, since the epoch. */
export type Allows = (dealing: Dealing, atMs: number) => string | undefined;

/** What a finding is about, beside its record. */
export interface About {
  /** several ports counted as one */
  readonly severalPorts?: boolean;
  /** no single initiator does it */
  readonly ofMany?: boolean;
}

type Sides = Pick<Incident, 'initiator' | 'responder' | 'initiatorPort' | 'servicePort'>;

/** Told of who sends, not of who asked him; of an address that moved, whatever it sends. */
export function sides(batch: FeatureBatch, k: number): Sides {
  const [initiator, responder] = [batch.initiator.text(k), batch.responder.text(k)];
  const [initiatorPort, servicePort] = [batch.initiatorPort[k], batch.servicePort[k]];
  const [from, to] = batch.fromInitiator[k] === 1 ? [initiator, responder] : [responder, initiator];
  if (batch.formerMac[k] >= 0)
    return { initiator: batch.moved.text(k), responder: to, initiatorPort: -1, servicePort: -1 };
  const ports = batch.fromInitiator[k] === 1 ? [initiatorPort, servicePort] : [servicePort, initiatorPort];
  return { initiator: from, responder: to, initiatorPort: ports[0], servicePort: ports[1] };
}

/** Whether a pattern is told of who sends a record, not of who began its flow. */
export function isBySender(pattern: PatternName): boolean {
  const { bySender, scope } = patternOf(pattern);
  return bySender === true || scope === 'segment';
}

/** What record k shows of `kind`. */
export function dealingOf(batch: FeatureBatch, k: number, kind: PatternName, about: About = {}): Dealing {
  const protocol = { protocol: protocolName(batch.protocol[k]), protocolNumber: batch.protocol[k] };
  // its parties are invented
  if (kind === 'MAC flood') return { kind, initiator: '', responder: '', port: -1, ...protocol };
  const ends = isBySender(kind)
    ? sides(batch, k)
    : { initiator: batch.initiator.text(k), responder: batch.responder.text(k), servicePort: batch.servicePort[k] };
  return {
    kind,
    initiator: about.ofMany ? '' : ends.initiator,
    responder: ends.responder,
    port: about.severalPorts ? -1 : ends.servicePort,
    ...protocol,
  };
}

/** Beyond so many a list of them says less than that there are many. */
const MOST_RESPONDERS = 2;
/** What a kind is never about, whatever the record: the next one of its like has others. */
const NEVER: Readonly<Partial<Record<PatternName, readonly ('initiator' | 'responder' | 'port' | 'protocol')[]>>> = {
  'port scan': ['port'],
  'new client': ['responder', 'port', 'protocol'],
  'new server': ['initiator', 'port', 'protocol'],
  'new service': ['initiator'],
  'changed MAC address': ['responder', 'port', 'protocol'],
  'ARP spoofing': ['responder', 'port', 'protocol'],
};
const MANY = null;

/** What one initiator did of one kind. `MANY`: more than are worth telling apart. */
interface Done {
  responders: Set<string> | typeof MANY;
  ports: Set<number> | typeof MANY;
  protocols: Set<string> | typeof MANY;
}

const key = new Key();
const NUMBERS: ReadonlyMap<string, number> = new Map(Object.keys(PATTERNS).map((name, number) => [name, number]));

/** All that an incident was about, gathered dealing by dealing. Bounded. */
export class Trail {
  private readonly seen = new Set<number>();
  private readonly kinds = new Map<PatternName, Map<string, Done>>();
  private changed = true;
  private written: AllowEntry[] = [];

  /** Record k, as evidence of `kind`; what came before costs a look. */
  add(batch: FeatureBatch, k: number, kind: PatternName, about: About = {}): void {
    const { initiator, responder, moved } = batch;
    key.start(0x54).addPair(initiator.low[k], initiator.high[k]).addPair(responder.low[k], responder.high[k]);
    key
      .add(NUMBERS.get(kind) ?? 0)
      .add(batch.servicePort[k])
      .add(batch.protocol[k])
      .add(batch.fromInitiator[k])
      .add((about.ofMany ? 2 : 0) + (about.severalPorts ? 1 : 0));
    if (batch.formerMac[k] >= 0) key.addPair(moved.low[k], moved.high[k]);
    const exact = exactKey(key.low, key.high);
    if (this.seen.has(exact)) return;
    if (this.seen.size < SETTINGS.FRAMES) this.seen.add(exact);
    this.take(dealingOf(batch, k, kind, about));
  }

  private take({ kind, initiator, responder, port, protocol }: Dealing): void {
    const never = NEVER[kind] ?? [];
    const by = this.kinds.get(kind) ?? new Map<string, Done>();
    this.kinds.set(kind, by);
    const known = by.size < SETTINGS.OTHERS || by.has(initiator);
    const who = never.includes('initiator') || !known ? '' : initiator;
    let done = by.get(who);
    if (!done) {
      done = {
        responders: never.includes('responder') ? MANY : new Set(),
        ports: never.includes('port') ? MANY : new Set(),
        protocols: never.includes('protocol') ? MANY : new Set(),
      };
      by.set(who, done);
      this.changed = true;
    }
    done.responders = this.gather(done.responders, responder, responder !== '', MOST_RESPONDERS);
    done.ports = this.gather(done.ports, port, port >= 0, 1);
    done.protocols = this.gather(done.protocols, protocol, true, 1);
  }

  private gather<T>(set: Set<T> | typeof MANY, value: T, isOne: boolean, most: number): Set<T> | typeof MANY {
    if (set === MANY || set.has(value)) return set;
    this.changed = true;
    if (!isOne || set.size >= most) return MANY;
    return set.add(value);
  }

  /** The entries that cover all of it and as little else as can be said. */
  entries(): AllowEntry[] {
    if (!this.changed) return this.written;
    this.changed = false;
    const rows: Row[] = [];
    for (const [kind, by] of this.kinds) {
      for (const [initiator, { responders, ports, protocols }] of by) {
        const one = <T>(set: Set<T> | typeof MANY): T[] => (set === MANY ? [] : [...set]);
        rows.push({
          initiator: initiator === '' ? [] : [initiator],
          responder: one(responders),
          port: one(ports),
          protocol: one(protocols),
          reason: [kind],
        });
      }
    }
    this.written = joined(joined(rows, 'reason'), 'initiator').map(entryOf);
    return this.written;
  }
}

/** An empty list of a name: whatever it is. */
interface Row {
  initiator: string[];
  responder: string[];
  port: number[];
  protocol: string[];
  reason: string[];
}

/** Rows that differ in one name only are one. */
function joined(rows: readonly Row[], name: 'reason' | 'initiator'): Row[] {
  const byRest = new Map<string, Row>();
  for (const row of rows) {
    // an initiator that may be anybody is not joined with one that is named
    const open = name === 'initiator' && row.initiator.length === 0;
    const rest = JSON.stringify([{ ...row, [name]: [] }, open]);
    const same = byRest.get(rest);
    if (same) same[name] = [...new Set([...same[name], ...row[name]])];
    else byRest.set(rest, { ...row });
  }
  return [...byRest.values()];
}

function entryOf({ initiator, responder, port, protocol, reason }: Row): AllowEntry {
  const listed = (name: string, values: readonly string[]): object =>
    values.length === 0 ? {} : { [name]: values.length === 1 ? values[0] : values };
  return {
    ...listed('initiator', initiator),
    ...listed('responder', responder),
    ...(port.length > 0 && { port: port[0] }),
    ...(protocol.length > 0 && { protocol: protocol[0] }),
    ...listed('reason', reason),
  };
}
