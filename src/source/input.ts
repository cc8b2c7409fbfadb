/** An input of any kind, told by its content, decompressed. */

import { AnomalyError, EmptyInputError } from '../base/errors.js';
import { printable } from '../base/text.js';
import { turn } from '../base/turns.js';
import { isInnerHeader } from '../table/parse.js';
import { openBytes } from './chunks.js';
import { formatOf, type InputFormat, strangeness, TELLING_BYTES } from './formats.js';
import { jsonShape, objectLines } from './json-lines.js';
import type { OriginFile } from './origins.js';
import { Rest } from './rest.js';
import { unpack } from './unpack.js';
import { narrowed, wideEncoding } from './wide-text.js';

export type { InputFormat } from './formats.js';

const LF = 10;

export interface Input {
  /** file name safe to print; `-` is standard input */
  readonly name: string;
  /** as it was opened */
  readonly path: string;
  readonly format: InputFormat;
  /** a packet table that describes the inner packets of tunnels */
  readonly inner: boolean;
  /** what was undone to get at it, in this order: "gzip", "utf-16le", "JSON array", … */
  readonly wrappings: readonly string[];
  /** decompressed, from the first byte; a chunk is valid until the next is asked for */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** one line each, safe to print; complete once the chunks ended */
  readonly warnings: string[];
  /** whether the same path can be opened again (no pipe) */
  readonly repeatable: boolean;
  close(): Promise<void>;
}

/** Bytes given at once: of the shortest lines of a log that come to nothing, a hundredth of a second's work or two. */
const STEP_BYTES = 32 * 1024;

/** `signal` ends the waiting for the first bytes, and all that comes after them: what was read is not whole then. */
export type OpenInput = (path: string, signal?: AbortSignal) => Promise<Input>;

/** The file that the records of an input are found in. */
export function originOf({ name, path, format, wrappings, repeatable }: Input): OriginFile {
  return { name, path: repeatable ? path : '-', format: [format, ...wrappings].join(', ') };
}

/**
 * Opens a capture, packet table or Zeek log; `-` is standard input.
 * @throws AnomalyError NO_INPUT, NO_PERMISSION, BAD_DATA; EmptyInputError where there is not a byte
 */
export async function openInput(path: string, signal?: AbortSignal): Promise<Input> {
  const name = printable(path);
  const source = await openBytes(path, signal);
  const warnings: string[] = [];
  try {
    const wrappings: string[] = [];
    const { chunks, packer } = await unpack(source.chunks, name, warnings);
    if (packer) wrappings.push(packer.name);
    let rest = new Rest(chunks);
    let head = await rest.peek(TELLING_BYTES, isTold);
    const encoding = wideEncoding(head);
    if (encoding) {
      warnings.push(
        `${name}: is UTF-16 text and was read as such; iconv -f ${encoding.toUpperCase()} -t UTF-8 converts it`,
      );
      wrappings.push(encoding);
      rest = new Rest(narrowed(inSteps(rest, signal), encoding));
      head = await rest.peek(TELLING_BYTES, isTold);
    }
    const format = formatOf(head);
    if (head.length === 0) {
      throw new EmptyInputError(
        `${name}: ${warnings.length > 0 ? 'is cut off before the first byte could be unpacked' : 'is empty'}`,
      );
    }
    if (!format) throw new AnomalyError('BAD_DATA', `${name}: ${strangeness(head)}`);
    const shape = format === 'zeek-json' || format === 'eve' ? jsonShape(head) : undefined;
    if (shape) wrappings.push(shape);
    return {
      name,
      path,
      format,
      inner: format === 'table' && isInnerHeader(firstLine(head)),
      wrappings,
      chunks: shape ? objectLines(inSteps(rest, signal)) : inSteps(rest, signal),
      warnings,
      repeatable: source.repeatable,
      close: source.close,
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** A piece a step, and others have their turn in between: what comes out of it may be a record in a hundred bytes or none in thousands. */
async function* inSteps(rest: Rest, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    for (let bytes = await rest.next(); bytes; bytes = await rest.next()) {
      for (let at = 0; at < bytes.length; at += STEP_BYTES) {
        if (signal?.aborted) return;
        yield bytes.subarray(at, at + STEP_BYTES);
        const due = turn();
        if (due) await due;
      }
    }
  } finally {
    await rest.close();
  }
}

/** Of a packet table the header line is needed, which says of which headers it is. */
function isTold(head: Uint8Array): boolean {
  const format = formatOf(head);
  return format !== undefined && (format !== 'table' || head.includes(LF));
}

function firstLine(head: Uint8Array): string {
  const end = head.indexOf(LF);
  return new TextDecoder('latin1').decode(end < 0 ? head : head.subarray(0, end));
}
