/** Writes snapshots of a report without holding the run up: a thread renders, and is told a few incidents at a time. */
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { RunReport } from '../../report/run-report.js';
import { type FromThread, pack, type ToThread } from './render-messages.js';

/** Handing over so many takes some milliseconds. */
const AT_A_TIME = 200;

export interface SnapshotFile {
  readonly path: string;
  /** names of earlier reports, the newest first */
  readonly earlier: readonly string[];
}

export class Renderer {
  private thread: Worker | undefined;

  /** Renders and replaces the files. Rejects where the thread fails as a whole. */
  async write(report: RunReport, files: readonly SnapshotFile[]): Promise<FromThread> {
    this.thread ??= new Worker(new URL('./render-thread.js', import.meta.url));
    const { thread } = this;
    // a run that ends waits for a report that is being written, and not for the thread
    thread.ref();
    const { incidents, ...rest } = report;
    // later ones are told next time: the list goes on growing
    const all = [...incidents];
    const answer = new Promise<FromThread>((resolve, reject) => {
      const forget = (): void => {
        thread.off('message', onMessage);
        thread.off('error', onError);
        thread.unref();
      };
      const onMessage = (message: FromThread): void => {
        forget();
        resolve(message);
      };
      const onError = (error: unknown): void => {
        forget();
        this.thread = undefined;
        reject(error);
      };
      thread.on('message', onMessage);
      thread.on('error', onError);
    });
    for (let from = 0; from < all.length; from += AT_A_TIME) {
      this.tell(thread, { type: 'incidents', incidents: all.slice(from, from + AT_A_TIME).map(pack) });
      await turn();
    }
    this.tell(thread, { type: 'write', rest, files });
    return answer;
  }

  async close(): Promise<void> {
    await this.thread?.terminate();
    this.thread = undefined;
  }

  private tell(thread: Worker, message: ToThread): void {
    thread.postMessage(message);
  }
}
