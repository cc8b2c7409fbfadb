/** The reference engine: tfjs in pure JavaScript. */

import type { Engine, EngineName } from '../autoencoder.js';
import { TfjsNet } from './net.js';
import { cpuOperations, type Operations } from './operations.js';

export function tfjsEngine(
  name: EngineName = 'tfjs',
  operations: Operations = cpuOperations,
  note = 'tfjs, pure JavaScript',
): Engine {
  return {
    name,
    note,
    create: (spec, weights) => new TfjsNet(spec, weights, operations),
    dispose: async () => undefined,
  };
}
