/**
 * The one place that turns the times of records into the time of everything behind it: features, windows, incidents.
 *
 * That time never goes back. It goes with the records' own, except where these cannot be believed: a record whose time is
 * far from the others' is not believed alone. Where the next ones agree with it, the clock was set, or there was a pause:
 * from then on time goes on from there. Where they do not, it was a stray, and moved nothing.
 *
 * Records of several clocks, as of two sensors in one file, or of a clock that is set to and fro, each go by their own: the
 * last clocks are remembered, and who comes back to one moves nothing. Clocks less than a minute apart are no clocks, but
 * records that much out of order.
 */
import { US_PER_DAY } from '../base/time.js';

/** Records that agree with one another, and are believed against those before them. */
export const ENOUGH = 3;
/** A minute's silence is nothing: what is counted over the last minute is empty then (see window.ts). */
const USUAL_US = 60e6;
/** A pause is longer than usual silences by this factor. */
const FACTOR = 2;
/** Silences of more than a day are not usual, however often they come. */
const LONGEST_US = US_PER_DAY;
/**
 * What was not seen is no behaviour, so a pause counts as no more than a usual silence; but what was going on before it has
 * ended: what is heard of MAC addresses is remembered longest, for twenty minutes (see macs.ts), incidents of rules for five.
 */
const COUNTED_US = 1260e6;
/** Clocks that are remembered beside the one that is believed: as many sensors as write into one file. */
const CLOCKS = 3;
/** of a kind of event that are kept one by one; the others are counted */
const KEPT = 20;

export type ClockEvent =
  /** No records from `fromUs` to `toUs`: nothing happened, nothing was captured, or the clock was set forward. */
  | { readonly type: 'pause'; readonly fromUs: number; readonly toUs: number; readonly record: number }
  /** The clock was set back, from `fromUs` to `toUs`. */
  | { readonly type: 'back'; readonly fromUs: number; readonly toUs: number; readonly record: number }
  /** `records` in a row have times that those around them do not bear out: the first has `toUs`, the one before `fromUs`. */
  | {
      readonly type: 'stray';
      readonly fromUs: number;
      readonly toUs: number;
      readonly record: number;
      readonly records: number;
    }
  /** Records go by another clock than those before, and that one goes on beside it: `toUs` on the one, `fromUs` on the other. */
  | { readonly type: 'clocks'; readonly fromUs: number; readonly toUs: number; readonly record: number }
  /** Again and again a record is earlier than one before it, by up to `fromUs` less `toUs`: more than before. */
  | { readonly type: 'disorder'; readonly fromUs: number; readonly toUs: number; readonly record: number };

/** How many events there were, beside those kept. */
export type ClockTotals = Readonly<Record<ClockEvent['type'], number>>;

/** Records that agree with one another about the time. */
interface Line {
  /** µs: times of its first record and of the latest */
  firstUs: number;
  headUs: number;
  /** what is to be taken from a record's time */
  offsetUs: number;
  records: number;
  /** number of its first record, from 1 */
  record: number;
  /** told that records come back to it */
  told: boolean;
}

function newLine(): Line {
  return { firstUs: 0, headUs: 0, offsetUs: 0, records: 0, record: 0, told: false };
}

export class Clock {
  /** µs, of the record last taken: never goes back, and equal to the record's own time until the first step */
  nowUs = 0;
  /** what is to be taken from other times of this record, to have them on this clock [µs] */
  offsetUs = 0;
  /** µs since the epoch of the first record that was believed */
  firstUs = 0;
  /** µs of `nowUs` that were pauses: nothing was seen in them */
  pausedUs = 0;
  /** the first of each kind, in order of finding */
  readonly events: ClockEvent[] = [];
  private readonly counts = { pause: 0, back: 0, stray: 0, clocks: 0, disorder: 0 };
  private records = 0;
  private believed = newLine();
  /** far from the believed one, and not believed yet; of no records: there is none */
  private rival = newLine();
  /** believed before, or strays of one clock: the last so many */
  private others: Line[] = [];
  /** the longest silences that proved true, the longest first: what happens so often is no pause, and needs no proof */
  private longest: number[];

  /**
   * @param disorderUs by how much a record may be earlier than one before it, without anything being wrong; grows where records prove more
   * @param usualUs what `usualUs` was at the end of training
   */
  constructor(
    private disorderUs: number,
    usualUs = USUAL_US,
  ) {
    this.longest = new Array<number>(ENOUGH).fill(usualUs);
  }

  /** As long as silences that have come often enough [µs]. */
  get usualUs(): number {
    return Math.min(LONGEST_US, this.longest[ENOUGH - 1]);
  }

  get totals(): ClockTotals {
    return this.counts;
  }

  /** µs since the epoch: the record's own time where that is believed, else that of the record before. */
  get wallUs(): number {
    return this.nowUs + this.believed.offsetUs;
  }

  /** Takes the time of the next record [µs] and sets the fields above. True where something is to be told: the last of `events`. */
  take(timeUs: number): boolean {
    const told = this.events.length;
    const { believed, rival } = this;
    if (this.records++ === 0) {
      this.begin(believed, timeUs, 0);
      this.nowUs = this.firstUs = timeUs;
      this.offsetUs = 0;
      return false;
    }
    const near = this.near(believed, timeUs);
    const other = this.others.length > 0 ? this.other(timeUs, near) : undefined;
    if (other) this.resume(other, timeUs);
    else if (near) {
      if (rival.records > 0) this.stray();
      this.follow(believed, timeUs);
    } else this.doubt(timeUs);
    return this.events.length > told;
  }

  /** The input ended: what is not believed yet stays so. True where something is to be told. */
  finish(): boolean {
    const told = this.events.length;
    const { rival, believed } = this;
    // with nothing after them nobody can tell; two that agree are more likely right
    if (rival.records > 1 && rival.firstUs > believed.headUs) this.settle();
    else if (rival.records > 0) this.stray();
    return this.events.length > told;
  }

  /** As before the first record; the pauses that came often stay known. */
  restart(): void {
    this.records = 0;
    this.events.length = 0;
    for (const type of Object.keys(this.counts) as ClockEvent['type'][]) this.counts[type] = 0;
    this.believed = newLine();
    this.rival = newLine();
    this.others = [];
  }

  /** Time passes without a record: what is behind this clock sees so much more of it [µs]. */
  skip(us: number): void {
    this.nowUs += us;
    this.believed.offsetUs -= us;
    for (const other of this.others) other.offsetUs -= us;
  }

  private near(line: Line, timeUs: number): boolean {
    const gap = timeUs - line.headUs;
    return gap >= -this.disorderUs && gap <= FACTOR * this.usualUs;
  }

  private begin(line: Line, timeUs: number, offsetUs: number): void {
    line.firstUs = line.headUs = timeUs;
    line.offsetUs = offsetUs;
    line.records = 1;
    line.record = this.records;
  }

  private follow(line: Line, timeUs: number): void {
    line.records++;
    const gap = timeUs - line.headUs;
    if (gap > this.usualUs) this.remember(gap);
    if (gap > 0) line.headUs = timeUs;
    this.offsetUs = line.offsetUs;
    this.nowUs = Math.max(this.nowUs, timeUs - line.offsetUs);
  }

  /**
   * The one of the other clocks that a record fits best.
   * @param near it could follow the believed records: then the other one must have proved true and fit better
   */
  private other(timeUs: number, near: boolean): Line | undefined {
    const { believed, rival, others, disorderUs } = this;
    if (near && timeUs - believed.headUs <= disorderUs) return undefined;
    if (rival.records > 0 && this.near(rival, timeUs)) return undefined;
    let best: Line | undefined;
    let bestGap = near ? disorderUs : FACTOR * this.usualUs;
    for (const line of others) {
      const gap = timeUs - line.offsetUs - this.nowUs;
      if (gap < -disorderUs || Math.abs(gap) > bestGap || (near && line.records < ENOUGH)) continue;
      best = line;
      bestGap = Math.abs(gap);
    }
    return best;
  }

  /** A record goes by another clock than those before. */
  private resume(line: Line, timeUs: number): void {
    const { believed, others } = this;
    if (this.rival.records > 0) this.stray();
    const jumpUs = timeUs - believed.headUs;
    if (line.records + 1 < ENOUGH) {
      line.records++;
      this.offsetUs = timeUs - this.nowUs;
      this.tell({ type: 'stray', fromUs: believed.headUs, toUs: timeUs, record: this.records, records: 1 });
      return;
    }
    // what was told above may have pushed it out
    const at = others.indexOf(line);
    if (at >= 0) others.splice(at, 1);
    const event = { fromUs: believed.headUs, toUs: timeUs, record: this.records };
    if (jumpUs < 0 && jumpUs >= -USUAL_US) {
      this.disorderUs = Math.max(this.disorderUs, -jumpUs);
      this.tell({ type: 'disorder', ...event });
      this.follow(believed, timeUs);
      return;
    }
    // what comes forward again by less than a pause may be silence
    if (!line.told && (jumpUs < 0 || jumpUs > FACTOR * this.usualUs)) {
      line.told = believed.told = true;
      this.tell({ type: 'clocks', ...event });
    }
    this.keep(believed);
    line.headUs = this.nowUs + line.offsetUs;
    this.believed = line;
    this.follow(line, timeUs);
  }

  /** Of more clocks than are remembered, strays are forgotten first, then the one that was not used for longest. */
  private keep(line: Line): void {
    const { others } = this;
    others.unshift(line);
    if (others.length <= CLOCKS) return;
    const stray = others.findLastIndex(({ records }) => records < ENOUGH);
    others.splice(stray < 0 ? CLOCKS : stray, 1);
  }

  private doubt(timeUs: number): void {
    const { rival } = this;
    if (rival.records > 0) {
      if (this.near(rival, timeUs)) {
        this.follow(rival, timeUs);
        if (rival.records >= ENOUGH) this.settle();
        return;
      }
      // time went on past it: it was the end of a pause, and this is the end of another
      if (timeUs > rival.headUs && rival.firstUs > this.believed.headUs) this.settle();
      else this.stray();
      if (this.near(this.believed, timeUs)) {
        this.follow(this.believed, timeUs);
        return;
      }
    }
    // until it is believed, its first record is where the clock stands
    this.begin(this.rival, timeUs, timeUs - this.nowUs);
    this.offsetUs = this.rival.offsetUs;
  }

  /** The rival is believed from now on. */
  private settle(): void {
    const { believed, rival } = this;
    const jumpUs = rival.firstUs - believed.headUs;
    const alone = believed.record === 1 && believed.records < ENOUGH;
    if (alone && (jumpUs < 0 || jumpUs > LONGEST_US)) {
      this.tell({ type: 'stray', fromUs: rival.firstUs, toUs: believed.firstUs, record: 1, records: believed.records });
      this.firstUs = rival.firstUs;
    } else if (jumpUs > 0) {
      this.tell({ type: 'pause', fromUs: believed.headUs, toUs: rival.firstUs, record: rival.record });
      const skippedUs = Math.min(jumpUs, Math.max(COUNTED_US, FACTOR * this.usualUs));
      this.remember(jumpUs);
      rival.offsetUs -= skippedUs;
      this.nowUs += skippedUs;
      this.pausedUs += skippedUs;
      this.offsetUs = rival.offsetUs;
    } else this.tell({ type: 'back', fromUs: believed.headUs, toUs: rival.firstUs, record: rival.record });
    if (!alone && believed.offsetUs !== rival.offsetUs) this.keep(believed);
    this.believed = rival;
    this.rival = newLine();
  }

  private stray(): void {
    const { rival, believed } = this;
    const { record, records, firstUs } = rival;
    this.tell({ type: 'stray', fromUs: believed.headUs, toUs: firstUs, record, records });
    this.keep(rival);
    this.rival = newLine();
  }

  private remember(silenceUs: number): void {
    this.longest.push(silenceUs);
    this.longest.sort((a, b) => b - a);
    this.longest.length = ENOUGH;
  }

  private tell(event: ClockEvent): void {
    if (this.counts[event.type]++ < KEPT) this.events.push(event);
  }
}

/** Whether a model may hold that as the length of usual silences. */
export function isUsualSilence(us: unknown): us is number {
  return typeof us === 'number' && us >= USUAL_US && us <= LONGEST_US;
}
