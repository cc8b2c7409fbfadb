/** The thread that `threaded.ts` starts: reads conn.logs into batches of shared memory, as far ahead as there are free ones. */

import { parentPort, workerData } from 'node:worker_threads';
import { AnomalyError, PartlyReadError } from '../base/errors.js';
import { openInput } from '../source/input.js';
import { openLogs } from './logs.js';
import { type FromThread, ringOf, type ToThread } from './threaded.js';

const { paths, memory } = workerData as ToThread;
const port = parentPort;
if (!port) throw new Error('this module runs in a thread of its own');
const post = (message: FromThread): void => port.postMessage(message);

const batches = ringOf(memory);
let free = 0;
let freed = (): void => undefined;
port.on('message', () => {
  free++;
  freed();
});

let said: readonly string[] = [];

async function run(): Promise<void> {
  let at = 0;
  free = batches.length;
  const source = await openLogs(paths, openInput, () => batches[at]);
  const { name, format, warnings } = source.facts;
  said = warnings;
  post({ type: 'opened', name, format, files: source.files });
  for await (const { count } of source.batches) {
    post({ type: 'batch', count });
    at = (at + 1) % batches.length;
    free--;
    if (free === 0) {
      await new Promise<void>((resolve) => {
        freed = resolve;
      });
    }
  }
  post({ type: 'end', warnings });
}

run()
  .catch((error: unknown) => {
    const code = error instanceof AnomalyError ? error.code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    post({ type: 'failed', code, partly: error instanceof PartlyReadError, message, warnings: said });
  })
  // nothing else keeps the thread
  .finally(() => port.close());
