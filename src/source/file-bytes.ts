/** How much there is to read, as far as files tell. */
import { statOf } from '../base/opened-first.js';

/** B of files together, as they are, packed or not; undefined where one of `paths` is no regular file. @throws the reason of the signal */
export async function bytesOf(paths: readonly string[], signal?: AbortSignal): Promise<number | undefined> {
  let bytes = 0;
  for (const path of paths) {
    signal?.throwIfAborted();
    const facts = path === '-' ? undefined : await statOf(path);
    if (!facts?.isFile()) return undefined;
    bytes += facts.size;
  }
  return bytes;
}
