/** Numbers and times as programs other than Zeek, Wireshark and this one write them. */

/** What writers of data frames and databases put where there is nothing, in small letters. */
export const ABSENT_WORDS: readonly string[] = ['-', 'nan', 'nat', 'n/a', 'none', 'null', '<na>'];

const NUMBER = /^[-+]?\d+(?:[.,]\d+)?(?:e[-+]?\d+)?$/i;

/** A number with the comma that half of the world has for the point, or an exponent; NaN where it is none. */
export function numberOf(word: string): number {
  return NUMBER.test(word) ? Number(word.replace(',', '.')) : Number.NaN;
}

/** Units of time by how many times a thousand of them are a second. */
export const TIME_UNITS = ['seconds', 'milliseconds', 'microseconds', 'nanoseconds'] as const;
/** Seconds reach this in the year 5138; before March 1973 milliseconds did not, nor do finer units their thousandfold. */
export const SECONDS_BELOW = 1e11;
const DATE = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,6})\d*)?\s?(Z|UTC|[+-]\d\d:?\d\d)?$/;

export interface SpelledTime {
  /** µs since the epoch, whole; NaN: it is no time */
  readonly us: number;
  /** place of its unit in TIME_UNITS */
  readonly unit: number;
}

/** A point in time: seconds, or what can only be a finer unit, or a date as ISO 8601 writes it, of UTC unless it says otherwise. */
export function timeOf(word: string): SpelledTime {
  const date = DATE.exec(word);
  if (date) {
    const [, day, time, fraction = '', zone = 'Z'] = date;
    const ms = Date.parse(`${day}T${time}${zone === 'UTC' ? 'Z' : zone}`);
    return { us: ms * 1000 + Number(fraction.padEnd(6, '0')), unit: 0 };
  }
  const number = numberOf(word);
  let unit = 0;
  let seconds = number;
  for (; seconds >= SECONDS_BELOW && unit < TIME_UNITS.length - 1; unit++) seconds /= 1000;
  if (!(seconds < SECONDS_BELOW)) return { us: Number.NaN, unit };
  const digits = /^(\d{12,19})(?:\.0*)?$/.exec(word)?.[1];
  if (digits === undefined || unit === 0) return { us: Math.round(seconds * 1e6), unit };
  // a number of nanoseconds has more digits than a double holds
  const [times, perUs] = unit === 1 ? [1000n, 1n] : unit === 2 ? [1n, 1n] : [1n, 1000n];
  return { us: Number((BigInt(digits) * times + perUs / 2n) / perUs), unit };
}

/** One line for each unit but seconds; `rows`: how many by the place in TIME_UNITS. */
export function unitNotes(name: string, rows: readonly number[]): string[] {
  return TIME_UNITS.flatMap((unit, i) => {
    const count = rows[i] ?? 0;
    if (i === 0 || count === 0) return [];
    const of = count === 1 ? '1 row' : `${count} rows`;
    return [`${name}: the times of ${of} were taken for ${unit}: as seconds they would be beyond all dates`];
  });
}
