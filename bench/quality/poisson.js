/**
 * The exact upper 95 % bound of a Poisson mean of which n events were seen (Garwood 1936): the mean at which n or fewer would be
 * seen in 5 % of all cases, which is chi2inv(0.95, 2 (n + 1)) / 2. By bisection.
 */
export function upperBound(n) {
  let low = n;
  // twelve standard deviations and more above n
  let high = n + 12 * Math.sqrt(n + 1) + 12;
  // until the two are neighbours among floating-point numbers
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (chanceOfAtMost(n, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

/** Summed from the largest term down, so that nothing underflows. */
function chanceOfAtMost(n, mean) {
  let logOfLast = -mean;
  for (let k = 1; k <= n; k++) logOfLast += Math.log(mean / k);
  let term = 1;
  let sum = 1;
  for (let k = n; k > 0; k--) {
    term *= k / mean;
    sum += term;
  }
  return sum * Math.exp(logOfLast);
}
