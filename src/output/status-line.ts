/** A line on a terminal that is rewritten in place; silent elsewhere. */
import { PRIORITY, type Priority } from '../base/journal.js';
import { printable } from '../base/text.js';
import { displayWidth, shorten, WIDTH, wrap } from '../report/layout.js';

const EVERY_MS = 200;
/** columns: a narrower terminal is written as if it had so many, and longer lines than the widest are hard to read */
const [NARROWEST, WIDEST] = [40, 160];

export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  /** where lines have priorities: the same place, for lines of this one */
  at?(priority: Priority): Terminal;
}

/** Columns that lines on a terminal may take; one is left free, for a full line makes some terminals go on to the next. */
export function widthOf({ columns = WIDTH }: Pick<Terminal, 'columns'>): number {
  return Math.min(WIDEST, Math.max(NARROWEST, columns) - 1);
}

export class StatusLine {
  private shownAt = Number.NEGATIVE_INFINITY;
  /** columns of what is shown; 0 nothing */
  private shown = 0;

  constructor(
    private readonly out: Terminal,
    private readonly quiet = false,
  ) {}

  /** At most five times a second. */
  show(text: () => string, now = performance.now()): void {
    if (this.quiet || this.out.isTTY !== true || now - this.shownAt < EVERY_MS) return;
    this.shownAt = now;
    const line = shorten(text(), (this.out.columns ?? WIDTH) - 1);
    this.out.write(this.clearing() + line);
    this.shown = displayWidth(line);
  }

  /** A line of its own above the status line; not with `quiet`. */
  say(text: string): void {
    if (!this.quiet) this.answer(text);
  }

  /** A line that was asked for, or that somebody has to know: also with `quiet`. */
  answer(text: string): void {
    this.clear();
    const safe = printable(text);
    const lines = this.out.isTTY === true ? wrap(safe, widthOf(this.out), 2) : [safe];
    const { out } = this;
    const warned = text.startsWith('warning: ') ? out.at?.(PRIORITY.warning) : undefined;
    (warned ?? out).write(lines.map((line) => `${line}\n`).join(''));
  }

  clear(): void {
    if (this.shown === 0) return;
    this.out.write(this.clearing());
    this.shown = 0;
  }

  /** To the beginning of what is shown, and all of it away: in a terminal made narrower meanwhile it takes several rows. */
  private clearing(): string {
    const rows = Math.ceil(this.shown / Math.max(1, this.out.columns ?? WIDTH));
    return `\r${rows > 1 ? `\u001b[${rows - 1}A` : ''}\u001b[J`;
  }

  /** Removes it for good. */
  end(): void {
    this.clear();
    this.shownAt = Number.POSITIVE_INFINITY;
  }
}
