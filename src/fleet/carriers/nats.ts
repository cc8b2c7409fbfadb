/**
 * The hub as a NATS server with JetStream. A sensor publishes with an acknowledgement, asks for the last message of a subject and
 * listens for nudges, and nothing else: what it may not do it cannot be made to do. Streams and consumers are the hub's side's.
 */
import { SUBJECTS } from '../contract.js';
import { CarrierError, type HubCarrier, type Message, type Position } from './carrier.js';
import { type LinkOptions, NatsLink } from './nats-link.js';
import { type ApiError, apiTrouble } from './nats-troubles.js';
import { streamOf } from './subjects.js';

const NOTHING = new Uint8Array(0);
const STRANGE = 'its answer is none of JetStream';

export class NatsCarrier implements HubCarrier {
  readonly name: string;
  private readonly link: NatsLink;

  /** It connects in the background. @throws AnomalyError USAGE: the key is damaged */
  constructor(options: LinkOptions) {
    this.link = new NatsLink(options);
    this.name = this.link.name;
  }

  get connected(): boolean {
    return this.link.current !== undefined;
  }

  /** Once there is a connection. Rejects with a CarrierError where it was refused, `ms` have gone by, or at `signal`. */
  async firstConnection(ms: number, signal?: AbortSignal): Promise<void> {
    const end = new AbortController();
    const stop = (): void => end.abort();
    const late = setTimeout(stop, ms);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    try {
      while (!this.connected) {
        await this.link.change(end.signal);
        if (!this.connected && (end.signal.aborted || this.link.reason.trouble === 'refused')) throw this.link.reason;
      }
    } finally {
      clearTimeout(late);
      signal?.removeEventListener('abort', stop);
    }
  }

  async publish(subject: string, id: string | undefined, bytes: Uint8Array): Promise<void> {
    // at a start the connection comes in a moment
    await this.link.begun;
    if (id === undefined) return this.link.send(subject, bytes);
    const { error, stream } = acknowledgement((await this.link.request(subject, bytes, id)).data);
    if (error) throw apiTrouble(error);
    if (typeof stream !== 'string') throw new CarrierError('unreachable', STRANGE);
  }

  async last(subject: string): Promise<Message | undefined> {
    const { name } = streamOf(subject);
    await this.link.begun;
    const found = await this.link.request(`$JS.API.DIRECT.GET.${name}.${subject}`, NOTHING);
    const { headers } = found;
    if (headers?.code === 404) return undefined;
    const sequence = Number(headers?.get('Nats-Sequence'));
    const storedMs = Date.parse(headers?.get('Nats-Time-Stamp') ?? '');
    if (headers?.get('Nats-Subject') !== subject || !Number.isSafeInteger(sequence) || Number.isNaN(storedMs))
      throw new CarrierError('unreachable', STRANGE);
    const server = this.link.current?.info?.server_id ?? '';
    // when the stream was made is told to those alone who may ask for it
    const position: Position = { server, stream: name, created: '', sequence, storedMs };
    return { subject, id: headers.get('Nats-Msg-Id') || undefined, bytes: found.data, position };
  }

  async *replay(filter: string, from: Position | undefined, signal: AbortSignal): AsyncIterable<Message> {
    // sensors need none of it
    const { replayStream } = await import('./nats-streams.js');
    yield* replayStream(this.link, streamOf(filter), filter, from, signal);
  }

  async *nudges(signal: AbortSignal): AsyncIterable<void> {
    while (!signal.aborted) {
      const nc = await this.link.ready(signal).catch(() => undefined);
      if (nc === undefined) return;
      // however many come, one is remembered
      let isDue = false;
      let wake = (): void => undefined;
      const heard = (error: Error | null): void => {
        isDue ||= error === null;
        wake();
      };
      const subscription = nc.subscribe(SUBJECTS.nudge, { callback: heard });
      const stop = (): void => wake();
      void nc.closed().then(stop);
      signal.addEventListener('abort', stop, { once: true });
      try {
        while (!signal.aborted && !nc.isClosed()) {
          if (isDue) {
            isDue = false;
            yield;
          } else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      } finally {
        signal.removeEventListener('abort', stop);
        subscription.unsubscribe();
      }
    }
  }

  async prepare(): Promise<void> {
    const { prepareStreams } = await import('./nats-streams.js');
    if (this.link.current === undefined) throw this.link.reason;
    await prepareStreams(this.link.current, this.link.note);
  }

  async nudge(): Promise<void> {
    this.link.send(SUBJECTS.nudge, NOTHING);
  }

  close(): Promise<void> {
    return this.link.close();
  }
}

function acknowledgement(bytes: Uint8Array): { readonly error?: ApiError; readonly stream?: unknown } {
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) as object | null) ?? {};
  } catch {
    return {};
  }
}
