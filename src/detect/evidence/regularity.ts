/**
 * How regular starts are, against random spacing. Under it n gaps of a given total are uniform on a simplex, and G, the sum of
 * the squares of their parts (Greenwood 1946), is at least 1/n. P(G <= g) is at most the volume of the ball of that spread
 * around equal gaps over that of the simplex, and equal to it while the ball lies within: exact where it matters.
 */

/** starts remembered of one pair */
export const STARTS = 32;
/** Gaps needed: of three a third of all that is random looks regular. */
const FEWEST_GAPS = 4;
/** Beyond this more regularity is no more evidence: what is surely regular is not odder for being watched longer. */
const MOST_NATS = 12;
/** squared relative spread that clocks and captures cannot be told from zero by */
const FINEST = 1e-4;

/** ln(volume of the unit ball in n-1 dimensions / volume of the simplex of n gaps), by n */
const LOG_VOLUME = Float64Array.from({ length: STARTS + 1 }, (_, n) => {
  if (n < 2) return 0;
  const d = n - 1;
  let logFactorial = 0;
  for (let i = 2; i < n; i++) logFactorial += Math.log(i);
  return (d / 2) * Math.log(Math.PI) - logGammaHalf(d + 2) - (Math.log(n) / 2 - logFactorial);
});

/** ln Γ(n/2) */
function logGammaHalf(n: number): number {
  let sum = n % 2 === 0 ? 0 : Math.log(Math.PI) / 2;
  for (let k = n - 2; k > 0; k -= 2) sum += Math.log(k / 2);
  return sum;
}

/**
 * @param starts n+1 times in ascending order
 * @returns 1/p, 1 to e^12; 1 where there are too few
 */
export function regularityOf(starts: Float64Array, length: number): number {
  const gaps = length - 1;
  if (gaps < FEWEST_GAPS) return 1;
  const total = starts[gaps] - starts[0];
  if (total <= 0) return 1;
  let g = 0;
  for (let i = 0; i < gaps; i++) g += ((starts[i + 1] - starts[i]) / total) ** 2;
  const spread = Math.max(g * gaps - 1, FINEST);
  const logP = LOG_VOLUME[gaps] + ((gaps - 1) / 2) * Math.log(spread / gaps);
  return Math.exp(Math.min(MOST_NATS, Math.max(0, -logP)));
}

const sorted = new Float64Array(STARTS);

export interface Openings {
  opened: number;
  /** s; the first is kept apart: most have no other */
  firstStart: number;
  /** s; the last ones, in the order they came */
  starts: Float64Array | undefined;
}

/** Takes in a start [s]; the odds against chance of those remembered, 1 where they are too few, or closer than a second. */
export function oddsOfStart(of: Openings, start: number): number {
  if (of.opened++ === 0) {
    of.firstStart = start;
    return 1;
  }
  of.starts ??= new Float64Array(STARTS);
  if (of.opened === 2) of.starts[0] = of.firstStart;
  of.starts[(of.opened - 1) % STARTS] = start;
  const n = Math.min(of.opened, STARTS);
  if (n <= FEWEST_GAPS) return 1;
  // the ring is full, or full up to n; records of a log come in the order of connections' ends
  sorted.set(of.starts);
  sorted.subarray(0, n).sort();
  // faster than one a second is a program at work
  return sorted[n - 1] - sorted[0] < n - 1 ? 1 : regularityOf(sorted, n);
}
