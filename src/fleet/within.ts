/** Waiting for what others do, and no longer than one wants to. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What the work gives, or undefined where it takes longer than so many ms, or `signal` comes first. It may go on then, unheard.
 * Rejects as the work does.
 */
export async function within<T>(ms: number, work: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  const over = new AbortController();
  const stop = (): void => over.abort();
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  const late = sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    stop();
    signal?.removeEventListener('abort', stop);
  }
}
