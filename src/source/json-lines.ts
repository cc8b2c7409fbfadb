/** JSON objects in an array, or on several lines each, as lines of one object: what every reader of JSON here takes. */

const NEWLINE = 10;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN = 123;
const CLOSE = 125;
const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf];

/** How the objects stand in a text of which `head` is the beginning; undefined: a line each. */
export function jsonShape(head: Uint8Array): 'JSON array' | 'JSON objects' | undefined {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < head.length; i++) {
    const byte = head[i];
    if (byte === BACKSLASH) i++;
    else if (byte === QUOTE) quoted = !quoted;
    else if (quoted) continue;
    else if (byte === OPEN_BRACKET && depth === 0) return 'JSON array';
    else if (byte === OPEN) depth++;
    else if (byte === CLOSE) depth--;
    else if (byte === NEWLINE && depth > 0) return head[i + 1] === OPEN ? undefined : 'JSON objects';
    if (depth === 0 && byte === CLOSE) return undefined;
  }
  return undefined;
}

/**
 * The same objects, each on a line of its own. What stands between them and is no part of an array is a line of its own,
 * for who reads them to count. Nothing is kept of what was given.
 */
export async function* objectLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let depth = 0;
  let quoted = false;
  let escaped = false;
  /** between objects: in something that is none */
  let stray = false;
  let newLine = false;
  for await (const chunk of chunks) {
    // a line end more for each object
    const out = Buffer.allocUnsafe(2 * chunk.length);
    let to = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (depth === 0) {
        if (byte === OPEN) {
          if (stray) out[to++] = NEWLINE;
          stray = false;
          depth = 1;
          out[to++] = byte;
        } else if (byte === NEWLINE) {
          if (stray) out[to++] = NEWLINE;
          stray = false;
        } else if (stray || !between(byte)) {
          stray = true;
          out[to++] = byte;
        }
        continue;
      }
      if (newLine && byte === OPEN) {
        // no writer begins an inner object at a line's begin: the one before was cut off, and ends here
        out[to++] = NEWLINE;
        depth = 1;
        quoted = false;
      } else if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) quoted = !quoted;
      else if (!quoted && byte === OPEN) depth++;
      else if (!quoted && byte === CLOSE) depth--;
      newLine = byte === NEWLINE;
      out[to++] = newLine ? SPACE : byte;
      if (depth === 0) out[to++] = NEWLINE;
    }
    if (to > 0) yield out.subarray(0, to);
  }
}

function between(byte: number): boolean {
  if (byte <= SPACE || byte === COMMA || byte === OPEN_BRACKET || byte === CLOSE_BRACKET) return true;
  return BYTE_ORDER_MARK.includes(byte);
}
