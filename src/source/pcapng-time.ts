/** Timestamps of pcapng: a 64-bit count of ticks whose length is the interface's if_tsresol, as exact µs. */

const TWO32 = 0x1_0000_0000;

export interface TickClock {
  /** µs since the epoch of the tick count `high`·2³² + `low`, rounded down */
  toUs(high: number, low: number): number;
}

/** A time of no use is kept within the integers that a number holds exactly. */
function bounded(us: number): number {
  return Math.min(Math.max(us, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

/** floor((high·2³² + low) / divisor), exact while the result is (divisor < 2²¹). */
function divide(high: number, low: number, divisor: number): number {
  const quotient = Math.floor(high / divisor);
  return quotient * TWO32 + Math.floor(((high - quotient * divisor) * TWO32 + low) / divisor);
}

/**
 * @param resolution the if_tsresol byte: power of ten, or with the top bit set of two, of which a second has that many ticks
 * @param offsetSeconds if_tsoffset
 */
export function tickClock(resolution: number, offsetSeconds: number): TickClock {
  const offsetUs = offsetSeconds * 1e6;
  const exponent = resolution & 127;
  if (resolution & 128) return { toUs: (high, low) => bounded(binaryUs(high, low, exponent) + offsetUs) };
  if (exponent === 6) return { toUs: (high, low) => bounded(high * TWO32 + low + offsetUs) };
  if (exponent < 6) {
    const factor = 10 ** (6 - exponent);
    return { toUs: (high, low) => bounded((high * TWO32 + low) * factor + offsetUs) };
  }
  if (exponent <= 12) {
    const divisor = 10 ** (exponent - 6);
    return { toUs: (high, low) => bounded(divide(high, low, divisor) + offsetUs) };
  }
  // floor(floor(x / a) / b) = floor(x / (a·b)); after the first step the rest is below 2⁴⁵ and exact
  const rest = 10 ** (exponent - 12);
  return { toUs: (high, low) => bounded(Math.floor(divide(high, low, 1e6) / rest) + offsetUs) };
}

/** Ticks of 2^-exponent seconds as µs. */
function binaryUs(high: number, low: number, exponent: number): number {
  if (exponent === 0) return (high * TWO32 + low) * 1e6;
  if (exponent <= 32) {
    const unit = 2 ** exponent;
    const fraction = low % unit;
    const seconds = high * 2 ** (32 - exponent) + (low - fraction) / unit;
    return seconds * 1e6 + Math.floor((fraction * 1e6) / unit);
  }
  const unit = 2 ** (exponent - 32);
  const fraction = high % unit;
  return ((high - fraction) / unit) * 1e6 + Math.floor(((fraction + low / TWO32) / unit) * 1e6);
}
