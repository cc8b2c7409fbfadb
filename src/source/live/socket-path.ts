import { rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Removes the socket and its folder. Parent and keeper both try: either may outlive the other, or lack the right. */
export async function removeSocket(path: string): Promise<void> {
  await unlink(path).catch(() => undefined);
  await rmdir(dirname(path)).catch(() => undefined);
}
