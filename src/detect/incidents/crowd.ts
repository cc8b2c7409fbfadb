/**
 * Incidents that come in thousands: told as a number. Of one kind, by strangers or by hosts that training knew, a day opens no
 * more than somebody can look through, unless more is said against them than against as many before. A flood hides nothing of
 * another kind, nor what a known host does, nor what is worse by far.
 */
import type { PatternName } from '../rules/patterns.js';
import { SETTINGS } from '../settings.js';

const DAY_US = 86_400e6;
/** How much is said against one, in doublings of nats: 2^9 is more than a double has. */
const BANDS = 10;

export class Crowd {
  /** opened in this day, by sort and band */
  private readonly opened = new Map<string, Uint32Array>();
  private sinceUs = Number.NEGATIVE_INFINITY;
  /** not opened, by kind */
  readonly counted = new Map<PatternName, number>();

  /** Whether another one is opened. @param nats strength of its evidence; Infinity: a rule's, which is no chance */
  admits(kind: PatternName, stranger: boolean, nats: number, nowUs: number): boolean {
    if (nowUs - this.sinceUs > DAY_US) {
      this.sinceUs = nowUs;
      this.opened.clear();
    }
    const sort = `${stranger ? 'strangers' : 'known'} ${kind}`;
    const bands = this.opened.get(sort) ?? new Uint32Array(BANDS);
    this.opened.set(sort, bands);
    const band = Math.min(BANDS - 1, Math.floor(Math.log2(Math.max(1, nats))));
    if (bands.subarray(band).reduce((sum, each) => sum + each, 0) >= SETTINGS.ALIKE) return false;
    bands[band]++;
    return true;
  }

  count(kind: PatternName): void {
    this.counted.set(kind, (this.counted.get(kind) ?? 0) + 1);
  }
}
