/** Ctrl+C while an input is being opened: what waits for its first byte, or goes through thousands of files, is given up. */
import { handleSignals } from './signals.js';

/** What `open` gives; undefined where Ctrl+C or SIGTERM came first. */
export async function unlessStopped<T>(open: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
  const stopping = new AbortController();
  const { signal } = stopping;
  let stop = (): void => undefined;
  const stopped = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
  });
  const release = handleSignals({
    onStop: () => {
      stopping.abort();
      stop();
    },
    onInterrupt: () => undefined,
    onReopen: () => undefined,
    onReport: () => undefined,
  });
  const opening = open(signal);
  // what is given up fails, and nobody hears it any more
  opening.catch(() => undefined);
  try {
    return await Promise.race([opening, stopped]);
  } finally {
    release();
  }
}
