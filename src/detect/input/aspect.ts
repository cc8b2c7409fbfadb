/** One thing in which an input may differ from training: how much of it came lately, in doubt, told, and over. */
import { SETTINGS } from '../settings.js';
import type { InputChange } from './change.js';

const { SCORE_GRACE_S, WARM_UP_S } = SETTINGS;
const US = 1e6;
/** Before anything told, as many are taken to have told that all is as learned: three of them make one that differs a doubt. */
const PRIOR = 3;
/** The last so many make the share: enough that two of them by chance are no doubt. */
const MEMORY = 8;
/** Shares from which it is doubted, from which it is told, and below which it is over. */
const DOUBT = 0.25;
const SURE = 0.5;
const OVER = 0.125;
/** s in which known senders have to be heard, or all are listened to: those of one direction may be strangers all */
const KNOWN_S = SCORE_GRACE_S;
/** s; the first strange records are not judged until it may have been told without known senders, each of whom is asked once a second */
const FIRST_S = KNOWN_S + 2;

class Share {
  part = 0;
  told = 0;
  lastUs = 0;

  add(strange: boolean, nowUs: number): void {
    this.told++;
    this.lastUs = nowUs;
    this.part += ((strange ? 1 : 0) - this.part) / Math.min(this.told + PRIOR, MEMORY);
  }
}

export class Aspect {
  /** records are not judged until then: a while in doubt, as long as the change goes on once it is told, and a while after */
  heldUntilUs = 0;
  private endedUs = Number.NEGATIVE_INFINITY;
  /** records that were not judged, in a doubt that came to nothing or goes on */
  doubted = 0;
  /** is or was in doubt: what is as learned is news, too */
  unsure = false;
  /** the change that goes on, and the one that was over last */
  private change: InputChange | undefined;
  private past: InputChange | undefined;
  private doubtUs = -1;
  private doubtShownUs = 0;
  private readonly all = new Share();
  private readonly known = new Share();
  private lastStrangeUs = Number.NEGATIVE_INFINITY;

  /**
   * @param lacking what is strange is that the form is not there
   * @param atFirst the first strange record after a while is doubt enough
   * @param normal the share of what is strange that training had
   */
  constructor(
    readonly name: string,
    readonly lacking: boolean,
    private readonly atFirst: boolean,
    private readonly normal: number,
    private readonly onChange: (change: InputChange) => void,
  ) {}

  /** Counts a record that is not judged because of it; those of the minute after a change are part of it. */
  count(): void {
    const change = this.change ?? (this.doubtUs < 0 ? this.past : undefined);
    if (change) change.records++;
    else this.doubted++;
  }

  /** Takes in what one record says. `known`: training knew its sender. `shownUs`: its time for people. */
  add(strange: boolean, known: boolean, nowUs: number, shownUs: number): void {
    if (strange) this.meet(nowUs);
    this.all.add(strange, nowUs);
    if (known) this.known.add(strange, nowUs);
    const { part, told } = this.known.told >= PRIOR && nowUs - this.known.lastUs < KNOWN_S * US ? this.known : this.all;
    const beyond = (part - this.normal) / (1 - this.normal);
    if (this.change) {
      this.change.came = this.shareOf(part, this.change.came);
      if (beyond < OVER) this.end(this.change, nowUs, shownUs);
    } else if (beyond >= DOUBT) {
      if (this.doubtUs < 0) this.doubt(nowUs, shownUs);
      const longEnough = told >= MEMORY && nowUs >= this.heldUntilUs;
      if (told > PRIOR && (beyond >= SURE || longEnough)) this.begin(part);
    } else {
      if (this.doubtUs >= 0) this.heldUntilUs = this.endedUs + WARM_UP_S * US;
      this.doubtUs = -1;
      this.unsure = part > 0;
    }
  }

  /** Whether it is one of few or the first of many shows soon. */
  private meet(nowUs: number): void {
    if (this.atFirst && nowUs - this.lastStrangeUs > WARM_UP_S * US) {
      this.heldUntilUs = Math.max(this.heldUntilUs, nowUs + FIRST_S * US);
    }
    this.lastStrangeUs = nowUs;
  }

  /** Of what came, the share with the form; of a change the one that differs most. */
  private shareOf(part: number, before: number): number {
    return this.lacking ? Math.min(before, 1 - part) : Math.max(before, part);
  }

  private doubt(nowUs: number, shownUs: number): void {
    this.unsure = true;
    this.doubtUs = nowUs;
    this.doubtShownUs = shownUs;
    this.heldUntilUs = Math.max(this.heldUntilUs, nowUs + WARM_UP_S * US);
  }

  private begin(part: number): void {
    this.heldUntilUs = Number.POSITIVE_INFINITY;
    const { name, lacking, normal } = this;
    this.change = {
      name,
      lacking,
      fromUs: this.doubtShownUs,
      toUs: 0,
      learned: lacking ? 1 - normal : normal,
      came: lacking ? 1 - part : part,
      records: this.doubted,
    };
    this.doubted = 0;
    this.onChange(this.change);
  }

  /** Nobody looks at it any more. */
  cut(nowUs: number, shownUs: number): void {
    if (this.change) this.end(this.change, nowUs, shownUs);
  }

  private end(change: InputChange, nowUs: number, shownUs: number): void {
    change.toUs = shownUs;
    this.past = change;
    this.change = undefined;
    this.doubtUs = -1;
    this.endedUs = nowUs;
    // the counts of a minute remember what they saw meanwhile
    this.heldUntilUs = nowUs + WARM_UP_S * US;
    this.onChange(change);
  }
}
