/** Numbers for sentences. */

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Three significant digits, whole where large. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return WHOLE.format(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** Decimal units: 1.7 MB. */
export function bytes(value: number): string {
  let unit = 0;
  let left = value;
  while (left >= 1000 && unit < UNITS.length - 1) {
    left /= 1000;
    unit++;
  }
  return `${number(Number(left.toPrecision(3)))} ${UNITS[unit]}`;
}

/** "5.2 s", "3.1 min", "2 h". */
export function seconds(value: number): string {
  if (value < 120) return `${number(Number(value.toPrecision(3)))} s`;
  if (value < 7200) return `${number(Number((value / 60).toPrecision(2)))} min`;
  return `${number(Number((value / 3600).toPrecision(2)))} h`;
}
