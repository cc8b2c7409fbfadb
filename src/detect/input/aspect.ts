/** One thing in which an input may differ from training: how much of it came lately, in doubt, told, and over. */
import { SETTINGS } from '../settings.js';
import type { InputChange } from './change.js';

const { SCORE_GRACE_S } = SETTINGS;
const US = 1e6;
/** Before anything told, as many are taken to have told that all is as learned: three of them make one that differs a doubt. */
const PRIOR = 3;
/** The last so many make the share: enough that two or three by chance are no doubt. */
const MEMORY = 16;
/** Shares from which it is doubted, from which it is told, and below which it is over: a quarter, three of them, half a quarter. */
const DOUBT = 0.25;
const SURE = 0.75;
const OVER = 0.125;
/** s in which known senders have to be heard, or all are listened to: the window of the counts */
const KNOWN_S = 60;

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
  /** when a change was over */
  endedUs = Number.NEGATIVE_INFINITY;
  /** that were not judged, of no change that is over */
  records = 0;
  /** is or was in doubt: what is as learned is news, too */
  unsure = false;
  private change: InputChange | undefined;
  private doubtUs = -1;
  private doubtShownUs = 0;
  private readonly all = new Share();
  private readonly known = new Share();

  /**
   * @param lacking what is strange is that the form is not there
   * @param normal the share of what is strange that training had
   */
  constructor(
    readonly name: string,
    readonly lacking: boolean,
    private readonly normal: number,
    private readonly onChange: (change: InputChange) => void,
  ) {}

  /** The change that goes on, if it was told. */
  get going(): InputChange | undefined {
    return this.change;
  }

  /** Takes in what one record says. `known`: training knew its sender. `shownUs`: its time for people. */
  add(strange: boolean, known: boolean, nowUs: number, shownUs: number): void {
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
      if (this.doubtUs >= 0) this.heldUntilUs = 0;
      this.doubtUs = -1;
      this.unsure = part > 0;
    }
  }

  /** Of what came, the share with the form; of a change the one that differs most. */
  private shareOf(part: number, before: number): number {
    return this.lacking ? Math.min(before, 1 - part) : Math.max(before, part);
  }

  private doubt(nowUs: number, shownUs: number): void {
    this.unsure = true;
    this.doubtUs = nowUs;
    this.doubtShownUs = shownUs;
    this.heldUntilUs = Math.max(this.heldUntilUs, nowUs + SCORE_GRACE_S * US);
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
      records: 0,
    };
    this.onChange(this.change);
  }

  private end(change: InputChange, nowUs: number, shownUs: number): void {
    change.toUs = shownUs;
    change.records = this.records;
    this.records = 0;
    this.change = undefined;
    this.doubtUs = -1;
    this.endedUs = nowUs;
    // flows that began meanwhile look odd for as long as those at the start of a run
    this.heldUntilUs = nowUs + SCORE_GRACE_S * US;
    this.onChange(change);
  }
}
