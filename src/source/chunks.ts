/** Bytes of a file, a pipe or standard input, chunk by chunk; a chunk is valid until the next is asked for. */

import { constants, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { AnomalyError } from '../base/errors.js';
import { readError } from '../base/files.js';
import { checkInput, openToRead, type ReadHandle } from '../base/opened-first.js';

const CHUNK_BYTES = 256 * 1024;

export interface ByteSource {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** whether it can be opened and read a second time */
  readonly repeatable: boolean;
  close(): Promise<void>;
}

/**
 * Opens `path`, or standard input for `-`.
 * @param signal ends what comes through a pipe, which may never come
 * @throws AnomalyError NO_INPUT, NO_PERMISSION
 */
export async function openBytes(path: string, signal?: AbortSignal): Promise<ByteSource> {
  if (path === '-') {
    if (process.stdin.isTTY) {
      throw new AnomalyError('NO_INPUT', 'standard input is a terminal: pipe a capture into it or name a file');
    }
    return streamBytes(process.stdin, 'standard input', signal);
  }
  let facts: Stats;
  let handle: ReadHandle;
  try {
    facts = await checkInput(path, true);
    // a pipe would keep a thread, and with it the program, until somebody writes into it
    handle = await openToRead(path, constants.O_RDONLY | (facts.isFile() ? 0 : constants.O_NONBLOCK));
  } catch (cause) {
    throw readError(path, cause);
  }
  if (facts.isFile()) return fileBytes(handle, path);
  // reads of a pipe would block a thread of the pool for as long as nothing comes; a socket waits without one
  return streamBytes(new Socket({ fd: handle.fd, readable: true, writable: false }), path, signal, handle);
}

function fileBytes(handle: ReadHandle, path: string): ByteSource {
  let closed = false;
  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    await handle.close();
  }
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const buffer = new Uint8Array(CHUNK_BYTES);
    try {
      while (!closed) {
        const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, null);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } catch (cause) {
      if (!closed) throw readError(path, cause);
    } finally {
      await close();
    }
  }
  return { chunks: chunks(), repeatable: true, close };
}

function streamBytes(stream: Readable, path: string, signal: AbortSignal | undefined, handle?: ReadHandle): ByteSource {
  let closed = false;
  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    stream.destroy();
    // the socket closed the descriptor; the handle only has to forget it
    await handle?.close().catch(() => undefined);
  }
  signal?.addEventListener('abort', () => void close(), { once: true });
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of stream) yield chunk as Uint8Array;
    } catch (cause) {
      if (!closed) throw readError(path, cause);
    } finally {
      await close();
    }
  }
  return { chunks: chunks(), repeatable: false, close };
}
