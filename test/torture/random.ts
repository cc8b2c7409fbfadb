/** Fixed-seed choices, so that a failure can be made again. */
import { random } from '../support/random.js';

export class Random {
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = random(seed);
  }

  /** an integer in [0, below) */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}
