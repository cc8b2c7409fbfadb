/**
 * Tells sensors up to where their events are kept for good. What is to be told waits here until the hub has it, of each spool the
 * newest only; and once a minute all of it is compared with what the hub has, which may have been wiped or put back to yesterday.
 */
import { Trouble } from '../../output/reports/trouble.js';
import { CarrierError, type HubCarrier } from '../carriers/carrier.js';
import { SUBJECTS, type Watermark } from '../contract.js';
import { BackOff, within } from '../waiting.js';
import { publishedIn } from './bodies.js';
import type { Spool, Water } from './sensor-rows.js';
import { type FleetStore, spoolKey } from './store.js';

/** The fleet's design, measured: more under way is no faster. */
const UNDER_WAY = 32;
/** ms that a question to the hub may take: reading is not to stand still for it */
const PATIENCE_MS = 5000;
/** ms that the last tries of an end may take: somebody waits, and what is not told now the next run tells */
const LAST_MS = 1000;
/** ms; spools of one sensor that were heard of so shortly one after the other are both in use: as long as a sensor may be silent */
const IN_USE_MS = 5 * 60_000;
/** Sensors that are looked up at a time: bounds what is in memory. */
const PAGE = 500;

export class Watermarks {
  private readonly waiting = new Map<string, Water>();
  private readonly trouble: Trouble;
  private wake = (): void => undefined;
  private tellings = 0;

  constructor(
    private readonly carrier: HubCarrier,
    private readonly store: FleetStore,
    note: (line: string) => void,
  ) {
    this.trouble = new Trouble(`${carrier.name}: watermarks`, note, {
      meanwhile: 'sensors keep their events',
      again: 'told again',
    });
  }

  /** To be told as soon as can be. */
  tell(waters: readonly Water[]): void {
    for (const water of waters) this.waiting.set(spoolKey(water.sensor, water.spool), water);
    this.wake();
  }

  /** Tells until `signal`. Rejects with a CarrierError where the hub refuses the credentials. */
  async run(signal: AbortSignal): Promise<void> {
    const backOff = new BackOff();
    signal.addEventListener('abort', () => this.wake(), { once: true });
    while (!signal.aborted) {
      if (this.waiting.size === 0) {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      } else if (await this.tellSome(signal)) backOff.reset();
      else await backOff.wait(signal);
    }
  }

  /** One last try of what waits, and not for long. */
  async finish(): Promise<void> {
    const { signal } = new AbortController();
    const work = async (): Promise<void> => {
      while (this.waiting.size > 0 && (await this.tellSome(signal)));
    };
    // what the hub does not take now is compared by the next run
    await within(LAST_MS, work()).catch(() => undefined);
  }

  /** Up to where the hub says that a spool's events were committed; 0: it says nothing of it; undefined: it does not answer. */
  async published(sensor: string, spool: string, signal: AbortSignal): Promise<number | undefined> {
    const last = await this.last(sensor, signal);
    if (last === undefined) return undefined;
    return last?.spool === spool ? last.seq : 0;
  }

  /** Compares all with what the hub has, and tells what it lacks. */
  async compare(signal: AbortSignal): Promise<void> {
    for (let after = ''; !signal.aborted; ) {
      const page = this.store.withSpools(after, PAGE);
      for (let from = 0; from < page.length && !signal.aborted; from += UNDER_WAY) {
        const some = page.slice(from, from + UNDER_WAY).map((sensor) => this.compareOne(sensor, signal));
        // a hub that does not answer is asked again the next time
        if ((await Promise.all(some)).includes(false)) return;
      }
      if (page.length < PAGE) return;
      after = page.at(-1) as string;
    }
  }

  /** @returns whether the hub answered */
  private async compareOne(sensor: string, signal: AbortSignal): Promise<boolean> {
    const last = await this.last(sensor, signal);
    if (last === undefined) return false;
    for (const spool of this.store.spools(sensor)) {
      const said = last?.spool === spool.spool ? last.seq : 0;
      // the sensor has let go of what was published; what is missing below does not come again
      const isLost = said > spool.seq && this.store.hasHole(spool);
      const moved = !spool.asked || isLost ? this.store.published({ ...spool, seq: said }) : undefined;
      if (moved) this.tell([moved]);
    }
    const [first, ...others] = this.store.spools(sensor);
    if (!first) return true;
    const inUse = [first, ...others.filter(({ seenMs }) => seenMs >= first.seenMs - IN_USE_MS)];
    const next = nextOf(inUse, last ?? undefined);
    if (next) this.tell([next]);
    return true;
  }

  /** @returns null: there is none; undefined: the hub does not answer */
  private async last(sensor: string, signal: AbortSignal): Promise<Watermark | null | undefined> {
    try {
      const ask = this.carrier.last(SUBJECTS.watermark(sensor)).then((message) => publishedIn(message) ?? null);
      return await within(PATIENCE_MS, ask, signal);
    } catch (error) {
      if (error instanceof CarrierError && error.trouble !== 'refused') return undefined;
      throw error;
    }
  }

  /** @returns whether the hub took all of it */
  private async tellSome(signal: AbortSignal): Promise<boolean> {
    const some = [...this.waiting].slice(0, UNDER_WAY);
    let failure: unknown;
    const work = some.map(async ([key, water]) => {
      try {
        await this.publish(water);
        // else a newer one came meanwhile
        if (this.waiting.get(key) === water) this.waiting.delete(key);
      } catch (error) {
        failure ??= error;
      }
    });
    const answered = await within(PATIENCE_MS, Promise.all(work), signal);
    if (!answered && !signal.aborted) this.trouble.failed(new Error(`${this.carrier.name}: does not answer`));
    if (!answered) return false;
    if (failure === undefined) {
      this.trouble.over();
      return true;
    }
    if (!(failure instanceof CarrierError) || failure.trouble === 'refused') throw failure;
    this.trouble.failed(failure);
    return false;
  }

  private async publish({ sensor, spool, seq }: Water): Promise<void> {
    const body: Watermark = { spool, seq };
    // the same may have to be told again soon, after a wipe, and is not to be taken for the same message
    const id = `water.${sensor}.${spool}.${seq}.${Date.now().toString(36)}-${this.tellings++}`;
    await this.carrier.publish(SUBJECTS.watermark(sensor), id, Buffer.from(JSON.stringify(body)));
  }
}

/**
 * What is to be told to a sensor whose hub has `last`. The hub gives a sensor the newest only: two spools in use under one name, as of
 * cloned machines, have their turns.
 */
function nextOf(inUse: readonly Spool[], last: Watermark | undefined): Spool | undefined {
  const some = inUse.filter(({ seq }) => seq > 0).sort((a, b) => (a.spool < b.spool ? -1 : 1));
  const next = some[(some.findIndex(({ spool }) => spool === last?.spool) + 1) % Math.max(1, some.length)];
  return next && next.spool === last?.spool && last.seq >= next.seq ? undefined : next;
}
