/**
 * Reads a stream of a shared folder in an order of its own: what is new of each subject, one after the other, again and again. The
 * position holds a mark for each subject, since numbers are a subject's own; so nobody has to number all of them, with a lock.
 */
import { join } from 'node:path';
import type { StreamSpec } from '../contract.js';
import { pause } from '../waiting.js';
import { CarrierError, type Message, type Position } from './carrier.js';
import type { FolderPlace } from './folder-place.js';
import { FolderSubject } from './folder-subject.js';
import { matches } from './subjects.js';

/** What is published is in the sink within a second. */
const POLL_MS = 500;
/** The coarsest time of change (FAT has 2 s): what has changed so long ago was seen as it is. */
const SETTLED_MS = 3_000;
/** As with a server: where what is kept is another than it was. */
const AGAIN_MS = 600_000;

type Mark = readonly [sequence: number, storedMs: number];

interface Known {
  readonly files: FolderSubject;
  /** as it was when nothing of it was left to be read; empty: it is to be looked at */
  seen: string;
}

/** Rejects at trouble; the caller begins again after the last message. Ends with `signal`. */
export async function* readFolder(
  place: FolderPlace,
  spec: StreamSpec,
  filter: string,
  from: Position | undefined,
  signal: AbortSignal,
  note: (line: string) => void,
): AsyncGenerator<Message, void, undefined> {
  const { id: server, made: created } = await place.identity();
  const marks = new Map<string, Mark>(Object.entries((from?.server === server && from.marks) || {}));
  const known = new Map<string, Known>();
  let total = 0;
  for (const [sequence] of marks.values()) total += sequence;
  const mark = (subject: string, next: Mark): void => {
    total += next[0] - (marks.get(subject)?.[0] ?? 0);
    marks.set(subject, next);
  };
  while (!signal.aborted) {
    // also while it reads: another folder may be mounted there
    if ((await place.identity()).id !== server) throw new CarrierError('unreachable', 'it is another folder now');
    if (!(await place.hasFolder(join(place.root, spec.name))))
      throw new CarrierError('unprepared', `there is no ${spec.name} in it yet`);
    for (const subject of await place.namesIn(join(place.root, spec.name))) {
      if (!matches(filter, subject)) continue;
      const of = known.get(subject) ?? { files: new FolderSubject(place, spec, subject), seen: '' };
      known.set(subject, of);
      const { text, changedMs } = await of.files.state();
      if (text === of.seen) continue;
      of.seen = '';
      const before = marks.get(subject);
      const begin = before && (await beginning(of.files, before));
      for await (const sequence of of.files.after(begin?.[0] ?? 0)) {
        if (signal.aborted) return;
        const stored = await of.files.read(sequence);
        if (stored === undefined) continue;
        if (stored === null) {
          note(`${spec.name}: message ${sequence} of ${subject} is damaged and is left out`);
          mark(subject, [sequence, marks.get(subject)?.[1] ?? 0]);
          continue;
        }
        mark(subject, [sequence, stored.t]);
        const { id, t: storedMs, bytes } = stored;
        const at = { server, stream: spec.name, created, sequence: total, storedMs, marks: Object.fromEntries(marks) };
        yield { subject, id, bytes, position: at };
      }
      if (Date.now() - changedMs > SETTLED_MS) of.seen = text;
    }
    await pause(POLL_MS, signal);
  }
}

/** Where reading goes on: the mark, or what is ten minutes before it where that message is not there any more as it was. */
async function beginning(files: FolderSubject, mark: Mark): Promise<Mark | undefined> {
  const [sequence, storedMs] = mark;
  const { value: newest } = await files.backwards().next();
  if (newest !== undefined && newest >= sequence) {
    const there = await files.read(sequence, 0);
    // what is too old is removed, what is damaged was left out: that is no other story
    if (!there || there.t === storedMs) return mark;
  }
  for await (const each of files.backwards()) {
    const stored = await files.read(each, 0);
    if (stored && stored.t < storedMs - AGAIN_MS) return [each, stored.t];
  }
  return undefined;
}
