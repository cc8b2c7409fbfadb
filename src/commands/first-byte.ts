/** Ctrl+C while an input is being opened: what waits for its first byte, or goes through thousands of files, is given up. */

/** What `opening` gives; undefined where the signal came first. */
export async function unlessStopped<T>(opening: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  // what is given up fails, and nobody hears it any more
  opening.catch(() => undefined);
  const stopped = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  return Promise.race([stopped, opening]);
}
