/** What happened, for people: a block on a terminal, in colour where that is wanted; one line elsewhere, with its priority in a journal. */
import pc from 'picocolors';
import { PRIORITY, type Priority } from '../base/journal.js';
import type { Severity } from '../detect/incident.js';
import { stamp } from '../report/format.js';
import { wrap } from '../report/layout.js';
import { type Terminal, widthOf } from './status-line.js';

/** columns by which what belongs to a line above is set in */
const HANG = 4;
const PRIORITIES: Readonly<Record<Severity, Priority>> = {
  high: PRIORITY.error,
  medium: PRIORITY.warning,
  low: PRIORITY.notice,
  notice: PRIORITY.info,
};

export interface BlockOptions {
  readonly stdout: Terminal;
  /** false: never; otherwise on a terminal, unless NO_COLOR is set */
  readonly color?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Block {
  readonly severity: Severity;
  /** µs since the epoch */
  readonly atUs: number;
  /** which one it is about */
  readonly name: string;
  /** safe to show, as all texts here */
  readonly head: string;
  readonly lines: readonly string[];
}

/** Colours are on for terminals only; https://no-color.org: any value but the empty one switches them off. */
export function wantsColor(options: BlockOptions): boolean {
  const env = options.env ?? process.env;
  return options.color !== false && options.stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

export class Blocks {
  private readonly paint: ReturnType<typeof pc.createColors>;

  constructor(private readonly options: BlockOptions) {
    this.paint = pc.createColors(wantsColor(options));
  }

  /** Standard output, for lines about something so bad. */
  at(severity: Severity): Terminal {
    const { stdout } = this.options;
    return stdout.at?.(PRIORITIES[severity]) ?? stdout;
  }

  write({ severity, atUs, name, head, lines }: Block): void {
    const { stdout } = this.options;
    if (stdout.isTTY !== true) {
      const all = [head, ...lines.filter((line) => line !== '')].join('; ');
      this.at(severity).write(`${stamp(atUs)} ${severity} ${name} ${all}\n`);
      return;
    }
    const mark = this.severity(severity);
    const width = widthOf(stdout);
    const [first = '', ...more] = wrap(`${stamp(atUs)} ${severity.toUpperCase()} ${name} ${head}`, width, HANG);
    // the time says nothing of how bad it is
    const time = stamp(atUs).length + 1;
    const title = [first.slice(0, time) + mark(first.slice(time)), ...more.map(mark)];
    const body = lines.flatMap((line) => wrap(' '.repeat(HANG) + line, width, HANG + HANG));
    stdout.write([...title, ...body].map((line) => `${line}\n`).join(''));
  }

  private severity(severity: Severity): (text: string) => string {
    const { red, yellow, cyan, bold } = this.paint;
    if (severity === 'high') return (text) => bold(red(text));
    if (severity === 'medium') return yellow;
    return severity === 'low' ? cyan : (text) => text;
  }
}
