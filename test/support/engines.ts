/** The engines that a test runs on: tfjs-node where `anomaly-setup tfjs-node` has built it, else one line says why not. */
import type { Engine, EngineName } from '../../src/model/autoencoder.js';
import { simdEngine } from '../../src/model/simd/engine.js';
import { tfjsEngine } from '../../src/model/tfjs/engine.js';
import { nativeEngine } from '../../src/model/tfjs/native.js';

const native = await nativeEngine().catch((error: Error) => {
  console.log(`engine tfjs-node: skipped, ${error.message}`);
  return undefined;
});

export const hasNative = native !== undefined;

/** simd on one thread */
export function engines(): Engine[] {
  return [simdEngine({ threads: 1 }), ...tfjsEngines()];
}

export function tfjsEngines(): Engine[] {
  return native ? [tfjsEngine(), native] : [tfjsEngine()];
}

export const ENGINE_NAMES: readonly EngineName[] = engines().map(({ name }) => name);
