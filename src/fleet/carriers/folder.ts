/**
 * The hub as a shared folder: for teams that have one, and for tests. Files are written and renamed, and looked for again and
 * again, since no file system of a network tells of changes made elsewhere. Whoever may write to the folder may write for every
 * sensor: the folder's owner and group decide who that is.
 */
import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import { STREAMS, type StreamSpec } from '../contract.js';
import { BackOff, pause, within } from '../waiting.js';
import { CarrierError, type CarrierOptions, type HubCarrier, type Message, type Position } from './carrier.js';
import { FolderPlace, folderTrouble } from './folder-place.js';
import { readFolder } from './folder-reader.js';
import { FolderSubject, MOST_BYTES } from './folder-subject.js';
import { Slots } from './slots.js';
import { streamOf } from './subjects.js';

/** A subject as the name of a folder. */
const SUBJECT = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;
const NUDGE = 'nudge';
/** Nudges are to be looked after within a minute. */
const NUDGE_POLL_MS = 2_000;
/** As of NATS: who ends waits so long for what is under way. */
const CLOSE_MS = 1_000;
/** As of NATS: more wait only where somebody asks without waiting. */
const MOST_UNDER_WAY = 256;
/** As of NATS. */
const ANSWER_MS = 10_000;
/** What is too old of all sensors is looked for, file by file. */
const PREPARE_MS = 600_000;
/**
 * A share whose server is gone does not answer at all, and whatever waits for it has one of Node's four threads for files: a sensor
 * leaves two of them to its reports. The hub's side does nothing else.
 */
const AT_ONCE = { sensor: 2, hub: 64 } as const;

/** @throws AnomalyError USAGE; for the hub's side CANNOT_CREATE and others too: there is no folder, and none can be made */
export async function openFolder(options: CarrierOptions): Promise<HubCarrier> {
  const { hub, sensor, key, ca } = options;
  const name = printable(hub);
  // HOST:PORT, or one slash too few; a folder may be named so, and is there then. One letter and a colon are a disk of Windows.
  const isMistyped = /^[^/\\.:][^/\\:]+:/.test(hub) && !existsSync(hub);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(hub) || hub === '' || isMistyped)
    throw new AnomalyError('USAGE', '--hub: nats://HOST:PORT, tls://HOST:PORT or a folder expected');
  if (key !== undefined || ca !== undefined)
    throw new AnomalyError(
      'USAGE',
      `--hub ${name}: a folder has neither keys nor TLS; leave --hub-key and --hub-ca out`,
    );
  const place = await (sensor === undefined ? FolderPlace.make(hub) : FolderPlace.at(hub));
  return new FolderCarrier(name, place, sensor === undefined, options.note);
}

class FolderCarrier implements HubCarrier {
  connected = false;
  private readonly subjects = new Map<string, FolderSubject>();
  private readonly underWay = new Set<Promise<void>>();
  private readonly ended = new AbortController();
  /** nothing is waited for any more */
  private readonly over = new AbortController();
  private readonly slots: Slots;
  /** of the marker; empty: not seen yet */
  private id = '';
  private said = '';

  constructor(
    readonly name: string,
    private readonly place: FolderPlace,
    private readonly isHub: boolean,
    private readonly noteLine: (line: string) => void,
  ) {
    this.slots = new Slots(AT_ONCE[isHub ? 'hub' : 'sensor']);
    // as many listen as there are calls, which Node would take for a leak
    setMaxListeners(0, this.over.signal);
  }

  publish(subject: string, id: string | undefined, bytes: Uint8Array): Promise<void> {
    const done = this.attempt(async () => {
      if (bytes.length > MOST_BYTES)
        throw new CarrierError('too large', `${bytes.length} bytes; a folder takes ${MOST_BYTES}`);
      if (this.ended.signal.aborted) throw new CarrierError('unreachable', 'it is closed');
      if (this.underWay.size >= MOST_UNDER_WAY)
        throw new CarrierError('unreachable', `${MOST_UNDER_WAY} calls wait already`);
      const spec = streamOf(subject);
      if (!SUBJECT.test(subject)) throw new CarrierError('refused', `${printable(subject)} is no subject`);
      // in the order of the calls
      await this.subject(spec, subject).inTurn(async (files) => {
        await this.ready(spec);
        await files.append(id, bytes);
      });
    });
    this.underWay.add(done);
    const gone = (): void => void this.underWay.delete(done);
    done.then(gone, gone);
    return done;
  }

  last(subject: string): Promise<Message | undefined> {
    return this.attempt(async () => {
      const spec = streamOf(subject);
      const { id, made } = await this.ready(spec);
      for await (const sequence of this.subject(spec, subject).backwards()) {
        const stored = await this.subject(spec, subject).read(sequence);
        if (!stored) continue;
        const position = { server: id, stream: spec.name, created: made, sequence, storedMs: stored.t };
        return { subject, id: stored.id, bytes: stored.bytes, position };
      }
      return undefined;
    });
  }

  async *replay(filter: string, from: Position | undefined, until: AbortSignal): AsyncIterable<Message> {
    const spec = streamOf(filter);
    const { signal, letGo } = this.either(until);
    let at = from;
    try {
      for (const backOff = new BackOff(); !signal.aborted; ) {
        try {
          await this.ready(spec);
          for await (const message of readFolder(this.place, spec, filter, at, signal, (line) => this.note(line))) {
            backOff.reset();
            at = message.position;
            yield message;
          }
        } catch (error) {
          const { trouble, message } = folderTrouble(error);
          this.note(`reading ${spec.name}: ${message}`);
          if (trouble === 'unprepared' && this.isHub) await this.prepare().catch(() => undefined);
        }
        await backOff.wait(signal);
      }
    } finally {
      letGo();
    }
  }

  async *nudges(until: AbortSignal): AsyncIterable<void> {
    const { signal, letGo } = this.either(until);
    const look = async (): Promise<string> => {
      const found = await this.attempt(() => stat(join(this.place.root, NUDGE))).catch(() => undefined);
      return found ? `${found.ino}/${found.mtimeMs}` : '';
    };
    try {
      for (let before = await look(); !signal.aborted; await pause(NUDGE_POLL_MS, signal)) {
        const now = await look();
        const isNew = now !== before && now !== '';
        before = now;
        if (isNew) yield;
      }
    } finally {
      letGo();
    }
  }

  prepare(): Promise<void> {
    return this.attempt(async () => {
      await this.place.identity();
      for (const spec of Object.values(STREAMS)) {
        const path = join(this.place.root, spec.name);
        await this.place.makeFolder(path);
        // of sensors that are gone nobody else removes what is too old
        for (const name of await this.place.namesIn(path))
          if (SUBJECT.test(name)) await this.subject(spec, name).prune();
      }
    }, PREPARE_MS);
  }

  nudge(): Promise<void> {
    return this.attempt(async () => {
      await this.place.identity();
      await this.place.replace(join(this.place.root, NUDGE), `${new Date().toISOString()}\n`);
    });
  }

  async close(): Promise<void> {
    this.ended.abort();
    // a share whose server is gone does not answer at all
    await within(CLOSE_MS, Promise.allSettled(this.underWay));
    this.over.abort();
  }

  private async attempt<T>(work: () => Promise<T>, mostMs = ANSWER_MS): Promise<T> {
    try {
      if (this.slots.queue >= MOST_UNDER_WAY)
        throw new CarrierError('unreachable', `${MOST_UNDER_WAY} calls wait already`);
      const done = this.slots.take(work).then((result) => ({ result }));
      const answer = await within(mostMs, done, this.over.signal);
      if (!answer) throw new CarrierError('unreachable', 'no answer in time');
      this.connected = true;
      return answer.result;
    } catch (error) {
      const trouble = folderTrouble(error);
      if (trouble.trouble === 'unreachable') this.connected = false;
      throw trouble;
    }
  }

  /** Ends with `signal`, or when the carrier is closed. AbortSignal.any() is of Node 20.3. */
  private either(signal: AbortSignal): { readonly signal: AbortSignal; readonly letGo: () => void } {
    const both = [signal, this.ended.signal];
    const end = new AbortController();
    const stop = (): void => end.abort();
    for (const each of both) each.addEventListener('abort', stop, { once: true });
    if (both.some(({ aborted }) => aborted)) stop();
    const letGo = (): void => {
      for (const each of both) each.removeEventListener('abort', stop);
    };
    return { signal: end.signal, letGo };
  }

  /** The folder is there, and is prepared. Rejects with a CarrierError. */
  private async ready({ name }: StreamSpec): Promise<{ readonly id: string; readonly made: string }> {
    const identity = await this.place.identity();
    if (identity.id !== this.id) for (const each of this.subjects.values()) each.forget();
    this.id = identity.id;
    if (!(await this.place.hasFolder(join(this.place.root, name))))
      throw new CarrierError('unprepared', `there is no ${name} in it yet`);
    return identity;
  }

  private subject(spec: StreamSpec, subject: string): FolderSubject {
    const found = this.subjects.get(subject) ?? new FolderSubject(this.place, spec, subject);
    this.subjects.set(subject, found);
    return found;
  }

  private note(line: string): void {
    if (line !== this.said) this.noteLine(`hub ${this.name}: ${line}`);
    this.said = line;
  }
}
