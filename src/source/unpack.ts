/** A byte stream unpacked, also where packed and plain files were put together with cat. */

import { gunzip } from './gunzip.js';
import { hasProgram, type Packer, packerOf } from './packers.js';
import { Rest } from './rest.js';
import { throughProgram } from './through-program.js';

/** Bytes by which a packer is told, and a text. */
const TELLING_BYTES = 8;
/** How text that is packed begins; no text has these bytes in it. */
const GZIP_START = Buffer.from([0x1f, 0x8b, 0x08]);
/** first byte of the mark that editors put before UTF-8 */
const UTF8_MARK = 0xef;
const NEWLINE = Buffer.from('\n');

export interface Unpacked {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** what the stream begins with */
  readonly packer: Packer | undefined;
}

/**
 * @param name safe to print
 * @param warnings gets a line for each thing that is wrong, or odd
 * @throws while iterating: AnomalyError BAD_DATA where packed data is damaged, NO_INPUT where a program that unpacks it is missing
 */
export async function unpack(packed: AsyncIterable<Uint8Array>, name: string, warnings: string[]): Promise<Unpacked> {
  const input = new Rest(packed);
  const packer = packerOf(await input.peek(TELLING_BYTES));
  return { packer, chunks: parts(input, packer, name, warnings) };
}

async function* parts(
  input: Rest,
  first: Packer | undefined,
  name: string,
  warnings: string[],
): AsyncGenerator<Uint8Array> {
  let packer = first;
  try {
    for (;;) {
      if (hasProgram(packer)) yield* throughProgram(packer, input.all(), name, warnings);
      else if (packer) yield* gunzip(input, name, warnings);
      else yield* plain(input);
      const head = await input.peek(TELLING_BYTES);
      if (head.length === 0 || hasProgram(packer)) return;
      const next = packerOf(head);
      const words = (one: Packer | undefined): string => (one ? `${one.name} data` : 'data that is not packed');
      warnings.push(`${name}: ${words(packer)} and ${words(next)} stand one behind the other; both were read`);
      packer = next;
    }
  } finally {
    await input.close();
  }
}

/** What is not packed, up to where packed data begins in a text. */
async function* plain(input: Rest): AsyncGenerator<Uint8Array> {
  const text = isText(await input.peek(TELLING_BYTES));
  for (let chunk = await input.next(); chunk; chunk = await input.next()) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const at = text ? bytes.indexOf(GZIP_START) : -1;
    if (at < 0) {
      if (chunk.length > 0) yield chunk;
      continue;
    }
    // a chunk is valid until the next is asked for, and the reader asks when it is done with this one
    if (at > 0) yield chunk.subarray(0, at);
    if (at > 0 && bytes[at - 1] !== NEWLINE[0]) yield NEWLINE;
    input.putBack(bytes.subarray(at));
    return;
  }
}

function isText(head: Uint8Array): boolean {
  const [first = 0] = head;
  return !head.subarray(0, TELLING_BYTES).includes(0) && (first < 127 || first === UTF8_MARK);
}
