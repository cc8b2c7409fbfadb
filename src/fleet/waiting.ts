/** Waiting: for what others do and no longer than one wants to, before another try, and never at the same moment as all others. */
import { setTimeout as sleep } from 'node:timers/promises';

/** The fleet's design: a loop without a pause made 11,000 failed requests in seconds. */
const FIRST_MS = 250;
export const LONGEST_PAUSE_MS = 30_000;
/** Sensors that were started together are not to ask together: ± 20 %. */
const JITTER = 0.2;

/** Waits; less long where `signal` ends it. Never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** About so many ms. */
export const jittered = (ms: number): number => ms * (1 - JITTER + 2 * JITTER * Math.random());

/** Before another try of what failed: 0.25 s, 0.5 s, … 30 s, of which the latter half is left to chance. */
export class BackOff {
  private failures = 0;

  /** It went well: the next pause is a short one. */
  reset(): void {
    this.failures = 0;
  }

  /** Nothing has gone wrong since it last went well. */
  get isFresh(): boolean {
    return this.failures === 0;
  }

  /** Until `signal` at most. */
  wait(signal: AbortSignal): Promise<void> {
    const whole = Math.min(LONGEST_PAUSE_MS, FIRST_MS * 2 ** Math.min(this.failures++, 10));
    return pause(whole * (0.5 + Math.random() / 2), signal);
  }
}

/**
 * What the work gives, or undefined where it takes longer than so many ms, or `signal` comes first. It may go on then, unheard.
 * Rejects as the work does.
 */
export async function within<T>(ms: number, work: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  const over = new AbortController();
  const stop = (): void => over.abort();
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  try {
    return await Promise.race([work, pause(ms, over.signal).then(() => undefined)]);
  } finally {
    stop();
    signal?.removeEventListener('abort', stop);
  }
}
