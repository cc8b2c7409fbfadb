/** words of a slot's key */
const KEY = 2;

/**
 * A few columns of a row kept by the key of everything that they depend on: records alike in that get the same values
 * without another look-up of each. Direct-mapped and bounded; a newer key takes an older one's place.
 */
export class RowMemo {
  private readonly mask: number;
  private readonly stride: number;
  /** a slot: two halves of its key, then the values, so that a look-up touches one place in memory; see `mark` */
  private readonly keys: Int32Array;
  /** the same memory */
  private readonly values: Float32Array;
  /** where the slot last looked up begins */
  private at = 0;

  /**
   * @param slots a power of two
   * @param width columns
   */
  constructor(
    slots: number,
    private readonly width: number,
  ) {
    this.mask = slots - 1;
    this.stride = KEY + width;
    this.keys = new Int32Array(slots * this.stride);
    this.values = new Float32Array(this.keys.buffer);
  }

  /** Writes the key's values to `out[to..]`, or says false: then `keep` is due. */
  find(low: number, high: number, out: Float32Array, to: number): boolean {
    const { keys, values, width } = this;
    const at = ((low ^ (high >>> 7)) & this.mask) * this.stride;
    this.at = at;
    if (keys[at] !== mark(low) || keys[at + 1] !== high) {
      keys[at] = mark(low);
      keys[at + 1] = high;
      return false;
    }
    for (let i = 0; i < width; i++) out[to + i] = values[at + KEY + i];
    return true;
  }

  /** Keeps `out[from..]` for the key that `find` did not find. */
  keep(out: Float32Array, from: number): void {
    const { at, values, width } = this;
    for (let i = 0; i < width; i++) values[at + KEY + i] = out[from + i];
  }

  clear(): void {
    this.keys.fill(0);
  }
}

/** Never 0, which is an empty slot. The bit lost is in the slot's number. */
function mark(low: number): number {
  return low | 1;
}
