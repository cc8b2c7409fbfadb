/** The end of what others may hold up. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for `done`; after `graceMs` calls `late` once, which has to bring it about, and goes on waiting. */
export async function within(graceMs: number, done: Promise<unknown> | undefined, late: () => void): Promise<void> {
  const end = new AbortController();
  const limit = sleep(graceMs, undefined, { signal: end.signal }).then(late, () => undefined);
  await done;
  end.abort();
  await limit;
}
