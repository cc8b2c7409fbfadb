/** Addresses by their exact key, to name who did what. Bounded: a network with more has them remembered in the order they came. */
import type { EndpointColumn } from '../feature-batch.js';

/** as many as relations.ts keeps of a kind */
const MOST = 65_536;

export class Addresses {
  private readonly texts = new Map<number, string>();

  learn(end: EndpointColumn, k: number): void {
    const key = end.key(k);
    if (this.texts.size < MOST && !this.texts.has(key)) this.texts.set(key, end.text(k));
  }

  get(key: number): string {
    return this.texts.get(key) ?? 'an address beyond those remembered';
  }
}
