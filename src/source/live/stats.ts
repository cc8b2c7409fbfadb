/** tcpdump's statistics, as it prints them on SIGUSR1 and at its end: on one line or on three. */
import type { DriverStats } from './protocol.js';

const FIELDS = {
  captured: /(\d+) packets? captured/,
  received: /(\d+) packets? received by filter/,
  dropped: /(\d+) packets? dropped by kernel/,
} as const;

/** Feeds on lines; counts on beyond tcpdump's 32 bits as long as it is fed more often than they wrap. */
export class StatsReader {
  /** undefined until all three were seen */
  latest: DriverStats | undefined;
  private readonly raw: Record<keyof DriverStats, number> = { captured: 0, received: 0, dropped: 0 };
  private readonly total: Record<keyof DriverStats, number> = { captured: 0, received: 0, dropped: 0 };

  /** @returns whether the line completed a set */
  push(line: string): boolean {
    let complete = false;
    for (const key of Object.keys(FIELDS) as (keyof DriverStats)[]) {
      const match = FIELDS[key].exec(line);
      if (!match) continue;
      const value = Number(match[1]);
      this.total[key] += (value - this.raw[key]) >>> 0;
      this.raw[key] = value;
      complete = key === 'dropped';
    }
    if (complete) this.latest = { ...this.total };
    return complete;
  }
}
