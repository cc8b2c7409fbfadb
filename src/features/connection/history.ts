/** Columns of Zeek's `history`: how often each letter stands in it, by side. */

import type { TextField } from '../../table/record.js';
import { lgCount } from '../numeric.js';

/** Letters of `history`; capital: by the originator. https://docs.zeek.org/en/current/scripts/base/protocols/conn/main.zeek.html */
export const LETTERS = [
  ['s', 'SYN'],
  ['h', 'SYN-ACK'],
  ['a', 'ACK'],
  ['d', 'data'],
  ['f', 'FIN'],
  ['r', 'RST'],
  ['c', 'bad checksum'],
  ['g', 'content gap'],
  ['t', 'retransmission'],
  ['w', 'zero window'],
  ['i', 'inconsistent packet'],
  ['q', 'SYN and FIN or RST together'],
] as const;
const LETTER_COLUMN = new Int8Array(128).fill(-1);
for (const [i, [letter]] of LETTERS.entries()) {
  LETTER_COLUMN[letter.toUpperCase().charCodeAt(0)] = 2 * i;
  LETTER_COLUMN[letter.charCodeAt(0)] = 2 * i + 1;
}
const FLIP = 94;
const FLIP_COLUMN = 2 * LETTERS.length;

/** times that each letter stood in the history at hand, by column */
const times = new Uint8Array(FLIP_COLUMN);

/** Writes two columns a letter, and one for sides that the sensor swapped. */
export function writeHistory({ bytes, length }: TextField, out: Float32Array, at: number): void {
  times.fill(0);
  for (let i = at; i <= at + FLIP_COLUMN; i++) out[i] = 0;
  for (let i = 0; i < length; i++) {
    const letter = bytes[i];
    const column = letter < 128 ? LETTER_COLUMN[letter] : -1;
    if (column >= 0) out[at + column] = lgCount(++times[column]);
    else if (letter === FLIP) out[at + FLIP_COLUMN] = 1;
  }
}
