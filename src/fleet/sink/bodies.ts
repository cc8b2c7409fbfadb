/**
 * What comes from the hub, looked at before anything believes it. Whoever holds a sensor's key may publish what he likes under its
 * name, so a body is taken only when it is what the contract says, and about the sensor that its subject names. What else it holds
 * is kept as it came and never used. Texts are not made safe here: whoever shows them does that.
 */
import { createHash } from 'node:crypto';
// as with the bundle's files: what comes from outside is looked at first
import { z } from 'zod';
import { isHubName } from '../../base/hub.js';
import { SEVERITIES } from '../../detect/incident.js';
import type { FleetIncident } from '../../report/fleet/facts.js';
import type { Message } from '../carriers/carrier.js';
import { type Heartbeat, MOST_BYTES, parseRecordId, type RecordId, sensorOf } from '../contract.js';

/** The one lane of the contract's incident events. */
const LANE = 'inc';
/** ms since the epoch: the years 1970 to 9999, which every format can write */
const LATEST_MS = 253_402_300_799_000;
const US_PER_MS = 1000;
/** µs are whole numbers to JavaScript, and to SQLite's reader, until the year 2255 */
const LATEST_US_MS = Math.floor(Number.MAX_SAFE_INTEGER / US_PER_MS);

/** Objects and lists within each other: twice as many as the contract has. What goes deeper is made to exhaust who walks it. */
const DEEPEST = 16;

const TIME_MS = z.number().min(0).max(LATEST_MS);
const COUNT = z.int().nonnegative();
const FIGURE = z.number().nullable();
const PORT = z.int().min(0).max(65_535).default(-1);
const UUID = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const NAME = z.string().refine(isHubName);
/** ISO 8601 to µs; ms are enough to compare sensors, whose clocks differ by more */
const TIME_US = z
  .string()
  .max(40)
  .transform((text) => Date.parse(text))
  .pipe(z.number().min(0).max(LATEST_US_MS))
  .transform((ms) => ms * US_PER_MS);

const WHO = { v: z.literal(1), id: z.string(), sensor: NAME, site: NAME, run: UUID, t: TIME_MS };

const GAP = z.object({
  gap: z
    .object({ from: z.int().positive(), to: z.int().positive(), why: z.string() })
    .refine(({ from, to }) => from <= to),
  fleet: z.object(WHO),
});

const EVENT = z.object({
  src_ip: z.string().default(''),
  src_port: PORT,
  dest_ip: z.string().default(''),
  dest_port: PORT,
  proto: z.string(),
  community_id: z.string().default(''),
  ether: z
    .object({ src_mac: z.string().default(''), dest_mac: z.string().default('') })
    .default({ src_mac: '', dest_mac: '' }),
  alert: z.object({
    signature: z.string(),
    context: z.object({
      id: UUID,
      number: COUNT,
      kind: z.string(),
      severity: z.enum(SEVERITIES),
      first: TIME_US,
      opened: TIME_US,
      last: TIME_US,
      closed: z.boolean(),
      packets: COUNT.default(0),
      connections: COUNT.default(0),
      bytes: COUNT,
      evidence: COUNT,
      score: FIGURE,
      threshold: FIGURE,
      low_confidence: z.boolean(),
      others: z.array(z.string()),
      reasons: z.array(z.object({ text: z.string() })),
      technique: z.object({ id: z.string(), name: z.string() }).optional(),
    }),
  }),
  fleet: z.object({ ...WHO, event: z.enum(['opened', 'changed', 'closed']), model: z.string() }),
});

const HEARTBEAT = z.object({
  v: z.literal(1),
  sensor: NAME,
  site: NAME,
  run: UUID,
  t: TIME_MS,
  version: z.string(),
  kind: z.enum(['packet', 'connection']),
  model: z.object({ id: z.string(), name: z.string(), state: z.literal('local') }),
  threshold: z.number(),
  records: COUNT,
  dropped: COUNT.nullable(),
  incidents: z.object({ told: COUNT, open: COUNT }),
  spool: z.object({
    id: z.string().regex(/^[0-9a-f]{16}$/),
    last: COUNT,
    released: COUNT,
    bytes: COUNT,
    oldest_s: z.number().nonnegative(),
    gaps: COUNT,
  }),
  drift: COUNT,
  refused: z.string(),
  ended: z.literal(true).optional(),
});

interface Record {
  readonly id: RecordId;
  readonly idText: string;
  readonly site: string;
  /** by the sensor's clock, ms since the epoch */
  readonly t: number;
  /** by the hub's clock, ms since the epoch */
  readonly storedMs: number;
  /** SHA-256 of the body, hex */
  readonly hash: string;
  /** the body as it came */
  readonly json: string;
}

/** What happened to an incident. */
export interface IncidentRecord extends Record {
  readonly type: 'incident';
  readonly event: 'opened' | 'changed' | 'closed';
  readonly incident: FleetIncident;
}

/** What takes the place of events that were dropped. */
export interface GapRecord extends Record {
  readonly type: 'gap';
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

/** A body that is none. */
export interface Refusal {
  readonly type: 'refused';
  /** the subject's; empty where that is no name */
  readonly sensor: string;
  readonly why: string;
}

/** What a sensor says of itself, and when the hub had it. */
export interface Beat {
  readonly type: 'heartbeat';
  readonly heartbeat: Heartbeat;
  readonly storedMs: number;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

type Json = { readonly json: string; readonly value: unknown };

/** The first thing that is wrong, in a few words. */
function whyNot(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join('.') || 'body'}: ${issue.message}` : 'not of the contract';
}

/** @returns the body's JSON, or why it has none */
function jsonOf({ bytes }: Message, most: number): Json | string {
  if (bytes.length > most) return `${bytes.length} bytes, of ${most} at most`;
  try {
    const json = UTF8.decode(bytes);
    const value: unknown = JSON.parse(json);
    return isDeeper(value, DEEPEST) ? 'nested too deeply' : { json, value };
  } catch {
    return 'no JSON';
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((one) => isDeeper(one, levels - 1));
}

const isGap = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.hasOwn(value, 'gap');

/** A message of `a1.inc.<sensor>`. */
export function incidentBody(message: Message): IncidentRecord | GapRecord | Refusal {
  const sensor = sensorOf(message.subject);
  const refused = (why: string): Refusal => ({ type: 'refused', sensor: isHubName(sensor) ? sensor : '', why });
  if (!isHubName(sensor)) return refused('its subject names no sensor');
  const body = jsonOf(message, MOST_BYTES.incident);
  if (typeof body === 'string') return refused(body);
  const parsed = isGap(body.value) ? GAP.safeParse(body.value) : EVENT.safeParse(body.value);
  if (!parsed.success) return refused(whyNot(parsed.error));
  const { fleet } = parsed.data;
  const id = parseRecordId(fleet.id);
  if (!id || !Number.isSafeInteger(id.seq)) return refused('fleet.id: is no record id');
  if (id.lane !== LANE) return refused('fleet.id: is of another lane');
  if (fleet.sensor !== sensor || id.sensor !== sensor) return refused('it is about another sensor than its subject');
  const record: Record = {
    id,
    idText: fleet.id,
    site: fleet.site,
    t: fleet.t,
    storedMs: message.position.storedMs,
    hash: createHash('sha256').update(message.bytes).digest('hex'),
    json: body.json,
  };
  if ('gap' in parsed.data) return { type: 'gap', ...record, ...parsed.data.gap };
  return { type: 'incident', ...record, event: parsed.data.fleet.event, incident: incidentOf(parsed.data) };
}

function incidentOf({ alert, fleet, ether, ...line }: z.infer<typeof EVENT>): FleetIncident {
  const { context } = alert;
  return {
    sensor: fleet.sensor,
    site: fleet.site,
    uuid: context.id,
    number: context.number,
    run: fleet.run,
    model: fleet.model,
    kind: context.kind,
    severity: context.severity,
    title: alert.signature,
    firstUs: context.first,
    openedUs: context.opened,
    lastUs: Math.max(context.first, context.last),
    closed: context.closed,
    initiator: line.src_ip || ether.src_mac,
    responder: line.dest_ip || ether.dest_mac,
    initiatorPort: line.src_port,
    servicePort: line.dest_port,
    protocol: line.proto,
    others: context.others,
    communityId: line.community_id,
    packets: context.packets,
    connections: context.connections,
    evidence: context.evidence,
    bytes: context.bytes,
    score: context.score,
    threshold: context.threshold,
    ...(context.technique && { technique: context.technique }),
    reasons: context.reasons.map(({ text }) => text),
    lowConfidence: context.low_confidence,
  };
}

/** The incident of an event that was taken before; undefined: it is none. */
export function incidentIn(json: string): FleetIncident | undefined {
  const { data } = EVENT.safeParse(JSON.parse(json));
  return data && incidentOf(data);
}

/** A message of `a1.hb.<sensor>`. */
export function heartbeatBody(message: Message): Beat | Refusal {
  const sensor = sensorOf(message.subject);
  const refused = (why: string): Refusal => ({ type: 'refused', sensor: isHubName(sensor) ? sensor : '', why });
  if (!isHubName(sensor)) return refused('its subject names no sensor');
  const body = jsonOf(message, MOST_BYTES.heartbeat);
  if (typeof body === 'string') return refused(body);
  const parsed = HEARTBEAT.safeParse(body.value);
  if (!parsed.success) return refused(whyNot(parsed.error));
  if (parsed.data.sensor !== sensor) return refused('it is about another sensor than its subject');
  const { ended, ...rest } = parsed.data;
  const { storedMs } = message.position;
  return { type: 'heartbeat', heartbeat: { ...rest, ...(ended && { ended }) }, storedMs };
}

const WATERMARK = z.object({ spool: z.string(), seq: COUNT });

/** Up to where a message of the control stream says that a spool's events were committed; 0: it says nothing of it. */
export function publishedIn(
  message: Message | undefined,
): { readonly spool: string; readonly seq: number } | undefined {
  const body = message && jsonOf(message, MOST_BYTES.heartbeat);
  return body === undefined || typeof body === 'string' ? undefined : WATERMARK.safeParse(body.value).data;
}
