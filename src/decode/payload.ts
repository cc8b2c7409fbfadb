/** Length, entropy and share of printable bytes of what a packet carries. */

import type { PacketRecord } from '../table/record.js';
import type { Cursor } from './cursor.js';

/** Bytes looked at: enough to tell text, compressed and encrypted apart, and within what short captures keep. */
const PAYLOAD_SAMPLE = 120;
const FIRST_PRINTABLE = 9;
const LAST_PRINTABLE = 126;

/** n·log2 n */
const N_LOG_N = Float64Array.from({ length: PAYLOAD_SAMPLE + 1 }, (_, n) => (n === 0 ? 0 : n * Math.log2(n)));
const counts = new Uint8Array(256);

/**
 * Describes the payload from `from` to the end of the view: its length on the wire, and of its first 120 captured bytes the
 * Shannon entropy H = log2 n - (1/n) Σ c·log2 c [bits per byte] over the counts c of the byte values, and the share printable.
 */
export function measurePayload(c: Cursor, into: PacketRecord, from: number): void {
  into.payloadLen = c.wireEnd > from ? c.wireEnd - from : 0;
  const n = Math.min(c.end - from, PAYLOAD_SAMPLE);
  if (n <= 0) return;
  const data = c.data;
  const to = from + n;
  let printable = 0;
  for (let i = from; i < to; i++) {
    const byte = data[i];
    counts[byte]++;
    if (byte >= FIRST_PRINTABLE && byte <= LAST_PRINTABLE) printable++;
  }
  let sum = 0;
  for (let i = from; i < to; i++) {
    const byte = data[i];
    sum += N_LOG_N[counts[byte]];
    counts[byte] = 0;
  }
  into.payloadEntropy = round3((N_LOG_N[n] - sum) / n);
  into.payloadPrintable = round3(printable / n);
}

/** Three decimals, as the table holds them; + 0 turns a rounded -1e-16 into 0 and not -0. */
function round3(x: number): number {
  return Math.round(x * 1000) / 1000 + 0;
}
