/** How long to wait before what failed is tried again. */
import { setTimeout as sleep } from 'node:timers/promises';

/** ms, the fleet's design: a loop without a pause made 11,000 failed requests in seconds */
const FIRST_MS = 250;
const LONGEST_MS = 30_000;

export class Backoff {
  private nextMs = FIRST_MS;

  /** It went well: the next wait is a short one. */
  reset(): void {
    this.nextMs = FIRST_MS;
  }

  /** Waits, each time longer, by chance up to half as long again, so that not everybody tries at once; until `signal` at most. */
  async wait(signal: AbortSignal): Promise<void> {
    const ms = this.nextMs * (1 + Math.random() / 2);
    this.nextMs = Math.min(LONGEST_MS, 2 * this.nextMs);
    await pause(ms, signal);
  }
}

/** Waits so many ms, or until `signal`. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
