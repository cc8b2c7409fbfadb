/** Text of two bytes a character (UTF-16), as some shells and programs write it, as UTF-8. */

export type WideEncoding = 'utf-16le' | 'utf-16be';

/** Told by this many characters, where no byte order mark leads. */
const TELLING_CHARACTERS = 8;

/** The encoding of `bytes`, the first ones of a text of two bytes a character; undefined where it is none. */
export function wideEncoding(bytes: Uint8Array): WideEncoding | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (bytes.length < 2 * TELLING_CHARACTERS) return undefined;
  // what we read is ASCII for the most part: every second byte is zero
  const ascii = (at: number): boolean => {
    for (let i = 0; i < 2 * TELLING_CHARACTERS; i += 2) {
      const byte = bytes[i + at];
      if (bytes[i + 1 - at] !== 0 || byte < 9 || byte > 126) return false;
    }
    return true;
  };
  if (ascii(0)) return 'utf-16le';
  return ascii(1) ? 'utf-16be' : undefined;
}

export async function* narrowed(chunks: AsyncIterable<Uint8Array>, encoding: WideEncoding): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}
