/** Ctrl+C while standard input has not sent a byte yet: nobody can say what it is, and nobody has to. */
import { handleSignals } from './signals.js';

/** What `opening` gives; undefined where Ctrl+C or SIGTERM came first: standard input is closed then. */
export async function unlessStopped<T>(opening: Promise<T>): Promise<T | undefined> {
  let stop = (): void => undefined;
  const stopped = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
  });
  const release = handleSignals({
    onStop: () => {
      // what waits for a byte fails by this, and nobody hears it any more
      opening.catch(() => undefined);
      process.stdin.destroy();
      stop();
    },
    onInterrupt: () => undefined,
    onReopen: () => undefined,
    onReport: () => undefined,
  });
  try {
    return await Promise.race([opening, stopped]);
  } finally {
    release();
  }
}
