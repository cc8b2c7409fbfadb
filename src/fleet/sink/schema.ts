/**
 * The fleet's database: all that is kept of a hub. Positions and what was read up to them are committed together, so that whatever is
 * killed when, an event is in it once. Whoever reads it with another program needs to know:
 *
 * - `facts`: `since_ms` (when it was begun), `repeated` (events that came again), `expired` (events that grew too old), `refused`
 *   (bodies that name no sensor).
 * - `positions`: how far each stream was read; `marks`, of a folder, how far each sensor's messages.
 * - `events`: every incident event as it came, by record id. `stored_ms` is by the hub's clock, `received_ms` by the sink's.
 * - `gaps`: events that a sensor dropped and said so: the numbers `first` to `last` of its spool.
 * - `conflicts`: events of an id that is taken, with other contents, as a cloned machine sends them.
 * - `spools`: `run` is the latest that spoke from it (UUIDv7: the greatest), `ended` whether it said that it ends. `water` is the highest number without a hole below. `asked`: it is known what was published before this database was.
 * - `sensors`: the latest heartbeat, and bodies that were none.
 * - `seen`: which processes and spools spoke under a sensor's name, in heartbeats, and when.
 * - `incidents`: each as its sensor told it last. Times in µs. `party` is who it is about; `spool`, `seq` and `t` say which event it is of.
 * - `states`: of incidents: `closed`, `open`, or `cut` where its sensor's run ended, or another followed, before it was over.
 * - `campaigns`: what several sensors saw of one party; `json` is all of it.
 * - `disturbed`: parties whose campaigns are still to be made anew, and around which time (µs).
 * - `sinks`: runs that wrote this; no `ended`: it goes on, or was cut off.
 */
export const SCHEMA_VERSION = 1;

export const SCHEMA = `
CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE positions (stream TEXT PRIMARY KEY, server TEXT NOT NULL, created TEXT NOT NULL, sequence INTEGER NOT NULL,
  stored_ms REAL NOT NULL, marks TEXT) WITHOUT ROWID;
CREATE TABLE events (id TEXT PRIMARY KEY, sensor TEXT NOT NULL, spool TEXT NOT NULL, lane TEXT NOT NULL, seq INTEGER NOT NULL,
  hash TEXT NOT NULL, stored_ms REAL NOT NULL, received_ms REAL NOT NULL, json TEXT NOT NULL);
CREATE INDEX events_in_order ON events (sensor, spool, seq);
CREATE INDEX events_by_age ON events (received_ms);
CREATE TABLE gaps (id TEXT NOT NULL, hash TEXT NOT NULL, sensor TEXT NOT NULL, spool TEXT NOT NULL, seq INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, why TEXT NOT NULL, received_ms REAL NOT NULL, PRIMARY KEY (id, hash)) WITHOUT ROWID;
CREATE INDEX gaps_in_order ON gaps (sensor, spool, last);
CREATE TABLE conflicts (id TEXT NOT NULL, hash TEXT NOT NULL, sensor TEXT NOT NULL, stored_ms REAL NOT NULL,
  received_ms REAL NOT NULL, json TEXT NOT NULL, PRIMARY KEY (id, hash)) WITHOUT ROWID;
CREATE INDEX conflicts_by_sensor ON conflicts (sensor);
CREATE TABLE spools (sensor TEXT NOT NULL, spool TEXT NOT NULL, water INTEGER NOT NULL, asked INTEGER NOT NULL,
  seen_ms REAL NOT NULL, run TEXT NOT NULL DEFAULT '', ended INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (sensor, spool)) WITHOUT ROWID;
CREATE TABLE sensors (sensor TEXT PRIMARY KEY, site TEXT NOT NULL, seen_ms REAL NOT NULL, heartbeat TEXT, heartbeat_ms REAL,
  refused INTEGER NOT NULL DEFAULT 0, refused_why TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE TABLE seen (sensor TEXT NOT NULL, run TEXT NOT NULL, spool TEXT NOT NULL, first_ms REAL NOT NULL, last_ms REAL NOT NULL,
  PRIMARY KEY (sensor, run, spool)) WITHOUT ROWID;
CREATE TABLE incidents (uuid TEXT NOT NULL, sensor TEXT NOT NULL, site TEXT NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL,
  title TEXT NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, closed INTEGER NOT NULL, initiator TEXT NOT NULL,
  responder TEXT NOT NULL, packets INTEGER NOT NULL, connections INTEGER NOT NULL, evidence INTEGER NOT NULL, bytes INTEGER NOT NULL,
  party TEXT, campaign TEXT, run TEXT NOT NULL, spool TEXT NOT NULL, seq INTEGER NOT NULL, t REAL NOT NULL, received_ms REAL NOT NULL,
  rank INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (uuid, sensor));
CREATE INDEX incidents_by_party ON incidents (party, last_us) WHERE party IS NOT NULL;
CREATE INDEX incidents_by_campaign ON incidents (campaign) WHERE campaign IS NOT NULL;
CREATE INDEX incidents_by_rank ON incidents (rank, first_us);
CREATE INDEX incidents_by_sensor ON incidents (sensor);
CREATE INDEX incidents_by_age ON incidents (received_ms);
CREATE VIEW states AS SELECT uuid, i.sensor, campaign, CASE WHEN closed = 1 THEN 'closed'
  WHEN i.run < s.run OR (i.run = s.run AND s.ended = 1) THEN 'cut' ELSE 'open' END AS state
  FROM incidents i LEFT JOIN spools s ON s.sensor = i.sensor AND s.spool = i.spool;
CREATE TABLE campaigns (id TEXT PRIMARY KEY, kind TEXT NOT NULL, severity TEXT NOT NULL, sensors INTEGER NOT NULL,
  incidents INTEGER NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, rank INTEGER NOT NULL,
  json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE disturbed (party TEXT PRIMARY KEY, from_us INTEGER NOT NULL, to_us INTEGER NOT NULL, campaigns TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sinks (run TEXT PRIMARY KEY, version TEXT NOT NULL, hub TEXT NOT NULL, started TEXT NOT NULL, ended TEXT) WITHOUT ROWID;`;
