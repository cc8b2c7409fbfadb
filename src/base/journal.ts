/**
 * Lines for the journal, each with its priority before it as sd-daemon(3) has it: `<3>text`. systemd takes the mark off, and
 * journald, and a syslog behind it, keep the priority.
 */
import { fstatSync } from 'node:fs';

/** syslog's numbers */
export const PRIORITY = { error: 3, warning: 4, notice: 5, info: 6 } as const;
export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY];

export interface Stream {
  write(text: string): unknown;
  readonly fd: number;
}

/** Where lines have a priority; those that say nothing of it are information. */
export class JournalStream {
  constructor(
    private readonly stream: Stream,
    private readonly priority: Priority = PRIORITY.info,
  ) {}

  /** @param text whole lines */
  write(text: string): void {
    this.stream.write(text.replace(/^(?=.)/gm, `<${this.priority}>`));
  }

  /** The same place, for lines of this priority. */
  at(priority: Priority): JournalStream {
    return new JournalStream(this.stream, priority);
  }
}

/** `stream` itself, but where systemd has connected it with the journal (systemd.exec(5), JOURNAL_STREAM). */
export function toJournal<S extends Stream>(stream: S, env: NodeJS.ProcessEnv = process.env): S | JournalStream {
  return isJournal(stream.fd, env.JOURNAL_STREAM) ? new JournalStream(stream) : stream;
}

/** The variable is inherited by programs whose output goes elsewhere, so device and inode are compared. */
function isJournal(fd: number, named: string | undefined): boolean {
  if (named === undefined) return false;
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return `${dev}:${ino}` === named;
  } catch {
    return false;
  }
}
