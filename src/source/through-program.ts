/** Decompression by the program that is made for it: what came before a cut or damage, then what is wrong. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { AnomalyError, systemCode } from '../base/errors.js';
import { printable } from '../base/text.js';
import type { ProgramPacker } from './packers.js';

/** Nothing of our environment is its business: each has a variable of its own for options. */
const ENVIRONMENT = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };
const KEPT_WORDS = 4096;
/** What the programs say where the input ends too early. */
const CUT = /premature|end of (?:input|file)|unfinished|end(?:s|ed)? unexpectedly|truncated/i;

/**
 * @param name safe to print
 * @param warnings gets a line where the stream is cut off, or something else follows it
 * @throws AnomalyError BAD_DATA where it is damaged, NO_INPUT where the program is missing
 */
export async function* throughProgram(
  { name: format, program }: ProgramPacker,
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  warnings: string[],
): AsyncGenerator<Uint8Array> {
  const [file, ...args] = program;
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/', env: ENVIRONMENT });
  const exit = ended(child);
  let words = '';
  child.stderr.setEncoding('latin1').on('data', (text: string) => {
    words = (words + text).slice(0, KEPT_WORDS);
  });
  // it may end before its input does; how it ended says more
  child.stdin.on('error', () => undefined);
  let failure: unknown;
  const fed = feed(child.stdin, chunks).catch((error: unknown) => {
    failure = error;
    child.stdin.end();
  });
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array;
    const code = await exit;
    if (code instanceof Error) throw cannotRun(code, name, format, program);
    if (failure !== undefined) throw failure;
    const [said = ''] = words.trim().split('\n');
    if (code === 0) {
      if (said !== '') warnings.push(`${name}: ${printable(said)}`);
    } else if (CUT.test(words)) warnings.push(`${name}: ${format} data cut off; everything before the cut was read`);
    else throw new AnomalyError('BAD_DATA', `${name}: ${format} data damaged (${printable(said) || `code ${code}`})`);
  } finally {
    child.kill('SIGKILL');
    child.stdin.destroy();
    // where the reader goes away, the source may still be waited for
    fed.catch(() => undefined);
  }
}

function ended(child: ReturnType<typeof spawn>): Promise<number | string | Error> {
  return new Promise((resolve) => {
    child.on('error', resolve);
    child.on('close', (code, signal) => resolve(code ?? `${signal}`));
  });
}

async function feed(into: Writable, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) {
    if (into.destroyed) return;
    // what is written waits in the stream, and a chunk is overwritten by the next
    if (!into.write(Buffer.from(chunk))) await Promise.race([once(into, 'drain'), once(into, 'close')]);
  }
  into.end();
}

function cannotRun(error: Error, name: string, format: string, program: readonly string[]): AnomalyError {
  const [file = ''] = program;
  const what =
    systemCode(error) === 'ENOENT' ? `install ${file}` : `${file} does not run (${systemCode(error) ?? 'unknown'})`;
  return new AnomalyError('NO_INPUT', `${name}: is compressed with ${format}: ${what}, or: ${file} -dc FILE | … -r -`);
}
