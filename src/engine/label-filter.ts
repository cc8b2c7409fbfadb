/** Training on one label of a labelled log. */
import { AnomalyError } from '../base/errors.js';
import { printable } from '../base/text.js';
import type { Source } from './record-kind.js';
import { filterSource } from './source.js';

/** labels named where none is the one asked for */
const MOST_LABELS_NAMED = 8;

/** The records of a labelled log that have the label asked for. */
export class LabelFilter<R> {
  readonly source: Source<R>;
  private readonly others = new Set<string>();

  /** @throws AnomalyError USAGE for records that never have labels */
  constructor(
    source: Source<R>,
    private readonly label: string,
  ) {
    const { kind } = source;
    if (!kind.labelOf)
      throw new AnomalyError('USAGE', '--train-on-label goes with a labelled Zeek conn.log or flow table');
    const wanted = label.toLowerCase();
    this.source = filterSource(source, (record) => {
      const own = kind.labelOf?.(record) ?? '';
      if (own.toLowerCase() === wanted) return true;
      if (own !== '' && this.others.size < MOST_LABELS_NAMED) this.others.add(own);
      return false;
    });
  }

  /** Why no record was accepted. */
  whyNone(): string {
    const found =
      this.others.size > 0 ? `there are ${[...this.others].map(printable).join(', ')}` : 'they have no labels';
    return `no record has the label "${printable(this.label.toLowerCase())}" of --train-on-label; ${found}`;
  }
}
