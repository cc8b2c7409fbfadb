/** Digests, for the pure parts that need one and may not import Node's. */
import { createHash } from 'node:crypto';

/** SHA-1 of bytes (20 bytes), as Community IDs need it. */
export function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest();
}

/** Base64 of the SHA-256 of a text's UTF-8 bytes, as a Content-Security-Policy needs it. */
export function sha256Base64(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
