/** Memory for columns of numbers: an array of its own for each, or all of them one after the other in memory that threads share. */

interface Column<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): T;
  new (buffer: SharedArrayBuffer, offset: number, length: number): T;
}

/** Columns begin at multiples of the largest number's size. */
const ALIGNMENT = 8;

export class ColumnMemory {
  /** B that were given out */
  bytes = 0;

  /** @param shared zeros; who asks for the same columns in the same order, in whatever thread, gets the same ones. Default: arrays of their own */
  constructor(private readonly shared?: SharedArrayBuffer) {}

  /** @throws RangeError where the shared memory is too small */
  column<T>(type: Column<T>, length: number): T {
    const offset = this.bytes;
    this.bytes += Math.ceil((length * type.BYTES_PER_ELEMENT) / ALIGNMENT) * ALIGNMENT;
    return this.shared ? new type(this.shared, offset, length) : new type(length);
  }
}
