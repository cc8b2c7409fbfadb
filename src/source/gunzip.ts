/** Decompression of a byte stream that gives what came before a cut or damage, and then says what is wrong. */

import { createGunzip } from 'node:zlib';
import { AnomalyError, systemCode } from '../base/errors.js';
import type { Rest } from './rest.js';

/** Compressed bytes given at once; bounds what one step can inflate to (deflate's best is 1032 to 1). */
const PIECE_BYTES = 32 * 1024;
/**
 * Room for what a piece of a text log inflates to: a step that needs more goes on only when the reader comes back to it.
 * The output of the step in which damage is found is lost: at most this much of what was good.
 */
const OUTPUT_BYTES = 256 * 1024;

/** How what we read begins, where it stands behind a gzip member that somebody put before it with cat. */
const PLAIN_STARTS = [
  ...['\xd4\xc3\xb2\xa1', '\x4d\x3c\xb2\xa1', '\xa1\xb2\xc3\xd4', '\xa1\xb2\x3c\x4d', '\n\r\r\n'],
  ...['#sep', '#fields', 'frame.', '{"ts', '{"_p'],
].map((start) => Buffer.from(start, 'latin1'));
const WRONG_START = 'incorrect header check';

/**
 * Where the next piece of `bytes` from `at` on ends: before what looks like the start of something else, so that it is not
 * lost with its piece where it is one. Where it only looks so, nothing is changed by it.
 */
function pieceEnd(bytes: Buffer, at: number): number {
  let end = Math.min(bytes.length, at + PIECE_BYTES);
  for (const start of PLAIN_STARTS) {
    const found = bytes.subarray(at + 1, end).indexOf(start);
    if (found >= 0) end = at + 1 + found;
  }
  return end;
}

/**
 * The members of a gzip stream. What follows them and is no gzip is put back.
 * @param name safe to print
 * @param warnings gets a line where the stream is cut off
 * @throws AnomalyError BAD_DATA where it is damaged
 */
export async function* gunzip(input: Rest, name: string, warnings: string[]): AsyncGenerator<Uint8Array> {
  const inflate = createGunzip({ chunkSize: OUTPUT_BYTES });
  let ready: Uint8Array[] = [];
  let coming: Uint8Array[] = [];
  let failure: Error | undefined;
  let ended = false;
  let settle = (): void => undefined;
  inflate.on('data', (output: Uint8Array) => coming.push(output));
  inflate.on('error', (error) => {
    failure = error;
    settle();
  });
  inflate.on('end', () => {
    ended = true;
    settle();
  });
  const step = (start: (done: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      settle = resolve;
      start(resolve);
    });
  try {
    for (let chunk = await input.next(); chunk && !failure && !ended; chunk = await input.next()) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      for (let at = 0; at < bytes.length && !failure && !ended; ) {
        const from = at;
        at = pieceEnd(bytes, from);
        const before = inflate.bytesWritten;
        // the next piece inflates in another thread while the last one's output is used
        const working = step((done) => inflate.write(bytes.subarray(from, at), () => done()));
        yield* ready;
        await working;
        ready = coming;
        coming = [];
        // a member ended where this piece begins
        const fault = (failure as Error | undefined)?.message;
        if (fault === WRONG_START && inflate.bytesWritten === before && before > 0) {
          failure = undefined;
          ended = true;
          input.putBack(bytes.subarray(from));
        }
      }
      if (failure || ended) break;
    }
    if (!failure && !ended) await step(() => inflate.end());
    yield* ready;
    yield* coming;
    if (failure === undefined) return;
    if (systemCode(failure) !== 'Z_BUF_ERROR') {
      const at = inflate.bytesWritten;
      throw new AnomalyError('BAD_DATA', `${name}: gzip data damaged near byte ${at} (${failure.message})`, {
        cause: failure,
      });
    }
    warnings.push(`${name}: gzip data cut off; everything before the cut was read`);
  } finally {
    inflate.destroy();
  }
}
