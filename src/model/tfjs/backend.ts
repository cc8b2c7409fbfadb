/** The tfjs backends. Importing this registers the pure JavaScript one. */

import { tf } from './core.js';
// after that, for it would warn
import '@tensorflow/tfjs-backend-cpu';

export type BackendName = 'cpu' | 'tensorflow';

/**
 * Makes `name` the backend of every tfjs operation from here on. Two nets may be on two backends, and whoever loads tfjs-node
 * changes the backend of the process, so it is asked for before each use. Both backends start at once: nothing is awaited.
 */
export function useBackend(name: BackendName): void {
  if (tf.getBackend() !== name) void tf.setBackend(name);
}

export { tf };
