/** What a thread says, in order, for who waits for it. */
import type { Worker } from 'node:worker_threads';

export class ThreadMessages<Message> {
  private readonly queue: (Message | Error | undefined)[] = [];
  private wake = (): void => undefined;

  constructor(readonly worker: Worker) {
    worker.on('message', (message: Message) => this.push(message));
    worker.on('error', (error) => this.push(error));
    worker.on('exit', () => this.push(undefined));
    worker.unref();
  }

  private push(message: Message | Error | undefined): void {
    this.queue.push(message);
    this.wake();
  }

  /** Undefined: the thread ended. */
  async next(): Promise<Message | Error | undefined> {
    if (this.queue.length === 0) {
      // only who waits for it keeps the process
      this.worker.ref();
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.worker.unref();
    }
    return this.queue.shift();
  }
}
