/** Names from the wire as text that is safe in a table, a spreadsheet and a terminal. */

import type { TextField } from '../table/record.js';

const BACKSLASH = 0x5c;
const ZERO = 0x30;

/** 1 for bytes that stand for themselves: printable ASCII, but no space, `"`, `,` and `\`, which would need quoting. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, b) =>
  b > 0x20 && b < 0x7f && b !== 0x22 && b !== 0x2c && b !== BACKSLASH ? 1 : 0,
);
/** A spreadsheet takes a cell that starts with one of these for a formula. */
const FORMULA_START = Uint8Array.from({ length: 256 }, (_, b) => ('=+-@'.includes(String.fromCharCode(b)) ? 1 : 0));

const LONGEST_ESCAPE = 4;

/**
 * Appends `byte` as itself, or as `\DDD` (RFC 1035 section 5.1) where it is no plain character, is `separator` (the dot inside
 * a DNS label; -1: none), or would start the field as a formula does. Text that does not fit any more is left out.
 */
export function appendNameByte(field: TextField, byte: number, separator: number): void {
  const { bytes, length } = field;
  if (PLAIN[byte] === 1 && byte !== separator && (length > 0 || FORMULA_START[byte] === 0)) {
    if (length < bytes.length) {
      bytes[length] = byte;
      field.length = length + 1;
    }
    return;
  }
  if (length + LONGEST_ESCAPE > bytes.length) return;
  bytes[length] = BACKSLASH;
  bytes[length + 1] = ZERO + ((byte / 100) | 0);
  bytes[length + 2] = ZERO + (((byte / 10) | 0) % 10);
  bytes[length + 3] = ZERO + (byte % 10);
  field.length = length + LONGEST_ESCAPE;
}
