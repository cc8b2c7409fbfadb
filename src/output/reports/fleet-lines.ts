/** The fleet's .jsonl report: events as they come from the hub, and campaigns, a line each, in the file at once. */
import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import { counted } from '../../report/format.js';
import { mend } from './jsonl-before.js';
import { LineFile } from './line-file.js';
import { LineQueue } from './line-queue.js';
import { attempt, Trouble } from './trouble.js';

const WORDS = { meanwhile: 'reading goes on', again: 'written again' };

export class FleetLines {
  private readonly queue: LineQueue;
  /** with the file that has the name now, while lines go on into the one before */
  private readonly naming: Trouble;

  private constructor(
    private readonly file: LineFile,
    note: (line: string) => void,
  ) {
    this.queue = new LineQueue(file, note, WORDS);
    this.naming = new Trouble(printable(file.path), note, WORDS);
  }

  /** Goes on where an earlier run left off, whose torn last line is mended and told of. @throws AnomalyError CANNOT_CREATE, WRITE_FAILED */
  static open(path: string, note: (line: string) => void): FleetLines {
    const file = LineFile.open(path);
    try {
      const mended = mend(file.fd, path);
      if (mended !== '') note(`${printable(path)}: ${mended}`);
      return new FleetLines(file, note);
    } catch (error) {
      file.discard();
      throw error;
    }
  }

  get path(): string {
    return this.file.path;
  }

  /** @param line with its end. Throws nothing: what cannot be written waits. */
  put(line: string): void {
    this.queue.put(line);
    this.tick(Date.now());
  }

  /** Looks after the file: lines that wait, its name, the disk. */
  tick(nowMs: number): void {
    const look = this.file.due(nowMs);
    if (!this.queue.isEmpty && (look || !this.queue.failing)) this.queue.drain();
    if (!look) return;
    if (!this.file.inPlace())
      attempt(this.naming, () => {
        this.file.reopen();
        mend(this.file.fd, this.path);
        this.naming.over();
      });
    this.file.sync();
  }

  /** @throws AnomalyError WRITE_FAILED: lines are lost */
  finish(): void {
    this.queue.drain();
    const { unwritten } = this.queue;
    if (unwritten > 0)
      throw new AnomalyError(
        'WRITE_FAILED',
        `${printable(this.path)}: ${counted(unwritten, 'line')} could not be written`,
      );
    this.file.close();
  }

  /** Gives up; a file that this run made, and wrote nothing to, goes. */
  discard(): void {
    this.file.discard();
  }
}
