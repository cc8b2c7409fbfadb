/** Files of a rotation in which there is nothing, or nothing yet. */

import { EmptyInputError } from '../base/errors.js';

/** Leaves empty ones of several inputs out, as long as there is another. */
export class EmptyInputs {
  /** one line for each that was left out */
  readonly warnings: string[] = [];
  private left: number;

  constructor(paths: readonly string[]) {
    this.left = paths.length;
  }

  /** What `open` gives; undefined: the input is empty. @throws what `open` throws, and EmptyInputError of the last one left */
  async leaveOut<T>(open: () => Promise<T>): Promise<T | undefined> {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof EmptyInputError) || --this.left === 0) throw error;
      this.warnings.push(`${error.what}; left out`);
      return undefined;
    }
  }
}
