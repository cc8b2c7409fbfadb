/** Numbers for sentences. */

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Three significant digits, whole where large. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return WHOLE.format(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** "1 flow", "976 flows"; `things`: the plural. */
export function counted(value: number, things: string): string {
  return `${number(value)} ${value === 1 ? singular(things) : things}`;
}

/** "queries" is one query, "addresses" one address. */
export function singular(things: string): string {
  return things
    .replace(/ies$/, 'y')
    .replace(/(ss)es$/, '$1')
    .replace(/([^s])s$/, '$1');
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

/** A feature's plain value with its unit: "1 flow", "1.7 MB", "5.2 s", "12 %". */
export function plainFigure(value: number, unit: string): string {
  if (unit === 'B') return bytes(Math.max(0, value));
  if (unit === 's') return seconds(value);
  if (unit === 'ms') return seconds(value / 1000);
  if (unit === 'share') return `${number(Math.round(value * 1000) / 10)} %`;
  const rounded = Number(value.toPrecision(3));
  return unit === '' || unit === 'ratio' ? number(rounded) : counted(rounded, unit);
}
