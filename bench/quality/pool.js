/** Tasks done by processes, in the order in which they come. */
import { fork } from 'node:child_process';

export class Pool {
  #all = [];
  #idle = [];
  #waiting = [];

  constructor(script, size) {
    // 'advanced' keeps NaN and typed arrays as they are
    for (let i = 0; i < size; i++) this.#all.push(fork(script, { serialization: 'advanced' }));
    this.#idle.push(...this.#all);
  }

  run(task) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject });
      this.#next();
    });
  }

  #next() {
    if (this.#idle.length === 0 || this.#waiting.length === 0) return;
    const child = this.#idle.pop();
    const { task, resolve, reject } = this.#waiting.shift();
    const gone = (code) => reject(new Error(`the process that was to ${task.do} ended with ${code}`));
    child.once('exit', gone);
    child.once('message', ({ result, failed }) => {
      child.off('exit', gone);
      this.#idle.push(child);
      if (failed) reject(new Error(failed));
      else resolve(result);
      this.#next();
    });
    child.send(task);
  }

  /** Ends the processes, whatever they are at. */
  close() {
    for (const child of this.#all) child.kill();
  }
}
