/** An output that a run can do without: where it cannot be written, as on a full disk, it is dropped and detection goes on. */
import { AnomalyError } from '../../base/errors.js';
import { writeError } from '../../base/files.js';
import { byteSize } from '../../report/format.js';

interface Droppable {
  /** Gives up and removes what was written. @returns bytes that it had */
  discard(): number | Promise<number>;
}

export class Optional<T extends Droppable> {
  private output: T | undefined;
  /** why it was dropped */
  failure: AnomalyError | undefined;
  private dropping: Promise<void> | undefined;

  /**
   * @param output undefined: it is not wanted
   * @param note says one line
   */
  constructor(
    output: T | undefined,
    private readonly path: string | undefined,
    private readonly note: (line: string) => void,
  ) {
    this.output = output;
  }

  /** Undefined where it is not wanted, or was dropped. */
  get now(): T | undefined {
    return this.output;
  }

  /** Writes to it while there is one. @throws only what is no failure of writing */
  with(work: (output: T) => void | Promise<void> | undefined): Promise<void> | undefined {
    if (this.output === undefined) return undefined;
    try {
      return work(this.output)?.catch((error: unknown) => this.drop(error));
    } catch (error) {
      return this.drop(error);
    }
  }

  /** Ends it; a failure drops it as well. */
  async end(work: (output: T) => void | Promise<void>): Promise<void> {
    await this.with(work);
    await this.dropping;
  }

  private drop(error: unknown): Promise<void> {
    if (!(error instanceof AnomalyError)) throw error;
    const { output } = this;
    this.output = undefined;
    // what is thrown a second time, of the same output
    if (output === undefined) return this.dropping ?? Promise.resolve();
    // what was written before goes, too, so its end says nothing
    const what = error.cause === undefined ? error.message : writeError(this.path ?? '', error.cause).message;
    this.failure = error;
    this.dropping = Promise.resolve(output.discard()).then((bytes) => {
      this.note(`warning: ${what}; it is dropped (${byteSize(bytes)} of it), the rest goes on`);
    });
    return this.dropping;
  }
}
