/** Labels of flow tables as those of a labelled conn.log. */

import { COLUMN } from '../columns.js';
import type { ConnBatch } from '../conn-batch.js';

const encoder = new TextEncoder();
const latin = new TextDecoder('latin1');
const BENIGN = encoder.encode('benign');
const ATTACK = encoder.encode('attack');
const ZERO = 48;
const SMALL_F = 102;
/** labels of CTU-13 remembered with their kind: there are some hundred */
const MOST_LABELS = 1024;

export class Labels {
  private readonly kinds = new Map<string, Uint8Array>();

  /** 0 and 1 in words; of CTU-13 (`flow=From-Botnet-V42-TCP-…`) the kind, and the whole as detail; others as they are. */
  put(text: Uint8Array, from: number, to: number, into: ConnBatch): void {
    const first = text[from] as number;
    if (to - from === 1 && (first === ZERO || first === ZERO + 1)) {
      const word = first === ZERO ? BENIGN : ATTACK;
      into.assign(COLUMN.label, word, 0, word.length, 0);
      return;
    }
    const kind = first === SMALL_F ? this.kindOf(latin.decode(text.subarray(from, to))) : undefined;
    if (!kind) {
      into.assign(COLUMN.label, text, from, to, 0);
      return;
    }
    into.assign(COLUMN.label, kind, 0, kind.length, 0);
    into.assign(COLUMN['detailed-label'], text, from, to, 0);
  }

  private kindOf(label: string): Uint8Array | undefined {
    const known = this.kinds.get(label);
    if (known) return known;
    const word = /^flow=(?:From-|To-)?(\w+)/.exec(label)?.[1];
    if (word === undefined) return undefined;
    const kind = encoder.encode(word);
    if (this.kinds.size < MOST_LABELS) this.kinds.set(label, kind);
    return kind;
  }
}
