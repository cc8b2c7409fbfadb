/** How fast a sensor may tell: a bucket of tokens, one an event, so that a storm at one host does not fill everybody's hub. */

/** One sink writes a tenth of what a server can read, and ten thousand sensors may tell at once. */
export const EVENTS_PER_MINUTE = 60;
const MINUTE_MS = 60_000;

export class Pace {
  private tokens: number;
  private atMs: number;

  /** @param nowMs of a clock that nobody sets */
  constructor(
    nowMs: number,
    private readonly perMinute: number,
  ) {
    this.tokens = perMinute;
    this.atMs = nowMs;
  }

  /** Whether one more may be told now. */
  take(nowMs: number): boolean {
    this.tokens = Math.min(this.perMinute, this.tokens + ((nowMs - this.atMs) / MINUTE_MS) * this.perMinute);
    this.atMs = nowMs;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
