/** How often each value occurs, in bounded memory. */

import { printable } from '../../base/text.js';
import type { FacetCounts } from './data.js';

const MOST_VALUES = 4096;
const LONGEST_VALUE = 60;

export class ValueCounts {
  missing = 0;
  private readonly counts = new Map<string | number, number>();
  /** rows whose value found no place any more */
  private unplaced = 0;

  constructor(private readonly title: string) {}

  add(value: string | number | undefined): void {
    if (value === undefined) {
      this.missing++;
      return;
    }
    const count = this.counts.get(value);
    if (count !== undefined) this.counts.set(value, count + 1);
    else if (this.counts.size < MOST_VALUES) this.counts.set(value, 1);
    else this.unplaced++;
  }

  top(n: number): FacetCounts {
    const sorted = [...this.counts].sort((a, b) => b[1] - a[1]);
    const rest = sorted.slice(n).reduce((sum, [, count]) => sum + count, 0);
    return {
      title: this.title,
      top: sorted.slice(0, n).map(([value, count]) => ({ value: shown(value), count })),
      other: rest + this.unplaced,
      missing: this.missing,
      distinct: this.counts.size,
      exact: this.unplaced === 0,
    };
  }
}

function shown(value: string | number): string {
  const text = printable(String(value));
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`;
}
