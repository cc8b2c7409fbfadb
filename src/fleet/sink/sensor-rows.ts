/** Sensors, the processes and spools that speak under their names, and how far their events are there. */
import type { Database } from '../../output/reports/database.js';
import type { Beat } from './bodies.js';
import type { EventRows } from './event-rows.js';

/** How far events of a spool are there without a hole. */
export interface Water {
  readonly sensor: string;
  readonly spool: string;
  readonly seq: number;
}

export interface Spool extends Water {
  /** what was published before this database was is known */
  readonly asked: boolean;
  /** when something was heard of it, ms since the epoch by the hub's clock */
  readonly seenMs: number;
}

/** Runs of a sensor that are remembered: more than restarts of a day leave, so that a name that always changes does not fill the disk. */
const RUNS_KEPT = 64;

export class SensorRows {
  private readonly meet;
  private readonly see;
  private readonly putBeat;
  private readonly beatMs;
  private readonly seen;
  private readonly trimSeen;
  private readonly putRefused;
  private readonly one;
  private readonly meetSpool;
  private readonly setRun;
  private readonly setWater;
  private readonly names;
  private readonly ofSensor;
  private readonly dropOld;
  private readonly between;

  constructor(
    database: Database,
    private readonly events: EventRows,
  ) {
    this.meet = database.prepare('INSERT OR IGNORE INTO sensors (sensor, site, seen_ms) VALUES (?, ?, ?)');
    this.see = database.prepare('UPDATE sensors SET site = ?2, seen_ms = max(seen_ms, ?3) WHERE sensor = ?1');
    this.putBeat = database.prepare('UPDATE sensors SET heartbeat = ?, heartbeat_ms = ? WHERE sensor = ?');
    this.beatMs = database.prepareOne('SELECT heartbeat_ms AS ms FROM sensors WHERE sensor = ?');
    this.seen = database.prepare(
      `INSERT INTO seen VALUES (?1, ?2, ?3, ?4, ?4)
        ON CONFLICT DO UPDATE SET first_ms = min(first_ms, ?4), last_ms = max(last_ms, ?4)`,
    );
    this.trimSeen = database.prepare(
      `DELETE FROM seen WHERE sensor = ?1 AND last_ms <
        (SELECT last_ms FROM seen WHERE sensor = ?1 ORDER BY last_ms DESC LIMIT 1 OFFSET ${RUNS_KEPT - 1})`,
    );
    this.putRefused = database.prepare('UPDATE sensors SET refused = refused + ?2, refused_why = ?3 WHERE sensor = ?1');
    this.one = database.prepareOne('SELECT water, asked FROM spools WHERE sensor = ? AND spool = ?');
    this.meetSpool = database.prepare(
      `INSERT INTO spools (sensor, spool, water, asked, seen_ms) VALUES (?1, ?2, 0, 0, ?3) ON CONFLICT DO UPDATE SET seen_ms = max(seen_ms, ?3)`,
    );
    // heartbeats may come in another order than they were sent: what has ended does not go on
    this.setRun = database.prepare(
      `UPDATE spools SET run = ?3, ended = max(?4, ended * (run = ?3)) WHERE sensor = ?1 AND spool = ?2 AND run <= ?3`,
    );
    this.setWater = database.prepare('UPDATE spools SET water = ?3, asked = ?4 WHERE sensor = ?1 AND spool = ?2');
    // a name that only bodies came under that are none was never heard of
    this.dropOld = [
      'DELETE FROM sensors WHERE seen_ms < ? AND seen_ms > 0',
      'DELETE FROM spools WHERE seen_ms < ?',
      'DELETE FROM seen WHERE last_ms < ?',
    ].map((sql) => database.prepare(sql));
    this.between = database.prepareAll(
      `SELECT sensor FROM sensors WHERE seen_ms > ? AND seen_ms <= ? AND heartbeat IS NOT NULL
        AND json_extract(heartbeat, '$.ended') IS NULL ORDER BY sensor`,
    );
    this.names = database.prepareAll('SELECT DISTINCT sensor FROM spools WHERE sensor > ? ORDER BY sensor LIMIT ?');
    this.ofSensor = database.prepareAll(
      `SELECT spool, water, asked, seen_ms FROM spools WHERE sensor = ? ORDER BY seen_ms DESC, spool LIMIT ${RUNS_KEPT}`,
    );
  }

  /** Something was heard of a sensor. @returns whether it was the first */
  heard(sensor: string, site: string, storedMs: number): boolean {
    const isNew = this.meet(sensor, site, storedMs) > 0;
    if (!isNew) this.see(sensor, site, storedMs);
    return isNew;
  }

  heardSpool(sensor: string, spool: string, storedMs: number): void {
    this.meetSpool(sensor, spool, storedMs);
  }

  knows(sensor: string, spool: string): boolean {
    return this.one(sensor, spool)?.asked === 1;
  }

  /** The latest stays, whichever is read last. @returns whether nothing was heard of the sensor before */
  heartbeat({ heartbeat, storedMs }: Beat): boolean {
    const { sensor, site, run, spool } = heartbeat;
    const isNew = this.heard(sensor, site, storedMs);
    this.heardSpool(sensor, spool.id, storedMs);
    if (storedMs >= Number(this.beatMs(sensor)?.ms ?? 0)) this.putBeat(JSON.stringify(heartbeat), storedMs, sensor);
    this.setRun(sensor, spool.id, run, heartbeat.ended ? 1 : 0);
    this.seen(sensor, run, spool.id, storedMs);
    this.trimSeen(sensor);
    return isNew;
  }

  /** Bodies that were none. @param storedMs 0 is no time: nothing that can be believed was heard */
  refused(sensor: string, count: number, why: string): void {
    this.meet(sensor, '', 0);
    this.putRefused(sensor, count, why);
  }

  /**
   * Moves the watermark of a spool to where its events are without a hole.
   * @param published up to where another sink had them before: these do not come again; undefined: that is not known
   * @returns undefined: it stands where it stood
   */
  advance(sensor: string, spool: string, published?: number): Water | undefined {
    const row = this.one(sensor, spool);
    if (!row) return undefined;
    const stood = Number(row.water);
    const seq = this.events.without(sensor, spool, Math.max(stood, published ?? 0));
    const asked = row.asked === 1 || published !== undefined;
    if (seq > stood || asked !== (row.asked === 1)) this.setWater(sensor, spool, seq, asked ? 1 : 0);
    return seq > stood ? { sensor, spool, seq } : undefined;
  }

  /** Forgets who was not heard of for so long. What was published of a spool is asked for anew where it comes back. */
  expire(beforeMs: number): void {
    for (const drop of this.dropOld) drop(beforeMs);
  }

  /** Those that have not said that they end. */
  heardBetween(fromMs: number, toMs: number): string[] {
    return this.between(fromMs, toMs).map(({ sensor }) => String(sensor));
  }

  /** Names of sensors with spools, so many, after one. */
  withSpools(after: string, most: number): string[] {
    return this.names(after, most).map(({ sensor }) => String(sensor));
  }

  /** A sensor's spools, the one heard of last first. */
  spools(sensor: string): Spool[] {
    return this.ofSensor(sensor).map((row) => ({
      sensor,
      spool: String(row.spool),
      seq: Number(row.water),
      asked: row.asked === 1,
      seenMs: Number(row.seen_ms),
    }));
  }
}
