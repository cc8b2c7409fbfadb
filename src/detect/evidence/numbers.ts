/** Numbers of a buffer: arrays of their own would cost three times the memory of what they hold. */
const [FIRST, MOST] = [256, 4096];

/** Short arrays, many in one buffer. */
export class Numbers {
  /** where what was reserved last lies */
  buffer = new Float64Array(0);
  private taken = 0;

  /** @returns from where on `length` numbers of `buffer` are the caller's; they are 0 */
  reserve(length: number): number {
    if (this.taken + length > this.buffer.length) {
      this.buffer = new Float64Array(Math.max(length, Math.min(MOST, Math.max(FIRST, 2 * this.buffer.length))));
      this.taken = 0;
    }
    this.taken += length;
    return this.taken - length;
  }

  take(length: number): Float64Array {
    const at = this.reserve(length);
    return this.buffer.subarray(at, at + length);
  }
}
