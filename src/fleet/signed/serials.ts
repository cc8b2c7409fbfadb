/**
 * The highest serial ever taken, a bundle's and a policy's a channel: what keeps a hub from bringing back an older one. A small
 * file beside the model; its last line is the digest of those before it, for a digit that the disk changed would be a serial, too.
 *
 *     anomaly serials 1
 *     bundle default 12 <SHA-256 of its manifest>
 *     policy default 3 <SHA-256 of its manifest>
 *     <SHA-256 of these lines>
 */
import { createHash } from 'node:crypto';
import { AnomalyError } from '../../base/errors.js';
import { Locks } from '../../base/lock.js';
import { replaceFile } from '../../base/new-file.js';
import { printable } from '../../base/text.js';
import type { Taken } from './accept.js';
import type { What } from './manifest.js';
import { readOwnText } from './own-text.js';

const HEAD = 'anomaly serials 1';
const LINE = /^(bundle|policy) ([a-z0-9-]{1,63}) ([1-9]\d{0,15}) ([0-9a-f]{64})$/;
/** bytes: a line has at most 153, and who ever followed four hundred channels has lost his way */
const LONGEST = 64 << 10;

/** by `what channel` */
type Table = Map<string, Taken>;

export class Serials {
  private last: Promise<unknown> = Promise.resolve();

  /** @param path of the file, which is made with the first that is taken; its folder is there */
  constructor(private readonly path: string) {}

  /**
   * Reads the file; undefined: nothing of this channel was ever taken.
   * @throws AnomalyError BAD_DATA: damaged, and it does not begin anew by itself; NO_PERMISSION: others may write it; NO_INPUT
   */
  highest(what: What, channel: string): Taken | undefined {
    return this.read().get(`${what} ${channel}`);
  }

  /**
   * Remembers what was taken and is stored by now; also over runs that share the file. The same again is nothing new.
   * @throws AnomalyError CANNOT_CREATE: another run has taken a higher one meanwhile, or holds the file; and those of `highest`
   * and of writing
   */
  raise(what: What, channel: string, taken: Taken): Promise<void> {
    const turn = this.last.then(() => this.write(`${what} ${channel}`, taken));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async write(key: string, taken: Taken): Promise<void> {
    const locks = Locks.take([this.path], 'detect');
    try {
      const table = this.read();
      const before = table.get(key);
      if (before?.serial === taken.serial && before.sha256 === taken.sha256) return;
      if (before && before.serial >= taken.serial) {
        const what = `${key} ${taken.serial} is not above ${before.serial}, which another run took`;
        throw new AnomalyError('CANNOT_CREATE', `${printable(this.path)}: ${what}; this run goes on without it`);
      }
      await replaceFile(this.path, textOf(table.set(key, taken)));
    } finally {
      locks.release();
    }
  }

  private read(): Table {
    const text = readOwnText(this.path, LONGEST, false);
    const table = text === undefined ? new Map() : parse(text);
    if (table) return table;
    const remedy = 'restore it, or remove it to take the next one that is signed, whatever its serial';
    throw new AnomalyError('BAD_DATA', `${printable(this.path)}: the serials taken are damaged; ${remedy}`);
  }
}

function textOf(table: Table): string {
  const lines = [...table].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, t]) => `${key} ${t.serial} ${t.sha256}`);
  const body = `${[HEAD, ...lines].join('\n')}\n`;
  return `${body}${digestOf(body)}\n`;
}

/** Undefined: it is not as it was written. */
function parse(text: string): Table | undefined {
  const table: Table = new Map();
  for (const line of text.split('\n').slice(1, -2)) {
    const [, what, channel, serial, sha256] = LINE.exec(line) ?? [];
    if (!sha256 || !Number.isSafeInteger(Number(serial))) return undefined;
    table.set(`${what} ${channel}`, { serial: Number(serial), sha256 });
  }
  return textOf(table) === text ? table : undefined;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
