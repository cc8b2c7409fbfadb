/** Inputs among several in which there is nothing that can be read: empty files of a rotation, files of another kind. */

import { AnomalyError, EmptyInputError, PartlyReadError } from '../base/errors.js';

/** More are only counted. */
const NAMED = 8;

/** Whether an input may be left out for it: what cannot be read of one does not matter to the others. */
function concernsOne(error: unknown): error is AnomalyError {
  return error instanceof AnomalyError && error.code === 'BAD_DATA';
}

/** Leaves those out, as long as there is another. */
export class PassedOver {
  private readonly named: string[] = [];
  private readonly of: number;
  private left: number;

  constructor(paths: readonly string[]) {
    this.of = this.left = paths.length;
  }

  /** What `open` gives; undefined: the input is left out. @throws what `open` throws but for BAD_DATA, and that of the last one left */
  async leaveOut<T>(open: () => Promise<T>): Promise<T | undefined> {
    try {
      return await open();
    } catch (error) {
      if (!concernsOne(error) || --this.left === 0) throw error;
      if (this.named.length < NAMED) {
        this.named.push(`${error instanceof EmptyInputError ? error.what : error.message}; left out`);
      }
      return undefined;
    }
  }

  /** one line for each that was left out */
  get warnings(): string[] {
    const count = this.of - this.left;
    return count > this.named.length ? [...this.named, `${count} of ${this.of} inputs left out in all`] : this.named;
  }
}

/** What is damaged of several inputs that are read together: the others are read to their end first. */
export class Damages {
  private first: AnomalyError | undefined;
  private count = 0;

  /** The same items, up to the damage. */
  async *until<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* items;
    } catch (error) {
      if (!concernsOne(error)) throw error;
      this.first ??= error;
      this.count++;
    }
  }

  /** @throws PartlyReadError where there was damage */
  throw(): void {
    if (!this.first) return;
    const more = this.count > 1 ? ` (the first of ${this.count} inputs with damage)` : '';
    throw new PartlyReadError(`${this.first.message}${more}; all else was read`, { cause: this.first });
  }
}
