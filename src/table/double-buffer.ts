/** Two buffers: one is filled while the other is written in the background. */

export class DoubleBuffer {
  /** The one being filled; `used` bytes of it are. Both are the caller's to change. */
  bytes: Uint8Array;
  used = 0;
  private other: Uint8Array;
  private pending: Promise<void> | undefined;
  private failure: unknown;
  private lastMs = performance.now();

  /** @param write takes the content of a full buffer; one call at a time */
  constructor(
    capacity: number,
    private readonly write: (content: Uint8Array) => Promise<void>,
  ) {
    this.bytes = new Uint8Array(capacity);
    this.other = new Uint8Array(capacity);
  }

  /**
   * Starts writing what is there.
   * @returns a promise only where the buffer cannot be filled on before it is kept
   * @throws what a background write failed with, here or through the promise
   */
  handOver(): Promise<void> | undefined {
    this.check();
    if (this.pending) return this.pending.then(() => this.handOver());
    if (this.used > 0) this.start();
    return undefined;
  }

  /** All written. */
  async drain(): Promise<void> {
    await this.handOver();
    await this.pending;
    this.check();
  }

  /** ms since a write was last started or found needless */
  age(): number {
    return performance.now() - this.lastMs;
  }

  /** As `handOver`, but leaves it where a write is under way: for timers, never throws. */
  tick(): void {
    if (this.pending || this.failure !== undefined) return;
    if (this.used > 0) this.start();
    this.lastMs = performance.now();
  }

  private start(): void {
    const { bytes, used } = this;
    this.bytes = this.other;
    this.other = bytes;
    this.used = 0;
    this.lastMs = performance.now();
    this.pending = this.write(bytes.subarray(0, used))
      .catch((error: unknown) => {
        this.failure = error;
      })
      .finally(() => {
        this.pending = undefined;
      });
  }

  private check(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}
