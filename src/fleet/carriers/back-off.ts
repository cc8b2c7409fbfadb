/** How long to wait before a thing that failed is tried again: longer each time, and never at the same moment as all others. */
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_MS = 250;
const LONGEST_MS = 30_000;

/**
 * @param failures in a row, from 1
 * @returns ms: 0.25 s, 0.5 s, … 30 s, of which the latter half is left to chance
 */
export function backOffMs(failures: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
  return whole * (0.5 + Math.random() / 2);
}

/** Waits; less long where `signal` ends it. Never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
