/** Pairs of hosts of the training data by their hash, and what a person calls them. */

import type { Key } from '../base/hash.js';
import { endText } from '../features/address-text.js';
import type { RecordContext } from '../features/extractor.js';

/** Names kept; a scan of more pairs than this is named by those that came first. */
const MOST = 65_536;

export class PairNames {
  private readonly names = new Map<string, string>();

  static id(low: number, high: number): string {
    return `${low >>> 0}:${high >>> 0}`;
  }

  has(key: Key): boolean {
    return this.names.size >= MOST || this.names.has(PairNames.id(key.low, key.high));
  }

  set(key: Key, name: string): void {
    this.names.set(PairNames.id(key.low, key.high), name);
  }

  get(id: string): string | undefined {
    return this.names.get(id);
  }
}

/** Sets `key` to the hash of (initiator, responder). */
export function pairKey(key: Key, { initiator, responder }: RecordContext): void {
  key.startPair(initiator.hashLow, initiator.hashHigh, responder.hashLow, responder.hashHigh);
}

export function whoIsWho({ initiator, responder }: RecordContext): string {
  return `${endText(initiator)} to ${endText(responder)}`;
}
