/** What is to be said of a flow table that was read: what was passed over, and what was taken for granted. */

import type { TimeReader } from './times.js';

/** kinds that are named; more are counted together */
const MOST_KINDS = 8;

export class Notes {
  private readonly passed = new Map<string, number>();
  private others = 0;

  /** A row that tells of no connection. @param kind a word of the program, or printable */
  pass(kind: string): void {
    const times = this.passed.get(kind);
    if (times !== undefined || this.passed.size < MOST_KINDS) this.passed.set(kind, (times ?? 0) + 1);
    else this.others++;
  }

  /** One line for each thing. */
  lines(name: string, what: string, times: TimeReader): string[] {
    const lines: string[] = [];
    if (this.passed.size > 0) {
      const kinds = [...this.passed].sort((a, b) => b[1] - a[1]).map(([kind, count]) => `${count} ${kind}`);
      if (this.others > 0) kinds.push(`${this.others} others`);
      lines.push(`${name}: ${what} passed over: ${kinds.join(', ')}`);
    }
    if (times.noZone) lines.push(`${name}: its times have no zone; they are taken as UTC`);
    if (times.monthFirst !== undefined) {
      lines.push(`${name}: its dates are read as ${times.monthFirst ? 'month/day/year' : 'day/month/year'}`);
    }
    if (times.twelveHours) {
      lines.push(
        `${name}: its times have no AM or PM; 1 to 7 o'clock is taken as afternoon, as in CICIDS2017 and 2018`,
      );
    }
    return lines;
  }
}
