/**
 * The fleet's memory: what was read of a hub, and how far, in one SQLite database (schema.ts). A batch is committed whole and is on
 * the disk when that returns: only then may its watermarks be published, for sensors forget what lies below them.
 */
import { DATABASE_USES, Database } from '../../output/reports/database.js';
import type { FleetReport } from '../../report/fleet/facts.js';
import type { Position } from '../carriers/carrier.js';
import type { Beat, GapRecord, IncidentRecord } from './bodies.js';
import { EventRows } from './event-rows.js';
import { type CampaignNews, IncidentRows } from './incident-rows.js';
import { SCHEMA, SCHEMA_VERSION } from './schema.js';
import { SensorRows, type Spool, type Water } from './sensor-rows.js';
import { type FleetCounts, fleetCounts, fleetReport, type SinkIdentity } from './store-report.js';

/**
 * Events and incidents are kept so long where nothing else is said. The hub keeps events for 30 days, and so long an event may come
 * again that must be known by its id; three times that is also a quarter, which reports are made of.
 */
export const KEEP_DAYS = 90;
const MS_PER_DAY = 86_400_000;
/** Rows that grew too old go so many at a time, each time in some milliseconds, so that reading goes on between. */
const AT_A_TIME = 1000;

/** What is committed together. */
export interface Batch {
  /** of the stream of incident events, after the last of these; undefined: nothing of it was read */
  readonly position: Position | undefined;
  /** in the order in which they came */
  readonly records: readonly (IncidentRecord | GapRecord)[];
  readonly heartbeats: readonly Beat[];
  /** bodies that were none, by sensor; the empty name is nobody's */
  readonly refused: ReadonlyMap<string, { readonly count: number; readonly why: string }>;
  /** by `spoolKey`, of spools that are new: up to where it was published that they were committed; absent: that is not known */
  readonly published: ReadonlyMap<string, number>;
}

export const spoolKey = (sensor: string, spool: string): string => `${sensor}.${spool}`;

/** What a batch brought. */
export interface Outcome {
  /** events that were not there, in their order; those of a taken id with other contents among them */
  readonly events: readonly IncidentRecord[];
  /** of these, those of a taken id */
  readonly conflicts: readonly IncidentRecord[];
  /** watermarks that moved, and may be published now */
  readonly moved: readonly Water[];
  readonly campaigns: readonly CampaignNews[];
  /** sensors that nothing was heard of before */
  readonly met: readonly string[];
}

export class FleetStore {
  private readonly events: EventRows;
  private readonly sensors: SensorRows;
  private readonly incidents: IncidentRows;
  private readonly count;
  /** ms that the hub's clock is ahead of this host's: how long ago something was is seen by the hub's */
  hubAheadMs = 0;
  private who: SinkIdentity = { run: '', version: '', hub: '' };

  private constructor(
    readonly database: Database,
    readonly keepDays: number,
  ) {
    this.events = new EventRows(database);
    this.sensors = new SensorRows(database, this.events);
    this.incidents = new IncidentRows(database);
    this.count = database.prepare(
      'INSERT INTO facts VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = value + excluded.value',
    );
  }

  /**
   * Goes on with the database at `path`, or begins one.
   * @param keepDays events and incidents of which nothing was heard for so long are dropped, and counted
   * @throws AnomalyError CANNOT_CREATE: not ours, of something else or of another version; WRITE_FAILED
   */
  static async open(path: string, keepDays = KEEP_DAYS): Promise<FleetStore> {
    const database = await Database.open(path, SCHEMA, SCHEMA_VERSION, DATABASE_USES.fleet);
    try {
      database.transaction(() => database.prepare("INSERT OR IGNORE INTO facts VALUES ('since_ms', ?)")(Date.now()));
      return new FleetStore(database, keepDays);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  get path(): string {
    return this.database.path;
  }

  /** Who writes from now on. @throws AnomalyError WRITE_FAILED */
  begin(who: SinkIdentity): void {
    const { run, version, hub } = who;
    this.who = who;
    const put = this.database.prepare('INSERT OR IGNORE INTO sinks VALUES (?, ?, ?, ?, NULL)');
    this.database.transaction(() => put(run, version, hub, new Date().toISOString()));
  }

  /** How far a stream was read. */
  position(stream: string): Position | undefined {
    const row = this.database.one('SELECT * FROM positions WHERE stream = ?', stream);
    if (row.stream === undefined) return undefined;
    return {
      server: String(row.server),
      stream,
      created: String(row.created),
      sequence: Number(row.sequence),
      storedMs: Number(row.stored_ms),
      ...(typeof row.marks === 'string' && { marks: JSON.parse(row.marks) }),
    };
  }

  /** Whether it is known what was published of a spool before this database was. */
  knows(sensor: string, spool: string): boolean {
    return this.sensors.knows(sensor, spool);
  }

  /** All of it or nothing; on the disk when it returns. @throws AnomalyError WRITE_FAILED */
  commit(batch: Batch, receivedMs = Date.now()): Outcome {
    const outcome = { events: [] as IncidentRecord[], conflicts: [] as IncidentRecord[], moved: [] as Water[] };
    const met = new Set<string>();
    let campaigns: CampaignNews[] = [];
    const work = (): void => {
      let repeated = 0;
      const touched = new Map<string, Pick<Water, 'sensor' | 'spool'>>();
      for (const record of batch.records) {
        const { sensor, spool } = record.id;
        if (this.sensors.heard(sensor, record.site, record.storedMs)) met.add(sensor);
        this.sensors.heardSpool(sensor, spool, record.storedMs);
        touched.set(spoolKey(sensor, spool), { sensor, spool });
        const taken =
          record.type === 'gap' ? this.events.gap(record, receivedMs) : this.events.event(record, receivedMs);
        if (taken === 'again') repeated++;
        else if (record.type === 'incident') {
          this.incidents.incident(record, receivedMs);
          outcome.events.push(record);
          if (taken === 'conflict') outcome.conflicts.push(record);
        }
      }
      for (const beat of batch.heartbeats) {
        const { sensor, spool } = beat.heartbeat;
        if (this.sensors.heartbeat(beat)) met.add(sensor);
        touched.set(spoolKey(sensor, spool.id), { sensor, spool: spool.id });
      }
      for (const [sensor, { count, why }] of batch.refused) {
        if (sensor === '') this.count('refused', count);
        else this.sensors.refused(sensor, count, why);
      }
      for (const [key, { sensor, spool }] of touched) {
        const water = this.sensors.advance(sensor, spool, batch.published.get(key));
        if (water) outcome.moved.push(water);
      }
      campaigns = this.incidents.settle('when due');
      if (repeated > 0) this.count('repeated', repeated);
      if (batch.position) this.putPosition(batch.position);
    };
    this.transaction(work);
    return { ...outcome, campaigns, met: [...met] };
  }

  /**
   * It came to be known up to where a spool's events were committed by another sink: these do not come again.
   * @returns its watermark, where that moved
   */
  published({ sensor, spool, seq }: Water): Water | undefined {
    let moved: Water | undefined;
    this.transaction(() => {
      moved = this.sensors.advance(sensor, spool, seq);
    });
    return moved;
  }

  /**
   * Makes campaigns anew that very many sensors are part of, which commits may put off.
   * @param when `now`: all of them @returns those that are news @throws AnomalyError WRITE_FAILED
   */
  settle(when: 'now' | 'when due'): readonly CampaignNews[] {
    let news: CampaignNews[] = [];
    if (this.database.one('SELECT 1 AS n FROM disturbed LIMIT 1').n === undefined) return news;
    this.transaction(() => {
      news = this.incidents.settle(when);
    });
    return news;
  }

  /** Whether a spool's events are there beyond a hole. */
  hasHole({ sensor, spool, seq }: Water): boolean {
    return this.events.beyond(sensor, spool, seq);
  }

  /** Names of sensors with spools, so many, after one. */
  withSpools(after: string, most: number): string[] {
    return this.sensors.withSpools(after, most);
  }

  /** A sensor's spools, the one heard of last first. */
  spools(sensor: string): Spool[] {
    return this.sensors.spools(sensor);
  }

  /** Drops some of what is too old to be kept. @returns whether there may be more @throws AnomalyError WRITE_FAILED */
  expire(nowMs: number): boolean {
    const before = nowMs - this.keepDays * MS_PER_DAY;
    let most = 0;
    this.transaction(() => {
      const incidents = this.incidents.expire(before, AT_A_TIME);
      this.incidents.putOff();
      const events = this.dropOld('events', 'rowid', before);
      const others = [this.dropOld('gaps', 'id, hash', before), this.dropOld('conflicts', 'id, hash', before)];
      if (events > 0) this.count('expired', events);
      this.sensors.expire(before);
      most = Math.max(incidents, events, ...others);
    });
    return most === AT_A_TIME;
  }

  /** What there is to tell: the worst is listed, all is counted. Takes up to some tenths of a second. */
  counts(): FleetCounts {
    return fleetCounts(this.database);
  }

  report(nowMs = Date.now() + this.hubAheadMs): FleetReport {
    return fleetReport(this.database, { ...this.who, keepDays: this.keepDays }, nowMs);
  }

  /** Names of sensors that the hub last heard of between two times, by its clock (ms), and that have not said that they end. */
  heardBetween(fromMs: number, toMs: number): string[] {
    return this.sensors.heardBetween(fromMs, toMs);
  }

  /** Ends the run in the database, and closes it. Idempotent. @throws AnomalyError WRITE_FAILED */
  close(): void {
    if (!this.database.isOpen) return;
    try {
      const { run } = this.who;
      const end = this.database.prepare('UPDATE sinks SET ended = ? WHERE run = ?');
      if (run !== '') this.database.transaction(() => end(new Date().toISOString(), run));
    } finally {
      this.database.close();
    }
  }

  private dropOld(table: 'events' | 'gaps' | 'conflicts', key: string, beforeMs: number): number {
    const old = `SELECT ${key} FROM ${table} WHERE received_ms < ? LIMIT ${AT_A_TIME}`;
    return this.database.prepare(`DELETE FROM ${table} WHERE (${key}) IN (${old})`)(beforeMs);
  }

  private putPosition({ server, stream, created, sequence, storedMs, marks }: Position): void {
    this.database.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?)')(
      stream,
      server,
      created,
      sequence,
      storedMs,
      marks ? JSON.stringify(marks) : null,
    );
  }

  private transaction(work: () => void): void {
    try {
      this.database.transaction(work);
    } catch (error) {
      this.incidents.forget();
      throw error;
    }
  }
}
