/** Decompression of a byte stream that gives what came before a cut or damage, and then says what is wrong. */

import { createGunzip } from 'node:zlib';
import { AnomalyError, systemCode } from '../base/errors.js';

/** Compressed bytes given at once; bounds what one step can inflate to (deflate's best is 1032 to 1). */
const PIECE_BYTES = 32 * 1024;
/**
 * Room for what a piece of a text log inflates to: a step that needs more goes on only when the reader comes back to it.
 * The output of the step in which damage is found is lost: at most this much of what was good.
 */
const OUTPUT_BYTES = 256 * 1024;

/**
 * @param name safe to print
 * @param warnings gets a line where the stream is cut off
 * @throws AnomalyError BAD_DATA where it is damaged
 */
export async function* gunzip(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  warnings: string[],
): AsyncGenerator<Uint8Array> {
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
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length && !failure && !ended; at += PIECE_BYTES) {
        const piece = chunk.subarray(at, at + PIECE_BYTES);
        // the next piece inflates in another thread while the last one's output is used
        const working = step((done) => inflate.write(piece, () => done()));
        yield* ready;
        await working;
        ready = coming;
        coming = [];
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
