/** Loads the compiled kernel and starts its threads. */

import { Worker } from 'node:worker_threads';
import { compileWasm, WasmConstants, wasm } from '../../base/wasm.js';
import { CLIP } from '../scaler.js';
import { TOP } from '../score.js';
import { NET_CONSTANTS, type NetConstants } from './layout.js';

export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
}

export interface KernelExports {
  dispatch(): void;
  product(x: number, y: number, kernel: number, bias: number, inputs: number, units: number, panels: number): void;
}

const PLACES = ['./net-kernel.wasm', '../../../dist/model/simd/net-kernel.wasm'];

/** A thread is a few lines: it waits inside the kernel, which needs neither messages nor a file of its own. */
const WORKER = `
const { workerData } = require('node:worker_threads');
const instance = new WebAssembly.Instance(workerData.module, { env: { memory: workerData.memory } });
instance.exports.work(workerData.thread);
`;

interface NetKernel {
  readonly module: object;
  readonly constants: NetConstants;
}

let loaded: NetKernel | undefined;

/** Compiles once a process. Throws where the build is missing, or another, or this Node has no SIMD or no shared memory. */
export function loadKernel(): NetKernel {
  if (loaded) return loaded;
  const module = compileWasm(PLACES, import.meta.url);
  const { exports } = new wasm.Instance(module, { env: { memory: sharedMemory(0) } });
  const compiled = new WasmConstants(PLACES[0], exports);
  compiled.expect({ CLIP, TOP });
  loaded = { module, constants: compiled.numbers(NET_CONSTANTS) };
  return loaded;
}

export function sharedMemory(bytes: number): SharedMemory {
  // the kernel is compiled for up to 65536 pages; this memory never grows
  const pages = Math.ceil(bytes / 65_536) + 1;
  return new wasm.Memory({ initial: pages, maximum: pages, shared: true }) as SharedMemory;
}

export function instantiate(memory: SharedMemory): KernelExports {
  return new wasm.Instance(loadKernel().module, { env: { memory } }).exports as KernelExports;
}

/** Threads 1..threads−1, waiting for jobs in `memory`; undefined when they cannot be started. */
export async function startWorkers(memory: SharedMemory, threads: number): Promise<Worker[] | undefined> {
  const { module, constants } = loadKernel();
  const workers: Worker[] = [];
  let failed = false;
  try {
    for (let thread = 1; thread < threads; thread++) {
      const worker = new Worker(WORKER, { eval: true, workerData: { module, memory, thread } });
      worker.on('error', () => {
        failed = true;
      });
      worker.unref();
      workers.push(worker);
    }
  } catch {
    failed = true;
  }
  const ready = new Int32Array(memory.buffer, constants.READY, 1);
  for (let waited = 0; !failed && Atomics.load(ready, 0) < threads - 1; waited++) {
    if (waited > 5000) failed = true;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  if (!failed) return workers;
  for (const worker of workers) void worker.terminate();
  return undefined;
}

/** Ends the workers of `memory`, which must be waiting: any job of an unknown kind does. */
export function stopWorkers(memory: SharedMemory): void {
  const { KIND, SEQUENCE } = loadKernel().constants;
  new DataView(memory.buffer).setInt32(KIND, 0, true);
  const sequence = new Int32Array(memory.buffer, SEQUENCE, 1);
  Atomics.add(sequence, 0, 1);
  Atomics.notify(sequence, 0);
}
