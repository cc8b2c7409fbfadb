/**
 * Servers by their names. What a client reaches under a name that training knew is the same server at another address: it has
 * moved, and is no news. Only DNS answers tell: what a client itself says of a server (SNI, Host) is the attacker's word where
 * the client is his. And only those of resolvers that training had, for anybody else may answer what he likes.
 */
import { exactKey } from '../../base/hash.js';
import { DNS_ANSWERS_CAPACITY } from '../../features/traffic.js';
import type { FeatureBatch } from '../feature-batch.js';

/** of one kind; see relations.ts */
const MOST = 65_536;
/** Addresses of one name: of one that has more, the next is no move. */
const MOST_ADDRESSES = 8 * DNS_ANSWERS_CAPACITY;

/** by name, the addresses that it had in training, as exact keys */
export type NamesState = [number, number[]][];

/** The addresses of each name, with the blocks of time that had them, as bits. */
export class Names {
  private readonly names = new Map<number, Map<number, number>>();
  /** names that found no place */
  beyond = 0;

  /** Takes in the answer that record k is. */
  observe(batch: FeatureBatch, k: number, block: number): void {
    const name = nameOf(batch, k);
    let addresses = this.names.get(name);
    if (!addresses) {
      if (this.names.size >= MOST) {
        this.beyond++;
        return;
      }
      addresses = new Map();
      this.names.set(name, addresses);
    }
    for (let i = 0; i < batch.traffic.answers[k]; i++) {
      const address = answerOf(batch, k, i);
      const blocks = addresses.get(address) ?? 0;
      if (blocks > 0 || addresses.size < MOST_ADDRESSES) addresses.set(address, blocks | (1 << block));
    }
  }

  has(name: number, except: number): boolean {
    return this.of(name, except).length > 0;
  }

  /** The addresses that blocks other than `except` (-1: any) had under the name, those seen first to begin with. */
  of(name: number, except: number): number[] {
    const addresses = this.names.get(name);
    if (!addresses) return [];
    if (except < 0) return [...addresses.keys()];
    return [...addresses].filter(([, blocks]) => (blocks & ~(1 << except)) !== 0).map(([address]) => address);
  }

  state(): NamesState {
    return [...this.names].map(([name, addresses]) => [name, [...addresses.keys()]]);
  }

  static from(state: NamesState): Names {
    const names = new Names();
    for (const [name, addresses] of state) names.names.set(name, new Map(addresses.map((address) => [address, 1])));
    return names;
  }
}

/** The name that record k is about. */
export function nameOf({ traffic }: FeatureBatch, k: number): number {
  return exactKey(traffic.nameLow[k], traffic.nameHigh[k]);
}

/** The address that record k answers with at place i. */
export function answerOf({ traffic }: FeatureBatch, k: number, i: number): number {
  const at = k * DNS_ANSWERS_CAPACITY + i;
  return exactKey(traffic.answerLow[at], traffic.answerHigh[at]);
}
