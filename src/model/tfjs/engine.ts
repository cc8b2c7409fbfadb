/** The reference engine: tfjs in pure JavaScript. */

import type { Engine, EngineName } from '../autoencoder.js';
import { useBackend } from './backend.js';
import { TfjsNet } from './net.js';

export async function tfjsEngine(
  name: EngineName = 'tfjs',
  backend: 'cpu' | 'tensorflow' = 'cpu',
  note = 'tfjs, pure JavaScript',
): Promise<Engine> {
  await useBackend(backend);
  return { name, note, create: (spec, weights) => new TfjsNet(spec, weights), dispose: async () => undefined };
}
