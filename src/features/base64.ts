/** Numbers of the saved state as base64 text (RFC 4648 section 4), little-endian. */

export function encodeWords(words: Int32Array): string {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  for (let i = 0; i < words.length; i++) view.setInt32(4 * i, words[i], true);
  const bytes = new Uint8Array(view.buffer);
  let text = '';
  for (let from = 0; from < bytes.length; from += 8192) {
    text += String.fromCharCode(...bytes.subarray(from, from + 8192));
  }
  return btoa(text);
}

/** Undefined where the text is no base64 of whole 32-bit words. */
export function decodeWords(text: string): Int32Array | undefined {
  let raw: string;
  try {
    raw = atob(text);
  } catch {
    return undefined;
  }
  if (raw.length % 4 !== 0) return undefined;
  const view = new DataView(new ArrayBuffer(raw.length));
  for (let i = 0; i < raw.length; i++) view.setUint8(i, raw.charCodeAt(i));
  return Int32Array.from({ length: raw.length / 4 }, (_, i) => view.getInt32(4 * i, true));
}
