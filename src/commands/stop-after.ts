/** The end of a run that has a limit of time. */
import { MS_PER_HOUR } from '../base/time.js';

/** Node holds a timer's ms in 31 bits, which is 24.8 days; a longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls `stop` once after so many hours, which may be years. @returns takes it back */
export function stopAfter(hours: number, stop: () => void): () => void {
  const endMs = performance.now() + hours * MS_PER_HOUR;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) stop();
    else timer = setTimeout(wait, Math.min(leftMs, LONGEST_TIMER_MS));
  };
  wait();
  return () => clearTimeout(timer);
}
