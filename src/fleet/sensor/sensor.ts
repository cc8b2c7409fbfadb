/**
 * A sensor's side of the fleet: what detection tells goes into the spool at once and to the hub when it is there; a heartbeat says
 * how it stands. Nothing here holds detection up, and nothing that the hub does ends it.
 */
import { hostname } from 'node:os';
import { printable } from '../../base/text.js';
import type { DetectorEvent } from '../../detect/detector-event.js';
import type { Incident } from '../../detect/incident.js';
import type { RunIdentity } from '../../detect/run-facts.js';
import type { RunFigures } from '../../detect/run-figures.js';
import { counted } from '../../report/format.js';
import type { Carrier } from '../carriers/carrier.js';
import { openCarrier } from '../carriers/open.js';
import { type Heartbeat, nameOf, type RecordId, SUBJECTS } from '../contract.js';
import { trustedKeys } from '../signed/keys.js';
import { Spool } from '../spool/spool.js';
import { jittered, within } from '../waiting.js';
import { gapBody, heartbeatBody, incidentBody, type Teller } from './body.js';
import { EVENTS_PER_MINUTE, Pace } from './pace.js';
import { type PolicyOptions, type PolicyTimes, PolicyWatch } from './policy-watch.js';
import { Shipper, type ShipperTimes } from './shipper.js';

const HEARTBEAT_MS = 30_000;
/** Drops are counted so often, and what is owed is looked at. */
const TICK_MS = 1000;
/** Incidents whose newest state is still to be told; far more than go on at a time. */
const MOST_OWED = 10_000;
/** At its end a run waits so long for what is on its way; the next one sends what is left. */
const GRACE_MS = 2000;

export interface SensorOptions {
  readonly hub: string;
  readonly key: string | undefined;
  readonly ca: string | undefined;
  /** undefined: made of the host's name */
  readonly name: string | undefined;
  readonly site: string;
  readonly spool: string;
  /** bytes */
  readonly spoolSize: number;
  readonly who: RunIdentity;
  /** how the run stands, for heartbeats; undefined: it has not begun */
  readonly figures: () => RunFigures | undefined;
  /** says one line */
  readonly note: (line: string) => void;
  readonly policy: Pick<PolicyOptions, 'channel' | 'modelDir' | 'onChange'> & {
    /** public keys; none: nothing is taken from the hub */
    readonly trust: readonly string[];
  };
  /** other times than usual */
  readonly times?: SensorTimes;
}

interface SensorTimes extends ShipperTimes, PolicyTimes {
  /** events that may leave in a minute; default 60 */
  readonly perMinute?: number;
}

export class FleetSensor {
  private readonly pace: Pace;
  /** incidents of which less was told than there is, in the order of their first dropped event */
  private readonly owed = new Map<string, DetectorEvent>();
  private dropped = 0;
  private forgotten = 0;
  private failure = '';
  private closed = false;
  private readonly tick: NodeJS.Timeout;
  private beat: NodeJS.Timeout | undefined;

  private constructor(
    private readonly options: SensorOptions,
    private readonly teller: Teller,
    private readonly spool: Spool,
    private readonly carrier: Carrier,
    private readonly shipper: Shipper,
    private readonly policy: PolicyWatch | undefined,
  ) {
    this.pace = new Pace(performance.now(), options.times?.perMinute ?? EVENTS_PER_MINUTE);
    this.tick = setInterval(() => this.look(), TICK_MS).unref();
    this.sendHeartbeat();
  }

  /**
   * Opens the spool, where an earlier run left off, and begins to look for the hub.
   * @throws AnomalyError USAGE, CANNOT_CREATE, WRITE_FAILED, NO_PERMISSION: never because of the hub
   */
  static async open(options: SensorOptions): Promise<FleetSensor> {
    const { hub, key, ca, site, spool: dir, spoolSize, who, note, policy, times } = options;
    const trust = trustedKeys(policy.trust);
    const sensor = options.name ?? nameOf(hostname());
    const bodyOfGap = (lane: string, seq: number, to: number, why: string, id: string): Uint8Array =>
      gapBody({ sensor, spool: id, lane, seq }, to, why, { sensor, site, run: who.run }, Date.now());
    const spool = Spool.open(dir, { mostBytes: spoolSize, gapBody: bodyOfGap });
    try {
      if (spool.before !== '') note(`${printable(dir)}: ${spool.before}`);
      const carrier = await openCarrier({ hub, sensor, key, ca, note });
      const shipper = new Shipper({ sensor, spool: spool.id, lane: spool.incidents, carrier, note, ...times });
      const watched = { ...policy, trust, carrier, kind: who.kind, version: who.version, note, ...times };
      const policyWatch = trust.length > 0 ? new PolicyWatch(watched) : undefined;
      return new FleetSensor(options, { sensor, site, who }, spool, carrier, shipper, policyWatch);
    } catch (error) {
      spool.close();
      throw error;
    }
  }

  /** What the console says at the start. */
  get introduction(): string {
    const { sensor, site } = this.teller;
    const { incidents } = this.spool;
    const waiting = incidents.last - incidents.released;
    const before = waiting > 0 ? `; ${counted(waiting, 'event')} of before wait in the spool` : '';
    return `fleet: sensor ${sensor} of site ${site}, hub ${this.carrier.name}${before}`;
  }

  /** What happened to an incident. Throws nothing: what cannot be written is counted, and said. */
  incident(event: DetectorEvent): void {
    const { uuid } = event.incident;
    // what is owed is told in its turn, as it stands by then
    if (this.owed.has(uuid) || !this.pace.take(performance.now())) {
      this.dropped++;
      this.owe(event);
      return;
    }
    this.write(event);
  }

  /** The run ends: incidents that go on are told as they stand. @returns what to tell the user, in lines */
  async finish(incidents: readonly Incident[], lastUs: number): Promise<string[]> {
    for (const incident of incidents) if (!incident.closed) this.incident({ type: 'updated', incident, atUs: lastUs });
    // the last words of a run are not held back for their number: a state that is owed is the only one that tells how it ended
    this.countDrops();
    const last = [...this.owed.values()];
    this.owed.clear();
    for (const event of last) this.write(event);
    this.forgotten += this.owed.size;
    const left = Promise.all([this.sendHeartbeat(true), this.shipper.drained(GRACE_MS)]);
    // nor is a folder waited for that does not answer
    await within(GRACE_MS, left);
    const lines = this.outcome();
    await this.close();
    return lines;
  }

  /** Ends without last words. Idempotent. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.tick);
    clearTimeout(this.beat);
    // what these two have under way ends with the carrier, which waits for it no longer than a moment
    const ended = Promise.all([this.policy?.close(), this.shipper.close()]);
    await this.carrier.close();
    await within(GRACE_MS, ended);
    this.spool.close();
  }

  private outcome(): string[] {
    const { incidents } = this.spool;
    const waiting = incidents.last - this.shipper.arrived;
    const gone = this.forgotten > 0 ? `; of ${counted(this.forgotten, 'incident')} the newest state was not told` : '';
    if (waiting <= 0 && gone === '') return [];
    const where = printable(this.options.spool);
    const wait = `${counted(waiting, 'event')} ${waiting === 1 ? 'waits' : 'wait'} in ${where} for the next run`;
    return [`warning: hub ${this.carrier.name}: ${waiting > 0 ? wait : 'all events arrived'}${gone}`];
  }

  private owe(event: DetectorEvent): void {
    this.owed.set(event.incident.uuid, event);
    if (this.owed.size <= MOST_OWED) return;
    const [oldest] = this.owed.keys();
    this.owed.delete(oldest as string);
    this.forgotten++;
  }

  private look(): void {
    this.countDrops();
    for (const [uuid, event] of [...this.owed]) {
      if (!this.pace.take(performance.now())) break;
      this.owed.delete(uuid);
      this.write(event);
      // the disk is still full
      if (this.failure !== '') break;
    }
  }

  /** Numbers for what was dropped. A process that is killed takes a second of this counting with it. */
  private countDrops(): void {
    if (this.dropped === 0) return;
    const { sensor, site, who } = this.teller;
    const by = { sensor, site, run: who.run };
    const isKept = this.keep(() =>
      this.spool.incidents.gap(this.dropped, (from, to) => gapBody(this.idOf(from), to, 'rate', by, Date.now())),
    );
    // else the next one counts them
    if (isKept) this.dropped = 0;
  }

  private write(event: DetectorEvent): void {
    // an incident that ended meanwhile is told as ended
    const type = event.type === 'updated' && event.incident.closed ? 'closed' : event.type;
    // drops come before: numbers are given in the order of events
    this.countDrops();
    const isKept = this.keep(() =>
      this.spool.incidents.appendWith((seq) =>
        incidentBody({ ...event, type }, this.idOf(seq), this.teller, Date.now()),
      ),
    );
    if (isKept) return;
    // a gap says so once there is room, and how it stands by then is told
    this.dropped++;
    this.owe(event);
  }

  private idOf(seq: number): RecordId {
    return { sensor: this.teller.sensor, spool: this.spool.id, lane: 'inc', seq };
  }

  /** @returns whether it is in the spool */
  private keep(work: () => void): boolean {
    try {
      work();
      this.failure = '';
      this.shipper.look();
      return true;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (text !== this.failure) this.options.note(`warning: the hub is not told of an incident: ${text}`);
      this.failure = text;
      return false;
    }
  }

  private sendHeartbeat(ended = false): Promise<void> {
    clearTimeout(this.beat);
    if (!ended) {
      this.beat = setTimeout(() => this.sendHeartbeat(), jittered(HEARTBEAT_MS)).unref();
    }
    const subject = SUBJECTS.heartbeat(this.teller.sensor);
    // it is as old as its time says, and the next one comes: that it is lost matters to nobody
    return this.carrier.publish(subject, undefined, this.heartbeat(ended)).catch(() => undefined);
  }

  private heartbeat(ended: boolean): Uint8Array {
    const figures = this.options.figures();
    const { sensor, site, who } = this.teller;
    const { incidents: lane, id } = this.spool;
    const raised = Object.values(figures?.raised ?? {}).reduce((sum, n) => sum + n, 0);
    const open = Object.values(figures?.open ?? {}).reduce((sum, n) => sum + n, 0);
    const oldest = lane.oldestMs;
    const heartbeat: Heartbeat = {
      ...{ v: 1, sensor, site, run: who.run, t: Date.now(), version: who.version, kind: who.kind },
      model: { id: who.model.id, name: who.model.name, state: 'local' },
      threshold: figures?.threshold ?? 0,
      records: figures?.records ?? 0,
      dropped: figures?.dropped ?? null,
      incidents: { told: raised, open },
      spool: {
        ...{ id, last: lane.last, released: lane.released, bytes: lane.bytes, gaps: lane.gaps },
        oldest_s: oldest === undefined ? 0 : Math.max(0, Math.round((Date.now() - oldest) / 1000)),
      },
      drift: figures?.drift?.stale ? figures.drift.features : 0,
      refused: this.shipper.refused || (this.policy?.refused ?? ''),
      ...(ended && { ended: true as const }),
    };
    return heartbeatBody(heartbeat);
  }
}
