/** Figures as people read them. Every report formats through here, so the same figure looks the same everywhere. */

/** Whole number with grouped digits: 1,234,567. */
export function count(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 packet`, `2 packets`. */
export function counted(n: number, noun: string, plural = `${noun}s`): string {
  return `${count(n)} ${n === 1 ? noun : plural}`;
}

/** JSON and SQL have no NaN and no infinity. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Three significant digits without an exponent where that is readable; `unknown` for what is no number. */
export function figure(n: number): string {
  if (!Number.isFinite(n)) return 'unknown';
  const size = Math.abs(n);
  if (size >= 1e15 || (size > 0 && size < 1e-4)) return n.toExponential(2);
  if (Number.isInteger(n)) return n < 0 ? `-${count(-n)}` : count(n);
  if (size >= 1000) return n < 0 ? `-${count(-n)}` : count(n);
  return String(Number(n.toPrecision(3)));
}

/** Share 0..1 as a percentage; never rounds something to nothing. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return 'unknown';
  const value = share * 100;
  if (value === 0 || value === 100) return `${value} %`;
  if (value > 0 && value < 0.01) return 'under 0.01 %';
  if (value > 99.99 && value < 100) return 'over 99.99 %';
  return `${value < 10 ? Number(value.toFixed(2)) : Number(value.toFixed(1))} %`;
}

/** Decimal units: 1.2 kB, 3.4 MB. */
export function byteSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? count(value) : Number(value.toPrecision(3))} ${units[unit]}`;
}

/** Seconds in the two largest units that matter: 350 ms, 4.2 s, 3 min 5 s, 2 h 10 min, 3 d 4 h. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown';
  if (seconds < 0.0005) return '0 s';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${Number(seconds.toFixed(1))} s`;
  const steps = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const;
  const first = steps.findIndex(([, size]) => seconds >= size - 0.5);
  const [unit, size] = steps[first];
  const [smallUnit, smallSize] = steps[first + 1];
  const small = Math.round(seconds / smallSize);
  const perUnit = size / smallSize;
  const rest = small % perUnit;
  return `${Math.floor(small / perUnit)} ${unit}${rest > 0 ? ` ${rest} ${smallUnit}` : ''}`;
}

const pad = (n: number, width: number): string => String(n).padStart(width, '0');

interface Clock {
  readonly date: string;
  readonly time: string;
  readonly micros: string;
}

const LAST_US = 253_402_300_799_000_000;

/** `us` outside the years 1 to 9999 is held at their ends: a hostile capture may claim any time. */
function clock(us: number): Clock {
  const bounded = Number.isFinite(us) ? Math.min(Math.max(Math.floor(us), -62_135_596_800_000_000), LAST_US) : 0;
  const ms = Math.floor(bounded / 1000);
  const iso = new Date(ms).toISOString();
  return { date: iso.slice(0, 10), time: iso.slice(11, 19), micros: iso.slice(20, 23) + pad(bounded - ms * 1000, 3) };
}

/** `2026-11-23 18:01:02` (UTC) of µs since the epoch. */
export function moment(us: number): string {
  const { date, time } = clock(us);
  return `${date} ${time}`;
}

/** `2026-11-23 18:01:02Z`: RFC 3339 of whole seconds, as people read it. */
export function stamp(us: number): string {
  return `${moment(us)}Z`;
}

/** `18:01:02` (UTC). */
export function timeOfDay(us: number): string {
  return clock(us).time;
}

/** Suricata's timestamp: `2026-11-23T18:01:02.123456+0000`. */
export function eveTime(us: number): string {
  const { date, time, micros } = clock(us);
  return `${date}T${time}.${micros}+0000`;
}

/** ISO 8601 with µs: `2026-11-23T18:01:02.123456Z`. */
export function isoTime(us: number): string {
  const { date, time, micros } = clock(us);
  return `${date}T${time}.${micros}Z`;
}

/** `2026-11-23 18:01:02 to 18:03:00 UTC (1 min 58 s)`. */
export function span(fromUs: number, toUs: number): string {
  const to = moment(fromUs).slice(0, 10) === moment(toUs).slice(0, 10) ? timeOfDay(toUs) : moment(toUs);
  return `${moment(fromUs)} to ${to} UTC (${duration((toUs - fromUs) / 1e6)})`;
}
