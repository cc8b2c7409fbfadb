/** A sliding view of a byte stream: what came and was not consumed yet, contiguous, in one reused buffer. */

const INITIAL_BYTES = 128 * 1024;

export class ByteWindow {
  bytes: Uint8Array = new Uint8Array(INITIAL_BYTES);
  view: DataView = new DataView(this.bytes.buffer);
  /** unconsumed bytes are `bytes[start..end)` */
  start = 0;
  end = 0;
  /** offset in the stream of `bytes[0]` */
  private base = 0;
  /** bytes to drop before anything is kept */
  private skipping = 0;

  get length(): number {
    return this.end - this.start;
  }

  /** Offset in the stream of the next unconsumed byte. */
  get offset(): number {
    return this.base + this.start;
  }

  /** Appends a chunk. What was consumed is overwritten: call only when nobody holds a view of it any more. */
  push(chunk: Uint8Array): void {
    let from = 0;
    if (this.skipping > 0) {
      from = Math.min(this.skipping, chunk.length);
      this.skipping -= from;
      this.base += from;
      if (from === chunk.length) return;
    }
    const add = chunk.length - from;
    if (this.end + add > this.bytes.length) this.makeRoom(add);
    this.bytes.set(from === 0 ? chunk : chunk.subarray(from), this.end);
    this.end += add;
  }

  consume(count: number): void {
    this.start += count;
  }

  /** Consumes `count` bytes, more than the window may hold: those to come are dropped as they arrive. */
  skip(count: number): void {
    const here = Math.min(count, this.length);
    this.start += here;
    this.skipping += count - here;
  }

  /** Whether bytes that `skip` named have not come yet. */
  get owes(): boolean {
    return this.skipping > 0;
  }

  private makeRoom(add: number): void {
    const { bytes, start, end } = this;
    const pending = end - start;
    let capacity = bytes.length;
    while (pending + add > capacity) capacity *= 2;
    if (capacity === bytes.length) {
      bytes.copyWithin(0, start, end);
    } else {
      this.bytes = new Uint8Array(capacity);
      this.bytes.set(bytes.subarray(start, end));
      this.view = new DataView(this.bytes.buffer);
    }
    this.base += start;
    this.start = 0;
    this.end = pending;
  }
}
