/** Events, gaps and conflicts in the fleet's database, each once by its record id; and how far a spool's are there without a hole. */
import type { Database } from '../../output/reports/database.js';
import type { GapRecord, IncidentRecord } from './bodies.js';

/** Numbers of a spool are looked at so many at a time: as many as a batch of the sink brings at most. */
const PAGE = 500;

/** What became of an event. */
export type Taken =
  /** it was not there */
  | 'new'
  /** it was there already */
  | 'again'
  /** its id was there with other contents */
  | 'conflict';

export class EventRows {
  private readonly putEvent;
  private readonly hashOf;
  private readonly putConflict;
  private readonly putGap;
  private readonly gapOver;
  private readonly numbers;

  constructor(database: Database) {
    this.putEvent = database.prepare('INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.hashOf = database.prepareOne('SELECT hash FROM events WHERE id = ?');
    this.putConflict = database.prepare('INSERT OR IGNORE INTO conflicts VALUES (?, ?, ?, ?, ?, ?)');
    this.putGap = database.prepare('INSERT OR IGNORE INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.gapOver = database.prepareOne(
      'SELECT max(last) AS last FROM gaps WHERE sensor = ? AND spool = ? AND last >= ? AND first <= ?',
    );
    // the record of a gap has a number too
    this.numbers = database.prepareAll(
      `SELECT seq FROM events WHERE sensor = ?1 AND spool = ?2 AND seq > ?3
        UNION SELECT seq FROM gaps WHERE sensor = ?1 AND spool = ?2 AND seq > ?3 ORDER BY seq LIMIT ${PAGE}`,
    );
  }

  event({ id, idText, hash, storedMs, json }: IncidentRecord, receivedMs: number): Taken {
    const { sensor, spool, lane, seq } = id;
    if (this.putEvent(idText, sensor, spool, lane, seq, hash, storedMs, receivedMs, json) > 0) return 'new';
    if (this.hashOf(idText)?.hash === hash) return 'again';
    return this.putConflict(idText, hash, sensor, storedMs, receivedMs, json) > 0 ? 'conflict' : 'again';
  }

  /** An event of the number of a gap is no conflict: it may have come before it was dropped. */
  gap({ id, idText, hash, from, to, why }: GapRecord, receivedMs: number): Taken {
    const { sensor, spool, seq } = id;
    return this.putGap(idText, hash, sensor, spool, seq, from, to, why, receivedMs) > 0 ? 'new' : 'again';
  }

  /** The highest number up to which nothing is missing, given that nothing is up to `water`. */
  without(sensor: string, spool: string, water: number): number {
    let reached = water;
    for (;;) {
      const before = reached;
      reached = Math.max(reached, Number(this.gapOver(sensor, spool, reached + 1, reached + 1)?.last ?? 0));
      const page = this.numbers(sensor, spool, reached);
      for (const { seq } of page) {
        if (seq !== reached + 1) break;
        reached++;
      }
      if (reached === before) return reached;
    }
  }

  /** Whether something is there beyond a hole. */
  beyond(sensor: string, spool: string, water: number): boolean {
    return this.numbers(sensor, spool, water).length > 0;
  }
}
