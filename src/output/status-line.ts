/** A line on a terminal that is rewritten in place; silent elsewhere. */
import { printable } from '../base/text.js';
import { shorten, WIDTH } from '../report/layout.js';

const EVERY_MS = 200;

export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export class StatusLine {
  private shownAt = Number.NEGATIVE_INFINITY;
  private shown = false;

  constructor(
    private readonly out: Terminal,
    private readonly quiet = false,
  ) {}

  /** At most five times a second. */
  show(text: () => string, now = performance.now()): void {
    if (this.quiet || this.out.isTTY !== true || now - this.shownAt < EVERY_MS) return;
    this.shownAt = now;
    this.shown = true;
    this.out.write(`\r\u001b[K${shorten(text(), (this.out.columns ?? WIDTH) - 1)}`);
  }

  /** A line of its own above the status line; not with `quiet`. */
  say(text: string): void {
    if (!this.quiet) this.answer(text);
  }

  /** A line that was asked for, or that somebody has to know: also with `quiet`. */
  answer(text: string): void {
    this.clear();
    this.out.write(`${printable(text)}\n`);
  }

  clear(): void {
    if (!this.shown) return;
    this.out.write('\r\u001b[K');
    this.shown = false;
  }

  /** Removes it for good. */
  end(): void {
    this.clear();
    this.shownAt = Number.POSITIVE_INFINITY;
  }
}
