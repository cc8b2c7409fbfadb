/** The fleet's report out of its database: the worst is listed, all is counted. */
import { SEVERITIES, type Severity } from '../../detect/incident.js';
import type { Database, Row } from '../../output/reports/database.js';
import type {
  Campaign,
  FleetFacts,
  FleetReport,
  FleetSensor,
  ListedIncident,
  SensorState,
} from '../../report/fleet/facts.js';
import type { Heartbeat } from '../contract.js';
import { incidentIn } from './bodies.js';

export interface SinkIdentity {
  /** UUIDv7 of the process's run */
  readonly run: string;
  /** the program's */
  readonly version: string;
  /** without credentials */
  readonly hub: string;
}

/** What a report lists at most: documents for programs of so many take some seconds to write, and pages list fewer. */
export const MOST_LISTED = { incidents: 10_000, campaigns: 1000, sensors: 10_000 } as const;
/** ms; two that both spoke within a day are told of for that long */
const LATELY_MS = 86_400_000;
const S_PER_MS = 1e-3;

/** Sums of what sensors claim may be greater than what is counted here. */
const whole = (value: unknown): number => Math.min(Number(value ?? 0), Number.MAX_SAFE_INTEGER);

/** How much there is of everything, cheap to ask for. */
export type FleetCounts = Pick<FleetFacts, 'sensors' | 'campaigns' | 'incidents' | 'bySeverity'>;

export function fleetCounts(database: Database): FleetCounts {
  const bySeverity = Object.fromEntries(SEVERITIES.map((severity) => [severity, 0])) as Record<Severity, number>;
  for (const { rank, n } of database.all('SELECT rank, count(*) AS n FROM incidents GROUP BY rank'))
    bySeverity[SEVERITIES[Number(rank)] as Severity] = whole(n);
  return {
    sensors: whole(database.one('SELECT count(*) AS n FROM sensors').n),
    campaigns: whole(database.one('SELECT count(*) AS n FROM campaigns').n),
    incidents: Object.values(bySeverity).reduce((sum, n) => sum + n, 0),
    bySeverity,
  };
}

/** @param nowMs by the sink's clock */
export function fleetReport(database: Database, who: SinkIdentity & { keepDays: number }, nowMs: number): FleetReport {
  const sensors = sensorsIn(database, nowMs);
  const facts = factsIn(database);
  const counted = (sql: string): number => whole(database.one(sql).n);
  return {
    facts: {
      hub: who.hub,
      version: who.version,
      run: who.run,
      sinceMs: facts.get('since_ms') ?? nowMs,
      nowMs,
      ...fleetCounts(database),
      events: counted('SELECT count(*) AS n FROM events'),
      repeated: facts.get('repeated') ?? 0,
      expired: facts.get('expired') ?? 0,
      keepDays: who.keepDays,
      gaps: counted(`SELECT total(n) AS n FROM (${GAPS})`),
      conflicts: counted('SELECT count(*) AS n FROM conflicts'),
      invalid: counted('SELECT total(refused) AS n FROM sensors') + (facts.get('refused') ?? 0),
    },
    campaigns: campaignsIn(database),
    incidents: incidentsIn(database),
    sensors,
  };
}

/** Events that gaps stand for, by sensor: ranges may be told twice, and the later the longer. */
const GAPS = `SELECT sensor, sum(last - lowest + 1.0) AS n FROM (
  SELECT sensor, last, max(first, 1 + coalesce(max(last) OVER (PARTITION BY sensor, spool ORDER BY first, last
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)) AS lowest FROM gaps) WHERE lowest <= last GROUP BY sensor`;

/** Two spoke at once where the one was heard again after the other had begun. */
const AT_ONCE = `SELECT a.sensor, count(DISTINCT a.run) AS runs, count(DISTINCT a.spool) AS spools FROM seen a
  WHERE a.last_ms >= ?1 AND EXISTS (SELECT 1 FROM seen b WHERE b.sensor = a.sensor AND (b.run <> a.run OR b.spool <> a.spool)
    AND b.last_ms >= ?1 AND a.first_ms < b.last_ms AND b.first_ms < a.last_ms) GROUP BY a.sensor`;

function factsIn(database: Database): Map<string, number> {
  return new Map(database.all('SELECT name, value FROM facts').map(({ name, value }) => [String(name), Number(value)]));
}

function campaignsIn(database: Database): Campaign[] {
  const worst = `SELECT json, EXISTS (SELECT 1 FROM states WHERE campaign = id AND state = 'open') AS open FROM campaigns
    ORDER BY rank DESC, sensors DESC, last_us DESC, id LIMIT ${MOST_LISTED.campaigns}`;
  return database.all(worst).map(({ json, open }) => ({ ...(JSON.parse(String(json)) as Campaign), open: open === 1 }));
}

function incidentsIn(database: Database): ListedIncident[] {
  const worst = `SELECT json, i.campaign, state FROM incidents i JOIN states USING (uuid, sensor)
    ORDER BY rank DESC, first_us DESC, sensor, uuid LIMIT ${MOST_LISTED.incidents}`;
  return database.all(worst).flatMap(({ json, campaign, state }) => {
    const incident = incidentIn(String(json));
    return incident ? [{ ...incident, campaign: String(campaign ?? ''), isCut: state === 'cut' }] : [];
  });
}

function sensorsIn(database: Database, nowMs: number): FleetSensor[] {
  const by = (sql: string, ...values: number[]): Map<string, Row> =>
    new Map(database.all(sql, ...values).map((row) => [String(row.sensor), row]));
  const events = by('SELECT sensor, count(*) AS n FROM events GROUP BY sensor');
  const incidents = by('SELECT sensor, count(*) AS n FROM incidents GROUP BY sensor');
  const conflicts = by('SELECT sensor, count(*) AS n FROM conflicts GROUP BY sensor');
  const gaps = by(GAPS);
  const atOnce = by(AT_ONCE, nowMs - LATELY_MS);
  const water = database.prepareOne('SELECT water FROM spools WHERE sensor = ? AND spool = ?');
  const all = `SELECT * FROM sensors ORDER BY sensor LIMIT ${MOST_LISTED.sensors}`;
  return database.all(all).map((row) => {
    const name = String(row.sensor);
    const heartbeat = typeof row.heartbeat === 'string' ? (JSON.parse(row.heartbeat) as Heartbeat) : undefined;
    const released = heartbeat && Number(water(name, heartbeat.spool.id)?.water ?? 0);
    return {
      name,
      site: String(row.site),
      seenMs: Number(row.seen_ms),
      ...(heartbeat && {
        state: stateOf(heartbeat, Number(row.heartbeat_ms)),
        lag: Math.max(0, heartbeat.spool.last - (released ?? 0)),
      }),
      events: whole(events.get(name)?.n),
      incidents: whole(incidents.get(name)?.n),
      gaps: whole(gaps.get(name)?.n),
      conflicts: whole(conflicts.get(name)?.n),
      invalid: whole(row.refused),
      invalidWhy: String(row.refused_why),
      runsAtOnce: Math.max(1, whole(atOnce.get(name)?.runs)),
      spoolsAtOnce: Math.max(1, whole(atOnce.get(name)?.spools)),
    };
  });
}

function stateOf(heartbeat: Heartbeat, heardMs: number): SensorState {
  const { version, kind, model, threshold, records, dropped, incidents, drift, refused, ended, t, spool } = heartbeat;
  return {
    version,
    kind,
    model: { id: model.id, name: model.name },
    threshold,
    records,
    dropped,
    incidents,
    drift,
    refused,
    ended: ended === true,
    aheadS: (t - heardMs) * S_PER_MS,
    waitsS: spool.oldest_s,
  };
}
