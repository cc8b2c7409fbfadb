/**
 * Reads all sensors' events and heartbeats from the hub, keeps them, and tells sensors up to where they are kept. What is read is
 * committed with its position, so that a killed sink goes on where it stood; nothing is released before that.
 */
import { setMaxListeners } from 'node:events';
import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import { turn } from '../../base/turns.js';
import { Trouble } from '../../output/reports/trouble.js';
import type { Campaign } from '../../report/fleet/facts.js';
import { CarrierError, type HubCarrier, type Message, type Position } from '../carriers/carrier.js';
import { STREAMS } from '../contract.js';
import { BackOff, pause, within } from '../waiting.js';
import { type Beat, type GapRecord, heartbeatBody, type IncidentRecord, incidentBody, type Refusal } from './bodies.js';
import { HubClock } from './hub-clock.js';
import { type FleetStore, type Outcome, spoolKey } from './store.js';
import { Watermarks } from './watermarks.js';

/** Events of so long a time, or so many, share a commit: a flood must not spend its time on the disk. */
const COMMIT_MS = 200;
const MOST_MESSAGES = 500;
/** Heartbeats alone wait so long, a sixth of the time between two of a sensor: they are no reason to ask the disk for more. */
const HEARTBEATS_MS = 5000;
/** What the hub has of watermarks is compared, and sensors that fell silent are told of, so often. */
const LOOK_MS = 60_000;
/** ms that a sensor may be silent before that is said: ten heartbeats */
export const SILENT_MS = 5 * 60_000;
/** What is too old is dropped so often: a day more or less is all the same in months. */
const EXPIRE_MS = 3_600_000;
/** ms that whoever is told may take, at most; one that reads nothing is given up sooner, by who knows it */
const ROOM_MS = 60_000;
/** ms that new spools' former watermarks may take to be known before they are asked for again later */
const ASK_MS = 5000;

/** What becomes of sensors. */
export type SensorNews =
  /** nothing was heard of it before */
  | 'new'
  /** for five minutes nothing was heard of it, and it has not said that it ends */
  | 'silent'
  /** it was silent, and is heard again */
  | 'back'
  /** one of its events has the id of another */
  | 'conflict';

export interface SinkListener {
  /** What happened to an incident, once, after it is kept. */
  onIncident?(event: IncidentRecord, sensor: string): void;
  onCampaign?(campaign: Campaign, what: 'opened' | 'grown'): void;
  onSensor?(sensor: string, what: SensorNews): void;
  /** A promise where whoever is told reads more slowly than the sink: the hub keeps what comes after. */
  room?(): Promise<void> | undefined;
}

export interface SinkOptions {
  readonly carrier: HubCarrier;
  readonly store: FleetStore;
  readonly listener?: SinkListener;
  /** says one line */
  readonly note: (line: string) => void;
  /** ms from one look at sensors and watermarks to the next; default 60 s */
  readonly lookMs?: number;
}

export class Sink {
  private records: (IncidentRecord | GapRecord)[] = [];
  private beats = new Map<string, Beat>();
  private refused = new Map<string, { count: number; why: string }>();
  private position: Position | undefined;
  private messages = 0;
  private committing: Promise<void> = Promise.resolve();
  private committedMs = Date.now();
  /** those that were silent before this run are in the report, and no news */
  private lookedMs = Date.now() - SILENT_MS;
  private readonly silent = new Set<string>();
  private readonly clock = new HubClock();
  private clockSaid = 0;
  private readonly watermarks: Watermarks;
  private readonly keeping: Trouble;
  private readonly reading: Trouble;

  private constructor(private readonly options: SinkOptions) {
    const { carrier, store, note } = options;
    this.watermarks = new Watermarks(carrier, store, note);
    this.keeping = new Trouble(printable(store.path), note, { meanwhile: 'reading waits', again: 'written again' });
    this.reading = new Trouble(carrier.name, note, { meanwhile: 'what was read is kept', again: 'read again' });
  }

  /** Makes the hub's streams where they are absent. Rejects with a CarrierError. */
  static async open(options: SinkOptions): Promise<Sink> {
    await options.carrier.prepare();
    return new Sink(options);
  }

  /**
   * Reads until `signal`, then commits what it has. Rejects with a CarrierError where the hub refuses the credentials; what cannot be
   * committed at the end is said, and read again by the next run.
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    // as many listen as there are questions under way, which Node would take for a leak
    setMaxListeners(0, stop.signal);
    const end = (): void => stop.abort();
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    // one that fails ends the others
    const parts = [
      this.read(STREAMS.incidents.subjects, (message) => this.takeIncident(message), stop.signal),
      this.read(STREAMS.heartbeats.subjects, (message) => this.takeHeartbeat(message), stop.signal),
      this.watermarks.run(stop.signal),
      this.every(COMMIT_MS, () => this.commitWhenDue(stop.signal), stop.signal),
      this.every(this.options.lookMs ?? LOOK_MS, () => this.look(stop.signal), stop.signal),
      this.every(EXPIRE_MS, () => this.expire(stop.signal), stop.signal),
    ].map((part) =>
      part.catch((error: unknown) => {
        end();
        throw error;
      }),
    );
    const results = await Promise.allSettled(parts);
    signal.removeEventListener('abort', end);
    await this.commit(stop.signal);
    await this.settle('now', stop.signal);
    await this.watermarks.finish();
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Reads a stream until `signal`, from where it was committed where that is kept. */
  private async read(subjects: string, take: (message: Message) => void, signal: AbortSignal): Promise<void> {
    const backOff = new BackOff();
    const isKept = subjects === STREAMS.incidents.subjects;
    while (!signal.aborted) {
      const from = isKept ? this.options.store.position(STREAMS.incidents.name) : undefined;
      try {
        for await (const message of this.options.carrier.replay(subjects, from, signal)) {
          this.reading.over();
          backOff.reset();
          take(message);
          if (++this.messages >= MOST_MESSAGES) await this.commit(signal);
          // what is there already would not let signals and timers have their turn
          const due = turn();
          if (due) await due;
          if (signal.aborted) break;
        }
      } catch (error) {
        if (!(error instanceof CarrierError) || error.trouble === 'refused') throw error;
        this.reading.failed(error);
      }
      if (signal.aborted) return;
      // it begins again at what is committed
      await this.commit(signal);
      await backOff.wait(signal);
    }
  }

  private takeIncident(message: Message): void {
    const body = incidentBody(message);
    if (body.type === 'refused') this.refuse(body);
    else this.records.push(body);
    // what is no body is behind us too
    this.position = message.position;
  }

  private takeHeartbeat(message: Message): void {
    const body = heartbeatBody(message);
    if (body.type === 'refused') this.refuse(body);
    else {
      this.clock.heard(body.heartbeat.sensor, body.storedMs, Date.now());
      // of one process and spool the newest says all
      this.beats.set(`${body.heartbeat.sensor}.${body.heartbeat.run}.${body.heartbeat.spool.id}`, body);
    }
  }

  private refuse({ sensor, why }: Refusal): void {
    const count = (this.refused.get(sensor)?.count ?? 0) + 1;
    this.refused.set(sensor, { count, why });
  }

  private commitWhenDue(signal: AbortSignal): Promise<void> | undefined {
    const waits = this.position === undefined ? HEARTBEATS_MS : 0;
    if (this.messages === 0) return this.settle('when due', signal);
    return Date.now() - this.committedMs >= waits ? this.commit(signal) : undefined;
  }

  /** Commits what was read, after the commit that is under way. */
  private commit(signal: AbortSignal): Promise<void> {
    this.committing = this.committing.then(() => this.commitNow(signal));
    return this.committing;
  }

  private async commitNow(signal: AbortSignal): Promise<void> {
    if (this.messages === 0) return;
    const { records, beats, refused, position } = this;
    [this.records, this.beats, this.refused, this.position] = [[], new Map(), new Map(), undefined];
    this.messages = 0;
    const heartbeats = [...beats.values()];
    const published = await this.publishedBefore(records, heartbeats, signal);
    const batch = { position, records, heartbeats, refused, published };
    const outcome = await this.until(() => this.options.store.commit(batch), signal);
    this.committedMs = Date.now();
    if (!outcome) return;
    this.watermarks.tell(outcome.moved);
    this.news(outcome, heartbeats);
    const room = this.options.listener?.room?.();
    if (room) await within(ROOM_MS, room, signal);
  }

  /** What was published of spools that are new to the database, so that it does not wait for what is gone. */
  private async publishedBefore(
    records: readonly (IncidentRecord | GapRecord)[],
    heartbeats: readonly Beat[],
    signal: AbortSignal,
  ): Promise<Map<string, number>> {
    const { store } = this.options;
    const strange = new Map<string, { sensor: string; spool: string }>();
    const meet = (sensor: string, spool: string): void => {
      const key = spoolKey(sensor, spool);
      if (!strange.has(key) && !store.knows(sensor, spool)) strange.set(key, { sensor, spool });
    };
    for (const { id } of records) meet(id.sensor, id.spool);
    for (const { heartbeat } of heartbeats) meet(heartbeat.sensor, heartbeat.spool.id);
    const published = new Map<string, number>();
    const asking = [...strange].map(async ([key, { sensor, spool }]) => {
      const seq = await this.watermarks.published(sensor, spool, signal);
      if (seq !== undefined) published.set(key, seq);
    });
    await within(ASK_MS, Promise.all(asking), signal);
    return new Map(published);
  }

  /** Does it, again and again while the disk does not take it. @returns undefined: nor did it by the end */
  private async until<T>(work: () => T, signal: AbortSignal): Promise<T | undefined> {
    for (const backOff = new BackOff(); ; ) {
      try {
        const result = work();
        this.keeping.over();
        return result;
      } catch (error) {
        if (!(error instanceof AnomalyError)) throw error;
        this.keeping.failed(error);
      }
      if (signal.aborted) return undefined;
      await backOff.wait(signal);
    }
  }

  private news({ events, conflicts, campaigns, met }: Outcome, heartbeats: readonly Beat[]): void {
    const { listener = {} } = this.options;
    for (const sensor of met) listener.onSensor?.(sensor, 'new');
    // what is read again is no sign of life
    const lately = Date.now() + this.clock.aheadMs(Date.now()) - SILENT_MS;
    const heard = [
      ...events.map(({ id, storedMs }) => ({ sensor: id.sensor, storedMs })),
      ...heartbeats.map(({ heartbeat, storedMs }) => ({ sensor: heartbeat.sensor, storedMs })),
    ].filter(({ storedMs }) => storedMs > lately);
    for (const { sensor } of heard) if (this.silent.delete(sensor)) listener.onSensor?.(sensor, 'back');
    for (const { id } of conflicts) listener.onSensor?.(id.sensor, 'conflict');
    for (const event of events) listener.onIncident?.(event, event.id.sensor);
    for (const { campaign, what } of campaigns) listener.onCampaign?.(campaign, what);
  }

  /** What commits put off. */
  private async settle(when: 'now' | 'when due', signal: AbortSignal): Promise<void> {
    const news = await this.until(() => this.options.store.settle(when), signal);
    for (const { campaign, what } of news ?? []) this.options.listener?.onCampaign?.(campaign, what);
  }

  private async look(signal: AbortSignal): Promise<void> {
    this.options.store.hubAheadMs = this.tellClock();
    const until = Date.now() + this.options.store.hubAheadMs - SILENT_MS;
    for (const sensor of this.options.store.heardBetween(this.lookedMs, until)) {
      if (this.silent.has(sensor)) continue;
      this.silent.add(sensor);
      this.options.listener?.onSensor?.(sensor, 'silent');
    }
    this.lookedMs = until;
    await this.watermarks.compare(signal);
  }

  /** @returns ms that the hub's clock is ahead */
  private tellClock(): number {
    const aheadMs = this.clock.aheadMs(Date.now());
    const minutes = Math.round(aheadMs / 60_000);
    if (Math.abs(minutes - this.clockSaid) > 1) {
      const how =
        minutes === 0 ? 'right again' : `${Math.abs(minutes)} min ${minutes > 0 ? 'ahead of' : 'behind'} this host's`;
      this.options.note(`${minutes === 0 ? '' : 'warning: '}${this.options.carrier.name}: its clock is ${how}`);
      this.clockSaid = minutes;
    }
    return aheadMs;
  }

  private async expire(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.until(() => this.options.store.expire(Date.now()), signal)))
      await pause(COMMIT_MS, signal);
  }

  /** At once, then every so many ms, one after the other, until `signal`. */
  private async every(ms: number, work: () => Promise<void> | undefined, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await work();
      await pause(ms, signal);
    }
  }
}
