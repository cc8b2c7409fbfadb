/**
 * Campaigns: what several sensors saw of one party is one thing to look into. Incidents of one kind by one initiator, or towards one
 * responder where that is whom the kind is about, belong together while no more than 30 minutes lie between one and the next; two
 * sensors make a campaign. Values in, values out: whatever order incidents arrive in, the campaigns are the same.
 */
import { createHash } from 'node:crypto';
import { inRange, parseRange } from '../base/address-range.js';
import { SEVERITIES, type Severity } from '../detect/incident.js';
import { PATTERNS, type PatternName, patternOf } from '../detect/rules/patterns.js';
import type { Campaign, FleetIncident } from '../report/fleet/facts.js';

/** µs; the fleet's design: what is further apart is another event */
export const WITHIN_US = 30 * 60 * 1e6;
/** The fleet's design: from so many sensors on it is a step worse than each of them saw. */
export const MANY_SENSORS = 5;

/** What campaigns need to know of an incident. */
export type Sighting = Pick<
  FleetIncident,
  | 'sensor'
  | 'site'
  | 'uuid'
  | 'kind'
  | 'severity'
  | 'firstUs'
  | 'lastUs'
  | 'closed'
  | 'initiator'
  | 'responder'
  | 'packets'
  | 'connections'
  | 'evidence'
  | 'bytes'
>;

/** Who an incident is about, as one and the same wherever it is seen. */
export interface Party {
  /** equal for incidents that may belong to one campaign */
  readonly key: string;
  readonly role: Campaign['role'];
  readonly address: string;
  readonly site?: string;
}

const ranges = (...texts: readonly string[]) => texts.map((text) => parseRange(text) ?? impossible(text));

function impossible(text: string): never {
  throw new Error(`${text} is no range`);
}

/** Of every host, of a group, or of none: one address, and never one party. Loopback, unspecified, multicast, broadcast. */
const NOBODY = ranges('0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/4', '255.255.255.255', '::/127', 'ff00::/8');
/** One party within a site: RFC 1918, 6598 (carrier's NAT), 3927, 4193, link-local and the former site-local of RFC 4291, NAT64's local prefix (RFC 8215). */
const LOCAL = ranges(
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  '64:ff9b:1::/48',
);
const [MAPPED] = ranges('::ffff:0:0/96');
/** first octet of a MAC address: it is a group's */
const GROUP_BIT = 1;

/** An address whatever its spelling, and how far it means the same; undefined: it is nobody's. */
function placed(text: string): { readonly name: string; readonly local: boolean } | undefined {
  const range = text.includes('/') ? undefined : parseRange(text);
  if (!range) return undefined;
  const { family, bytes: all } = range;
  const isMapped = family === 6 && MAPPED !== undefined && inRange(MAPPED, 6, all);
  const bytes = isMapped ? all.subarray(12) : all;
  const name = Buffer.from(bytes).toString('hex');
  if (family === 48) return ((bytes[0] as number) & GROUP_BIT) === 0 ? { name, local: true } : undefined;
  const within = (list: typeof LOCAL): boolean => list.some((one) => inRange(one, isMapped ? 4 : family, bytes));
  return within(NOBODY) ? undefined : { name, local: within(LOCAL) };
}

/** What is called or filled from many hosts is about the side that is called; so is what the table says of the responder. */
export function roleOf(kind: string): Campaign['role'] {
  if (!Object.hasOwn(PATTERNS, kind)) return 'initiator';
  const { scope, family } = patternOf(kind as PatternName);
  return scope === 'responder' || family === 'beacon' || family === 'exfiltration' ? 'responder' : 'initiator';
}

/** Undefined: it is about nobody who could be met elsewhere. */
export function partyOf(incident: Pick<Sighting, 'kind' | 'site' | 'initiator' | 'responder'>): Party | undefined {
  const role = roleOf(incident.kind);
  const address = incident[role];
  const place = placed(address);
  if (!place) return undefined;
  const site = place.local ? incident.site : undefined;
  const key = JSON.stringify([incident.kind, role, place.name, ...(site === undefined ? [] : [site])]);
  return { key, role, address, ...(site !== undefined && { site }) };
}

/** A campaign with its incidents, in the order of time. */
export interface Found<T extends Sighting> {
  readonly campaign: Campaign;
  readonly members: readonly T[];
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A total order: whatever came first, it is the same. */
const inTime = (a: Sighting, b: Sighting): number =>
  a.firstUs - b.firstUs || compare(a.sensor, b.sensor) || compare(a.uuid, b.uuid);

/** @param incidents each once (by sensor and uuid), in any order @returns the campaigns among them, in the order of their beginnings */
export function campaignsOf<T extends Sighting>(incidents: Iterable<T>): Found<T>[] {
  const byParty = new Map<string, { readonly party: Party; readonly all: T[] }>();
  for (const incident of incidents) {
    const party = partyOf(incident);
    if (!party) continue;
    const entry = byParty.get(party.key);
    if (entry) entry.all.push(incident);
    else byParty.set(party.key, { party, all: [incident] });
  }
  return [...byParty.values()]
    .flatMap(({ party, all }) => campaignsOfParty(party, all))
    .sort((a, b) => a.campaign.firstUs - b.campaign.firstUs || compare(a.campaign.id, b.campaign.id));
}

/** The same of incidents that are known to be about one party: nobody needs to read their addresses again. */
export function campaignsOfParty<T extends Sighting>(party: Party, incidents: readonly T[]): Found<T>[] {
  return together([...incidents])
    .map((one) => foundOf(party, one))
    .filter(({ campaign }) => campaign.sensors.length > 1);
}

/** Cut where nothing of the party was seen for too long. */
function together<T extends Sighting>(all: T[]): T[][] {
  const groups: T[][] = [];
  let untilUs = Number.NEGATIVE_INFINITY;
  for (const incident of all.sort(inTime)) {
    if (groups.length === 0 || incident.firstUs - untilUs > WITHIN_US) groups.push([]);
    groups.at(-1)?.push(incident);
    untilUs = Math.max(untilUs, incident.lastUs, incident.firstUs);
  }
  return groups;
}

function foundOf<T extends Sighting>(party: Party, members: readonly T[]): Found<T> {
  const first = members[0] as T;
  const names = (name: 'sensor' | 'site'): string[] => [...new Set(members.map((one) => one[name]))].sort(compare);
  const sum = (name: 'packets' | 'connections' | 'evidence' | 'bytes'): number =>
    members.reduce((total, one) => total + one[name], 0);
  const sensors = names('sensor');
  const campaign: Campaign = {
    id: idOf(party, first),
    kind: first.kind,
    severity: severityOf(members, sensors.length),
    role: party.role,
    // its spelling at the sensor that saw it first
    address: first[party.role],
    ...(party.site !== undefined && { site: party.site }),
    sensors,
    sites: names('site'),
    incidents: members.length,
    firstUs: first.firstUs,
    lastUs: members.reduce((last, one) => Math.max(last, one.lastUs), first.lastUs),
    open: members.some(({ closed }) => !closed),
    packets: sum('packets'),
    connections: sum('connections'),
    evidence: sum('evidence'),
    bytes: sum('bytes'),
  };
  return { campaign, members };
}

function severityOf(members: readonly Sighting[], sensors: number): Severity {
  const worst = members.reduce((most, { severity }) => Math.max(most, SEVERITIES.indexOf(severity)), 0);
  const step = sensors >= MANY_SENSORS ? 1 : 0;
  return SEVERITIES[Math.min(worst + step, SEVERITIES.length - 1)] as Severity;
}

/**
 * A UUIDv7 (RFC 9562) made of what it begins with, not of chance: the same incidents have the same id in every sink. It changes
 * only where an earlier incident turns up later.
 */
function idOf({ key }: Party, { sensor, uuid, firstUs }: Sighting): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([key, sensor, uuid]))
    .digest('hex');
  const ms = Math.min(Math.max(0, Math.floor(firstUs / 1000)), 2 ** 48 - 1);
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-8${hex.slice(3, 6)}-${hex.slice(6, 18)}`;
}
