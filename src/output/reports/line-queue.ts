/** Lines on their way into a file: at once where the disk takes them, else they wait, in bounded memory. */
import { printable } from '../../base/text.js';
import { counted } from '../../report/format.js';
import type { LineFile } from './line-file.js';
import { attempt, Trouble } from './trouble.js';

/** Lines that wait while the disk is full take at most so much memory; the oldest make room. */
const MAX_WAITING_BYTES = 16 << 20;

export class LineQueue {
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private lost = 0;
  private readonly trouble: Trouble;

  /** @param note says one line @param words as of a Trouble */
  constructor(
    private readonly file: LineFile,
    note: (line: string) => void,
    words?: ConstructorParameters<typeof Trouble>[2],
  ) {
    this.trouble = new Trouble(printable(file.path), note, words);
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Lines that wait, and that made room for them. */
  get unwritten(): number {
    return this.waiting.length === 0 ? 0 : this.waiting.length + this.lost;
  }

  /** The disk did not take the last. */
  get failing(): boolean {
    return this.trouble.now;
  }

  /** @param text one line with its end */
  put(text: string): void {
    const line = Buffer.from(text);
    this.waiting.push(line);
    this.waitingBytes += line.length;
    while (this.waitingBytes > MAX_WAITING_BYTES) {
      this.waitingBytes -= this.waiting.shift()?.length ?? 0;
      this.lost++;
    }
  }

  /** Writes what waits. Throws nothing: what cannot be written goes on waiting. */
  drain(): void {
    attempt(this.trouble, () => {
      for (let line = this.waiting[0]; line; line = this.waiting[0]) {
        this.file.append(line);
        this.waiting.shift();
        this.waitingBytes -= line.length;
      }
      this.trouble.over(this.lost === 0 ? '' : counted(this.lost, 'line'));
      this.lost = 0;
    });
  }
}
