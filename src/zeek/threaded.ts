/**
 * Large conn.logs read in a thread of their own, while the caller works on the rows: decompression and parsing take as
 * long as the features do. Batches of rows go round in shared memory; the thread waits when all of them are full.
 */

import { Worker } from 'node:worker_threads';
import { AnomalyError, type ErrorCode, PartlyReadError } from '../base/errors.js';
import { ThreadMessages } from '../base/thread-messages.js';
import { bytesOf } from '../source/file-bytes.js';
import { type OriginFile, Origins } from '../source/origins.js';
import type { SourceFacts } from '../source/packet-source.js';
import { ConnBatch } from './conn-batch.js';
import { BATCH_BYTES } from './layout.js';
import type { ConnSource } from './logs.js';

const RING_BATCHES = 8;
/** Below this, starting the thread takes about as long as it saves. */
export const THREAD_FROM_BYTES = 8 * 2 ** 20;

export interface ToThread {
  readonly paths: readonly string[];
  readonly memory: SharedArrayBuffer;
}

export type FromThread =
  | {
      readonly type: 'opened';
      readonly name: string;
      readonly format: string;
      readonly files: readonly OriginFile[];
    }
  /** the next batch of the ring holds so many rows */
  | { readonly type: 'batch'; readonly count: number }
  | { readonly type: 'end'; readonly warnings: readonly string[] }
  | {
      readonly type: 'failed';
      readonly code: ErrorCode | undefined;
      /** all else was read */
      readonly partly: boolean;
      readonly message: string;
      readonly warnings: readonly string[];
    };

export function ringOf(memory: SharedArrayBuffer): ConnBatch[] {
  return Array.from({ length: RING_BATCHES }, (_, i) => new ConnBatch(memory, i * BATCH_BYTES));
}

/** Whether all of `paths` are regular files, and together large enough for a thread. */
export async function worthAThread(paths: readonly string[], signal?: AbortSignal): Promise<boolean> {
  const bytes = await bytesOf(paths, signal);
  return bytes !== undefined && bytes >= THREAD_FROM_BYTES;
}

/**
 * The same as `openLogs` of these files; undefined where no thread can be started.
 * @throws what `openLogs` throws
 */
export async function openInThread(paths: readonly string[], signal?: AbortSignal): Promise<ConnSource | undefined> {
  const memory = new SharedArrayBuffer(RING_BATCHES * BATCH_BYTES);
  const ring = ringOf(memory);
  const workerData: ToThread = { paths, memory };
  const messages = new ThreadMessages<FromThread>(
    new Worker(new URL('./reader-thread.js', import.meta.url), { workerData }),
  );
  const { worker } = messages;
  let closed = false;
  const close = async (): Promise<void> => {
    closed = true;
    await worker.terminate();
  };
  signal?.addEventListener('abort', () => void close(), { once: true });
  const opened = await messages.next();
  signal?.throwIfAborted();
  if (opened === undefined || opened instanceof Error) return undefined;
  if (opened.type === 'failed') throw failure(opened);
  if (opened.type !== 'opened') throw new Error(`unexpected ${opened.type}`);
  const { name, format, files } = opened;
  const origins = new Origins(files);
  const facts: SourceFacts = { name, format, origins, received: 0, gaps: [], warnings: [] };

  async function* batches(): AsyncGenerator<ConnBatch> {
    try {
      for (let at = 0; ; at = (at + 1) % RING_BATCHES) {
        const message = await messages.next();
        if (closed) return;
        if (message === undefined) throw new Error('the thread that reads ended early');
        if (message instanceof Error) throw message;
        if (message.type === 'end' || message.type === 'failed') {
          facts.warnings.push(...message.warnings);
          if (message.type === 'failed') throw failure(message);
          return;
        }
        if (message.type !== 'batch') throw new Error(`unexpected ${message.type}`);
        const batch = ring[at];
        batch.count = message.count;
        batch.trace(origins);
        facts.received += message.count;
        yield batch;
        worker.postMessage(undefined);
      }
    } finally {
      await close();
    }
  }
  return { facts, files, format, batches: batches(), stops: new Map(), close };
}

function failure({ code, partly, message }: FromThread & { type: 'failed' }): Error {
  if (partly) return new PartlyReadError(message);
  return code === undefined ? new Error(message) : new AnomalyError(code, message);
}
