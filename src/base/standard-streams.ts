/**
 * Standard output and standard error, which are other people's: full, closed, or a pipe that nobody reads. Nothing written
 * there ever throws or holds the program up; what did not get there is counted, and told at the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AnomalyError, systemCode } from './errors.js';

/** Text that waits for a reader takes at most so much memory; as much as lines of a report do that wait for room on a disk. */
const MOST_WAITING_BYTES = 16 << 20;
/** A reader that takes nothing for so long is none. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 50;

/** What a reader that has had enough leaves behind: EIO is of a terminal that was closed. */
const GONE: ReadonlySet<string | undefined> = new Set(['EPIPE', 'EIO']);

/** A reader that went away (`| head`) had enough, which is no fault. */
export function isReaderGone(error: unknown): boolean {
  return GONE.has(systemCode(error)) || (error instanceof AnomalyError && GONE.has(systemCode(error.cause)));
}

export class StandardStream {
  /** why nothing more gets there */
  private failure: Error | undefined;
  /** lines that did not get there: nobody read what was before them */
  private lost = 0;
  /** nobody has read for a while, and nobody waits for it any more */
  private deserted = false;

  /** @param name as messages say it */
  constructor(
    private readonly stream: NodeJS.WriteStream & { readonly fd: number },
    readonly name: string,
  ) {
    stream.on('error', (error) => {
      this.failure ??= error;
    });
  }

  get fd(): number {
    return this.stream.fd;
  }

  get isTTY(): boolean {
    return this.stream.isTTY === true;
  }

  get columns(): number | undefined {
    return this.stream.columns;
  }

  /** Text that has to be there some time; what nobody reads is left out once too much of it waits. */
  write(text: string): void {
    if (this.failure) return;
    if (this.stream.writableLength > MOST_WAITING_BYTES) {
      this.lost += text.split('\n').length - 1;
      return;
    }
    this.deserted = false;
    this.stream.write(text);
  }

  /** The same for data: keeps its promise when the bytes are handed on. @throws AnomalyError WRITE_FAILED */
  async put(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      if (this.failure) reject(failed(this.name, this.failure));
      else this.stream.write(bytes, (cause) => (cause ? reject(failed(this.name, cause)) : resolve()));
    });
  }

  /**
   * Undefined: there is room. Otherwise kept when there is again, or when nobody has read anything for a while: for who can
   * wait, so that a slow reader gets everything.
   * @param most bytes that may wait. A pipe is given all that waits at once, and shows no sooner that somebody reads than when all of
   * it is read: the less waits, the slower a reader may be
   */
  room(most = MOST_WAITING_BYTES): Promise<void> | undefined {
    return this.fullWith(most) ? this.waitForRoom(most) : undefined;
  }

  private fullWith(most: number): boolean {
    return this.failure === undefined && !this.deserted && this.stream.writableLength > most;
  }

  private async waitForRoom(most: number): Promise<void> {
    let before = this.stream.writableLength;
    for (let waited = 0; this.fullWith(most); waited += LOOK_MS) {
      if (waited >= PATIENCE_MS) this.deserted = true;
      await sleep(LOOK_MS);
      if (this.stream.writableLength < before) waited = 0;
      before = this.stream.writableLength;
    }
  }

  /** What is wrong with it, once all that was written has been tried; undefined: nothing, or its reader had enough. */
  get trouble(): AnomalyError | undefined {
    if (this.failure) return isReaderGone(this.failure) ? undefined : failed(this.name, this.failure);
    if (this.lost === 0) return undefined;
    return new AnomalyError('WRITE_FAILED', `${this.name}: nobody read it, and ${this.lost} lines were left out`);
  }
}

function failed(name: string, cause: Error): AnomalyError {
  return new AnomalyError('WRITE_FAILED', `${name}: writing failed (${cause.message})`, { cause });
}

let output: StandardStream | undefined;
let error: StandardStream | undefined;

export function standardOutput(): StandardStream {
  output ??= new StandardStream(process.stdout, 'standard output');
  return output;
}

export function standardError(): StandardStream {
  error ??= new StandardStream(process.stderr, 'standard error');
  return error;
}
