/**
 * A few columns of a row kept by the key of everything that they depend on: records alike in that get the same values
 * without another look-up of each. Direct-mapped and bounded; a newer key takes an older one's place.
 */
export class RowMemo {
  private readonly mask: number;
  /** two halves of each slot's key; `used` tells an empty slot from the key 0 */
  private readonly keys: Int32Array;
  private readonly used: Uint8Array;
  private readonly values: Float32Array;
  private slot = 0;

  /**
   * @param slots a power of two
   * @param width columns
   */
  constructor(
    slots: number,
    private readonly width: number,
  ) {
    this.mask = slots - 1;
    this.keys = new Int32Array(2 * slots);
    this.used = new Uint8Array(slots);
    this.values = new Float32Array(slots * width);
  }

  /** Writes the key's values to `out[at..]`, or says false: then `keep` is due. */
  find(low: number, high: number, out: Float32Array, at: number): boolean {
    const { keys, values, width } = this;
    const slot = (low ^ (high >>> 7)) & this.mask;
    this.slot = slot;
    if (this.used[slot] === 0 || keys[2 * slot] !== low || keys[2 * slot + 1] !== high) {
      keys[2 * slot] = low;
      keys[2 * slot + 1] = high;
      return false;
    }
    const from = slot * width;
    for (let i = 0; i < width; i++) out[at + i] = values[from + i];
    return true;
  }

  /** Keeps `out[at..]` for the key that `find` did not find. */
  keep(out: Float32Array, at: number): void {
    const { slot, values, width } = this;
    const to = slot * width;
    for (let i = 0; i < width; i++) values[to + i] = out[at + i];
    this.used[slot] = 1;
  }

  clear(): void {
    this.used.fill(0);
  }
}
