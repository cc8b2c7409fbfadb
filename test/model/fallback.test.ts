import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.doUnmock('node:worker_threads');
  vi.resetModules();
});

async function fresh() {
  vi.resetModules();
  return import('../../src/model/engine.js');
}

describe('the choice of an engine', () => {
  it('falls to tfjs where there is no SIMD, and says why in one line', async () => {
    class Module {
      constructor() {
        throw new Error('WebAssembly.Module(): Wasm SIMD unsupported @+421\nsecond line');
      }
    }
    const { Memory, Instance } = (globalThis as unknown as { WebAssembly: Record<string, unknown> }).WebAssembly;
    vi.stubGlobal('WebAssembly', { Memory, Instance, Module });
    const { chooseEngine } = await fresh();
    for (const choice of ['simd', 'auto'] as const) {
      const engine = await chooseEngine(choice);
      expect(engine.name).toBe('tfjs');
      expect(engine.note).toMatch(/instead of simd: WebAssembly.Module\(\): Wasm SIMD unsupported @\+421$/);
    }
  });

  it('keeps one thread where there are no threads, and says so', async () => {
    vi.doMock('node:worker_threads', () => ({
      Worker: class {
        constructor() {
          throw new Error('no threads');
        }
      },
    }));
    const { chooseEngine } = await fresh();
    const engine = await chooseEngine('simd', { threads: 4 });
    expect(engine.name).toBe('simd');
    expect(engine.note).toBe('WebAssembly SIMD, 1 thread; further threads do not start here');
  });
});
