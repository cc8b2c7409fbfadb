/** What sensors send and a hub that is only memory, with the faults that real ones have. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Incident } from '../../src/detect/incident.js';
import type { CarrierError, HubCarrier, Message, Position } from '../../src/fleet/carriers/carrier.js';
import {
  type GapBody,
  type Heartbeat,
  type IncidentBody,
  recordIdText,
  STREAMS,
  SUBJECTS,
} from '../../src/fleet/contract.js';
import { type GapRecord, type IncidentRecord, incidentBody } from '../../src/fleet/sink/bodies.js';
import type { Batch } from '../../src/fleet/sink/store.js';
import { eveLine } from '../../src/report/eve.js';
import { facts, incident } from '../report/sample.js';

export const SPOOL = '0123456789abcdef';
export const RUN = '019ab1c8-9a3f-7abc-8def-000000000000';
export const NOW_MS = Date.UTC(2026, 10, 23, 18, 5, 0);

export interface Told {
  readonly sensor?: string;
  readonly site?: string;
  readonly spool?: string;
  readonly run?: string;
  readonly t?: number;
  readonly event?: 'opened' | 'changed' | 'closed';
  readonly incident?: Partial<Incident>;
}

/** An incident that no other number of any sensor has. */
const uuidOf = (sensor: string, seq: number): string => {
  const hex = Buffer.from(`${sensor}.${seq}`).toString('hex').slice(-12).padStart(12, '0');
  return `019ab1c8-9a3f-7${String(seq % 1000).padStart(3, '0')}-8000-${hex}`;
};

export function eventBody(seq: number, told: Told = {}): IncidentBody {
  const { sensor = 'gw', site = 'home', spool = SPOOL, run = RUN, t = NOW_MS, event = 'opened' } = told;
  const item = incident(seq, { uuid: uuidOf(sensor, seq), ...told.incident });
  const type = event === 'changed' ? 'updated' : event;
  const line = eveLine(
    { type, incident: { ...item, frames: item.frames.slice(0, 20) }, atUs: item.lastUs },
    facts({ sensor }),
  );
  const id = recordIdText({ sensor, spool, lane: 'inc', seq });
  return { ...line, fleet: { v: 1, id, sensor, site, run, event, model: '0123456789abcdef', t } };
}

export function gapBody(
  from: number,
  to: number,
  { sensor = 'gw', site = 'home', spool = SPOOL, run = RUN, t = NOW_MS }: Told = {},
): GapBody {
  const id = recordIdText({ sensor, spool, lane: 'inc', seq: to });
  return { gap: { from, to, why: 'full' }, fleet: { v: 1, id, sensor, site, run, t } };
}

export function heartbeat(changes: Partial<Heartbeat> = {}): Heartbeat {
  return {
    v: 1,
    sensor: 'gw',
    site: 'home',
    run: RUN,
    t: NOW_MS,
    version: '0.1.0',
    kind: 'packet',
    model: { id: '0123456789abcdef', name: 'models/default', state: 'local' },
    threshold: 1.9,
    records: 12_345,
    dropped: 0,
    incidents: { told: 3, open: 1 },
    spool: { id: SPOOL, last: 0, released: 0, bytes: 0, oldest_s: 0, gaps: 0 },
    drift: 0,
    refused: '',
    ...changes,
  };
}

export const at = (sequence: number, storedMs = NOW_MS, changes: Partial<Position> = {}): Position => ({
  server: 'memory',
  stream: STREAMS.incidents.name,
  created: '2026',
  sequence,
  storedMs,
  ...changes,
});

export const bytesOf = (body: unknown): Uint8Array =>
  body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));

/** A body as the sink takes it from the hub. @throws where it is none */
export function record(body: IncidentBody | GapBody, sequence = 1, storedMs = NOW_MS): IncidentRecord | GapRecord {
  const subject = SUBJECTS.incidents(body.fleet.sensor);
  const taken = incidentBody({ subject, id: undefined, bytes: bytesOf(body), position: at(sequence, storedMs) });
  if (taken.type === 'refused') throw new Error(taken.why);
  return taken;
}

export const batch = (records: Batch['records'], changes: Partial<Batch> = {}): Batch => ({
  position: at(records.length),
  records,
  heartbeats: [],
  refused: new Map(),
  published: new Map(records.map(({ id }) => [`${id.sensor}.${id.spool}`, 0])),
  ...changes,
});

/** A hub in memory: streams by the first two tokens of a subject, the control stream by subject. */
export class MemoryHub implements HubCarrier {
  readonly name = 'memory';
  connected = true;
  created = 'first';
  /** all that was published to the control stream, by subject */
  readonly control = new Map<string, { id: string | undefined; bytes: Uint8Array }[]>();
  private readonly streams = new Map<string, Message[]>();
  /** asked before each call; what it throws is thrown */
  fault: (call: 'publish' | 'last' | 'replay' | 'next', subject: string) => CarrierError | undefined = () => undefined;
  /** replays each message so often */
  times = 1;

  /** A sensor's message. */
  put(subject: string, body: unknown, storedMs = Date.now()): void {
    const key = subject.split('.').slice(0, 2).join('.');
    const all = this.streams.get(key) ?? [];
    const stream = key === 'a1.inc' ? STREAMS.incidents.name : STREAMS.heartbeats.name;
    const position = at(all.length + 1, storedMs, { created: this.created, stream });
    all.push({ subject, id: undefined, bytes: bytesOf(body), position });
    this.streams.set(key, all);
  }

  /** Everything is lost, as after a power loss. */
  wipe(created: string): void {
    this.created = created;
    this.streams.clear();
    this.control.clear();
  }

  async prepare(): Promise<void> {}
  async nudge(): Promise<void> {}
  async close(): Promise<void> {}

  async publish(subject: string, id: string | undefined, bytes: Uint8Array): Promise<void> {
    await sleep(0);
    const fault = this.fault('publish', subject);
    if (fault) throw fault;
    this.control.set(subject, [...(this.control.get(subject) ?? []), { id, bytes }]);
  }

  async last(subject: string): Promise<Message | undefined> {
    await sleep(0);
    const fault = this.fault('last', subject);
    if (fault) throw fault;
    const last = this.control.get(subject)?.at(-1);
    return last && { subject, ...last, position: at(1, Date.now(), { stream: STREAMS.control.name }) };
  }

  /** The newest watermark that sensors would see. */
  water(sensor: string): { spool: string; seq: number } | undefined {
    const last = this.control.get(SUBJECTS.watermark(sensor))?.at(-1);
    return last && JSON.parse(Buffer.from(last.bytes).toString());
  }

  async *replay(filter: string, from: Position | undefined, signal: AbortSignal): AsyncIterable<Message> {
    const fault = this.fault('replay', filter);
    if (fault) throw fault;
    const key = filter.split('.').slice(0, 2).join('.');
    const known = from?.created === this.created ? from.sequence : 0;
    for (let next = known; !signal.aborted; ) {
      const message = this.streams.get(key)?.[next];
      if (!message) {
        await sleep(5, undefined, { signal }).catch(() => undefined);
        continue;
      }
      const broken = this.fault('next', message.subject);
      if (broken) throw broken;
      next++;
      for (let k = 0; k < this.times; k++) yield message;
    }
  }

  async *nudges(): AsyncIterable<void> {}
}

/** Waits until it is so. @throws where it is not within ten seconds */
export async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 10) {
    if (waited > 10_000) throw new Error(`it never was so: ${isSo}`);
    await sleep(10);
  }
}
