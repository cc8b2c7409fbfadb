/** Units of time. */
export const MS_PER_HOUR = 3600e3;
export const US_PER_HOUR = 1e3 * MS_PER_HOUR;
export const US_PER_DAY = 24 * US_PER_HOUR;

/** A clock was set, forward or back. */
export interface ClockStep {
  readonly fromUs: number;
  readonly toUs: number;
}

/** A moment as it stands in names of files: 20260131T235959Z. */
export function stampOf(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+/g, '');
}
