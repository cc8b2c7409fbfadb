/**
 * A growing conn.log, followed by name like `tail -F`.
 *
 * The packages for this were looked at: `tail` keeps its old offset in the new file after a rotation and drops what a
 * truncated file holds, so rows get lost. What is needed is little: read what was added, and notice another file
 * under the name. It polls, because file events are missing on network file systems.
 */

import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AnomalyError, systemCode } from '../base/errors.js';
import { kindOf, readError } from '../base/files.js';
import { printable } from '../base/text.js';
import { flowTable, isFlowFormat } from '../source/flow-tables/formats.js';
import { formatOf, strangeness } from '../source/formats.js';
import { type OriginFile, Origins } from '../source/origins.js';
import type { SourceFacts } from '../source/packet-source.js';
import { wideEncoding } from '../source/wide-text.js';
import type { ConnBatch } from './conn-batch.js';
import { EveParser } from './flows/eve.js';
import { Rows } from './lines.js';
import { parserFor } from './log.js';
import type { ConnSource } from './logs.js';
import { Repeats } from './repeats.js';
import type { LineParser } from './tsv.js';

const { O_NONBLOCK = 0, O_RDONLY } = constants;
const POLL_MS = 250;
const CHUNK_BYTES = 256 * 1024;
const OPEN_BRACE = 123;

export interface FollowOptions {
  /** also the rows that are there already; else only what comes from now on */
  readonly fromStart?: boolean;
  readonly pollMs?: number;
}

/** Follows `path` until `close`. A file that does not exist yet is waited for. @throws NO_PERMISSION, BAD_DATA (while iterating) */
export function followConnLog(path: string, options: FollowOptions = {}): ConnSource {
  const stop = new AbortController();
  const name = printable(path);
  const files: OriginFile[] = [];
  const origins = new Origins(files);
  const facts: SourceFacts = { name, format: 'zeek', origins, received: 0, gaps: [], warnings: [] };
  const pollMs = options.pollMs ?? POLL_MS;

  async function* batches(): AsyncGenerator<ConnBatch> {
    const buffer = new Uint8Array(CHUNK_BYTES);
    let fromStart = options.fromStart === true;
    const repeats = new Repeats();
    let handle: FileHandle | undefined;
    try {
      while (!stop.signal.aborted) {
        handle = await openNow(path);
        if (!handle) {
          fromStart = true;
          await pause(pollMs, stop.signal);
          continue;
        }
        files.push({ name, path, format: 'zeek', followed: true });
        // rows that are there already are read for the header lines among them, and not given on
        let old = fromStart ? 0 : (await handle.stat()).size;
        fromStart = true;
        let rows: Rows | undefined;
        let at = 0;
        for (;;) {
          const over = stop.signal.aborted || (await replaced(path, handle, at));
          for (;;) {
            const length = old > at ? Math.min(CHUNK_BYTES, old - at) : CHUNK_BYTES;
            const { bytesRead } = await handle.read(buffer, 0, length, at);
            if (bytesRead === 0) break;
            at += bytesRead;
            const chunk = buffer.subarray(0, bytesRead);
            rows ??= new Rows(name, parserOf(chunk, name), undefined, files.length - 1);
            for (const batch of rows.take(chunk)) {
              repeats.leaveOut(batch);
              if (at <= old || batch.count === 0) continue;
              batch.trace(origins);
              facts.received += batch.count;
              yield batch;
            }
            if (stop.signal.aborted) break;
          }
          if (at >= old) old = 0;
          if (over) {
            // the writer is done with this file: a last line without line end may still be a row
            for (const batch of rows?.finish() ?? []) {
              repeats.leaveOut(batch);
              if (batch.count === 0) continue;
              batch.trace(origins);
              facts.received += batch.count;
              yield batch;
            }
            break;
          }
          await pause(pollMs, stop.signal);
        }
        if (rows) facts.warnings.push(...rows.warnings);
        await handle.close();
        handle = undefined;
      }
    } finally {
      await handle?.close();
      facts.warnings.push(...repeats.warnings);
    }
  }
  return { facts, files, format: 'zeek', batches: batches(), stops: new Map(), close: async () => stop.abort() };
}

/** @throws BAD_DATA for what is no text of one byte a character */
function parserOf(chunk: Uint8Array, name: string): LineParser {
  if (wideEncoding(chunk))
    throw new AnomalyError('BAD_DATA', `${name}: is UTF-16 text, which cannot be followed while it grows`);
  if (chunk.includes(0)) throw new AnomalyError('BAD_DATA', `${name}: ${strangeness(chunk)}`);
  const format = formatOf(chunk);
  // netflow events wait for their other half, as nothing does here
  if (format === 'eve') return new EveParser(false);
  if (format && isFlowFormat(format)) {
    throw new AnomalyError('USAGE', `${name}: a ${flowTable(format).title} cannot be followed; read it with -r`);
  }
  return parserFor(chunk[0] === OPEN_BRACE ? 'zeek-json' : 'zeek-tsv', name);
}

async function openNow(path: string): Promise<FileHandle | undefined> {
  try {
    // what is no file is opened without waiting for who would write to it
    const handle = await open(path, O_RDONLY | O_NONBLOCK);
    const facts = await handle.stat();
    if (facts.isFile()) return handle;
    await handle.close();
    throw notToFollow(path, facts);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw readError(path, cause);
  }
}

/** @throws AnomalyError NO_INPUT where something is there that cannot be followed; what is not there is waited for */
export async function checkFollowed(path: string): Promise<void> {
  const handle = await openNow(path);
  await handle?.close();
}

function notToFollow(path: string, facts: Stats): AnomalyError {
  const remedy = facts.isFIFO() ? 'read it with -r' : 'name a conn.log';
  const what = `is ${kindOf(facts)}, and only a file can be followed; ${remedy}`;
  return new AnomalyError('NO_INPUT', `${printable(path)}: ${what}`);
}

/** Whether another file is under the name now, or this one was emptied below what was read of it. */
async function replaced(path: string, handle: FileHandle, at: number): Promise<boolean> {
  const own = await handle.stat();
  if (own.size < at) return true;
  // between the two steps of a rotation there is no file under the name: the next poll sees the new one
  const named = await stat(path).catch(() => undefined);
  return named !== undefined && (named.ino !== own.ino || named.dev !== own.dev);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
