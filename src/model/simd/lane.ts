/** A thread that carries out the jobs of nets in place of this one, so that several nets are trained side by side. */

import { Worker } from 'node:worker_threads';
import { ThreadMessages } from '../../base/thread-messages.js';
import type { Lane } from '../autoencoder.js';
import { loadKernel, type SharedMemory } from './net-kernel.js';

/** Told a memory it goes over to the net there, told nothing it does the job that is there; it answers when that is done. */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
let dispatch;
parentPort.on('message', (memory) => {
  if (memory) dispatch = new WebAssembly.Instance(workerData.module, { env: { memory } }).exports.dispatch;
  else dispatch();
  parentPort.postMessage(0);
});
parentPort.postMessage(0);
`;

export class KernelLane implements Lane {
  #memory: SharedMemory | undefined;

  private constructor(private readonly thread: ThreadMessages<number>) {}

  /** Undefined where no thread starts here. */
  static async start(): Promise<KernelLane | undefined> {
    const { module } = loadKernel();
    const thread = new ThreadMessages<number>(new Worker(WORKER, { eval: true, workerData: { module } }));
    const first = await thread.next();
    return first === undefined || first instanceof Error ? undefined : new KernelLane(thread);
  }

  /** Carries out the job in `memory`. One after the other. */
  async run(memory: SharedMemory): Promise<void> {
    if (memory !== this.#memory) await this.#ask(memory);
    this.#memory = memory;
    await this.#ask(undefined);
  }

  async #ask(memory: SharedMemory | undefined): Promise<void> {
    this.thread.worker.postMessage(memory);
    const answer = await this.thread.next();
    if (answer === undefined) throw new Error('the thread of a net ended early');
    if (answer instanceof Error) throw answer;
  }

  async close(): Promise<void> {
    await this.thread.worker.terminate();
  }
}
