/** Which engine does the work. */

import { printable } from '../base/text.js';
import type { Engine, EngineName } from './autoencoder.js';

export interface EngineOptions {
  /** of the simd engine; default one for each processor, at most 8 */
  readonly threads?: number;
}

export type EngineChoice = EngineName | 'auto';

/**
 * An engine that works, whatever was asked for: one that does not load is replaced by `simd`, else by `tfjs`, and the note says
 * so. `auto` is `simd`, which is faster than the others for nets of this size (npm run bench -- train).
 */
export async function chooseEngine(wanted: EngineChoice, options: EngineOptions = {}): Promise<Engine> {
  const choice = wanted === 'auto' ? 'simd' : wanted;
  const order = [choice, ...(['simd', 'tfjs'] as const).filter((name) => name !== choice)];
  const reasons: string[] = [];
  for (const name of order) {
    try {
      const engine = await load(name, options);
      if (reasons.length === 0) return engine;
      const instead = `instead of ${choice}: ${reasons[0]}`;
      return { ...engine, note: `${engine.note}; ${instead}`, instead };
    } catch (error) {
      if (name === 'tfjs') throw error;
      reasons.push(printable((error instanceof Error ? error.message : String(error)).split('\n', 1)[0]));
    }
  }
  throw new Error('unreachable: tfjs always loads');
}

async function load(name: EngineName, options: EngineOptions): Promise<Engine> {
  switch (name) {
    case 'simd':
      return (await import('./simd/engine.js')).probedSimdEngine(options);
    case 'tfjs':
      return (await import('./tfjs/engine.js')).tfjsEngine();
    case 'tfjs-node':
      return (await import('./tfjs/native.js')).nativeEngine();
  }
}
