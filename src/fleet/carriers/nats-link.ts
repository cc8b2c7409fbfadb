/**
 * One connection with a NATS server, made anew for as long as it is wanted. Each is a connection of its own: NATS's client would
 * go on with the same one, but what it buffers meanwhile has no bound, and its attempts cannot be ended.
 */

import { isIP } from 'node:net';
import {
  type Authenticator,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  headers,
  type Msg,
  type NatsConnection,
  nkeyAuthenticator,
  TimeoutError,
  type TlsOptions,
} from '@nats-io/transport-node';
import { AnomalyError } from '../../base/errors.js';
import { BackOff, within } from '../waiting.js';
import { CarrierError } from './carrier.js';
import type { ServerAddress } from './hub-address.js';
import type { HubKey } from './hub-key.js';
import { forbiddenText, troubleOf } from './nats-troubles.js';
import { OwnSockets } from './own-sockets.js';

/** A server that is there takes a connection within a tenth of that, through TLS and around the world. */
const CONNECT_MS = 5_000;
/** An answer may wait behind 32 writes of each of some ten sensors to a disk that takes 20 ms for each. */
export const ANSWER_MS = 10_000;
/** What a pong, which waits for no disk, has to come within once an answer did not. */
const PONG_MS = 5_000;
/** Who ends waits so long for what is under way to be answered, and to have left: what is kept is kept, and a person waits. */
const CLOSE_MS = 1_000;
/** After two unanswered ones (90 s) a silent connection is given up; asking 10 000 sensors is 330 messages a second. */
const PING_MS = 30_000;
/** A connection that held so long was a good one. */
const GOOD_MS = 30_000;
/** Shipping has 32 under way (FLEET: more is no faster), polls and rows some more; beyond this something asks without waiting. */
const MOST_UNDER_WAY = 256;
/** of NATS's default: what every server takes */
const MOST_BYTES = 1 << 20;
/** of headers and their frame: an id of 112 letters and some 30 of names */
const HEADER_BYTES = 256;
/** Different complaints of the server that are told. */
const MOST_TOLD = 16;
/**
 * Bytes that may come a second. A sensor asks for far less, even where it ships all that it has: acknowledgements of 150 bytes, of
 * which a loaded server gave all its clients 35 000 a second, and a policy of 900 KB. The hub's side reads streams, as fast as it can.
 */
const MOST_COMES = { sensor: 4 << 20, hub: 1 << 30 } as const;

export type { NatsConnection };

export interface LinkOptions {
  readonly address: ServerAddress;
  readonly key: HubKey | undefined;
  /** certificates in PEM */
  readonly ca: string | undefined;
  /** TLS or nothing */
  readonly encrypted: boolean;
  /** first token(s) of where answers go */
  readonly inbox: string;
  /** whose it is */
  readonly side: 'sensor' | 'hub';
  /** as the server's lists of connections show it */
  readonly client: string;
  readonly note: (line: string) => void;
}

export class NatsLink {
  readonly name: string;
  /** undefined: there is none now */
  current: NatsConnection | undefined;
  private readonly ended = new AbortController();
  private readonly options: ConnectionOptions;
  /** says one line about this hub */
  readonly note: (line: string) => void;
  private readonly running: Promise<void>;
  /** resolves when the first attempt has come to something, or the link is closed */
  readonly begun: Promise<void>;
  private readonly waiting = new Set<() => void>();
  private trouble = new CarrierError('unreachable', 'no connection yet');
  private said = '';
  private readonly told = new Set<string>();
  private readonly underWay = new Set<Promise<Msg>>();
  private checking = false;
  private readonly mostComes: number;
  private sockets: OwnSockets | undefined;

  /** @throws AnomalyError USAGE: the key is damaged */
  constructor(options: LinkOptions) {
    this.name = options.address.name;
    this.note = (line) => options.note(`hub ${this.name}: ${line}`);
    this.options = connectionOptions(options);
    this.mostComes = MOST_COMES[options.side];
    stopClientFromPrinting();
    links.add(this);
    this.begun = new Promise((resolve) => this.waiting.add(resolve));
    this.running = this.run();
  }

  /** Why there is no connection. */
  get reason(): CarrierError {
    return this.trouble;
  }

  /** The connection, or the next one. Rejects where `signal` ends it, or the link is closed. */
  async ready(signal: AbortSignal): Promise<NatsConnection> {
    while (this.current === undefined) {
      signal.throwIfAborted();
      this.ended.signal.throwIfAborted();
      await this.change(signal);
    }
    return this.current;
  }

  /** Resolves once a connection was made or lost, an attempt has failed, or at `signal`. */
  async change(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    let done = (): void => undefined;
    await new Promise<void>((resolve) => {
      done = resolve;
      this.waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
    this.waiting.delete(done);
    signal.removeEventListener('abort', done);
  }

  /** Sends without waiting for anything. @throws CarrierError */
  send(subject: string, bytes: Uint8Array): void {
    const nc = this.connection(bytes);
    try {
      nc.publish(subject, bytes);
    } catch (error) {
      throw troubleOf(error);
    }
  }

  /** Sends and waits for the answer. Rejects with a CarrierError. */
  async request(subject: string, bytes: Uint8Array, id?: string): Promise<Msg> {
    const nc = this.connection(bytes);
    if (this.underWay.size >= MOST_UNDER_WAY)
      throw new CarrierError('unreachable', `${MOST_UNDER_WAY} calls wait already`);
    const head = headers();
    if (id !== undefined) head.set('Nats-Msg-Id', id);
    const answer = nc.request(subject, bytes, { timeout: ANSWER_MS, ...(id !== undefined && { headers: head }) });
    this.underWay.add(answer);
    try {
      return await answer;
    } catch (error) {
      if (error instanceof TimeoutError) void this.check(nc);
      throw troubleOf(error);
    } finally {
      this.underWay.delete(answer);
    }
  }

  /** Gives what is under way a moment. Idempotent. */
  async close(): Promise<void> {
    this.ended.abort();
    links.delete(this);
    this.changed();
    const nc = this.current;
    // a server that does not introduce itself is not waited for
    if (nc === undefined) return this.sockets?.destroy();
    // what nobody waits for has left as well once a pong is back
    const left = Promise.allSettled(this.underWay).then(() => nc.flush());
    await within(CLOSE_MS, left).catch(() => undefined);
    await nc.close();
    await this.running;
  }

  private connection(bytes: Uint8Array): NatsConnection {
    const most = Math.min(MOST_BYTES, this.current?.info?.max_payload ?? MOST_BYTES) - HEADER_BYTES;
    if (bytes.length > most) throw new CarrierError('too large', `${bytes.length} bytes; the hub takes ${most}`);
    if (this.current === undefined) throw new CarrierError(this.trouble.trouble, this.trouble.message);
    return this.current;
  }

  private async run(): Promise<void> {
    for (const backOff = new BackOff(); !this.ended.signal.aborted; ) {
      const since = performance.now();
      await this.once();
      if (performance.now() - since > GOOD_MS + CONNECT_MS) backOff.reset();
      this.changed();
      await backOff.wait(this.ended.signal);
    }
  }

  /** One connection from its beginning to its end. */
  private async once(): Promise<void> {
    const sockets = new OwnSockets(this.mostComes);
    this.sockets = sockets;
    try {
      const nc = await sockets.during(() => connect(this.options));
      if (this.ended.signal.aborted) return void (await nc.close());
      this.current = nc;
      this.say('connected');
      this.changed();
      void this.listen(nc);
      const error = await nc.closed();
      this.trouble = error ? troubleOf(error) : new CarrierError('unreachable', 'it closed the connection');
    } catch (error) {
      this.trouble = troubleOf(error);
    } finally {
      sockets.destroy();
    }
    if (sockets.flooded) this.trouble = new CarrierError('unreachable', 'it sends far more than anybody asks for');
    this.current = undefined;
    if (!this.ended.signal.aborted)
      this.say(`no connection (${this.trouble.message}); it is tried again until there is one`);
  }

  private say(line: string): void {
    if (line !== this.said) this.note(line);
    this.said = line;
  }

  private changed(): void {
    for (const each of this.waiting) each();
  }

  /** What the server refuses of messages that nobody waits for an answer to. */
  private async listen(nc: NatsConnection): Promise<void> {
    for await (const status of nc.status()) {
      if (status.type !== 'error') continue;
      const line = forbiddenText(status.error.message);
      if (this.told.size >= MOST_TOLD || this.told.has(line)) continue;
      this.told.add(line);
      this.note(line);
    }
  }

  /** An answer did not come: is it the answer, or the connection? The latter is given up, which TCP alone would take minutes for. */
  async check(nc = this.current): Promise<void> {
    if (this.checking || nc === undefined) return;
    this.checking = true;
    const isWell = nc.flush().then(
      () => true,
      () => false,
    );
    if (!(await within(PONG_MS, isWell))) await nc.close();
    this.checking = false;
  }
}

function connectionOptions({ address, key, ca, encrypted, inbox, client }: LinkOptions): ConnectionOptions {
  const { host, port, login } = address;
  // without a server's name Node compares the certificate with `host`, and would with "localhost"
  const tls: TlsOptions & { host?: string } = { ...(ca !== undefined && { ca }), ...(isIP(host) !== 0 && { host }) };
  return {
    servers: isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`,
    name: client,
    inboxPrefix: inbox,
    reconnect: false,
    timeout: CONNECT_MS,
    pingInterval: PING_MS,
    // else a server can send its clients elsewhere
    ignoreClusterUpdates: true,
    noAsyncTraces: true,
    // with these set, a server that offers no TLS is refused
    ...(encrypted && { tls }),
    ...(key && { authenticator: authenticatorOf(key) }),
    ...(login && ('token' in login ? { token: login.token } : { user: login.user, pass: login.password })),
  };
}

function authenticatorOf({ kind, text }: HubKey): Authenticator {
  const bytes = new TextEncoder().encode(text);
  try {
    // both throw at a damaged one; else the first connection would
    const authenticator = kind === 'seed' ? nkeyAuthenticator(bytes) : credsAuthenticator(bytes);
    authenticator('');
    return authenticator;
  } catch (cause) {
    throw new AnomalyError('USAGE', '--hub-key: the key is damaged; copy it anew', { cause });
  }
}

const links = new Set<NatsLink>();
let isQuiet = false;

/**
 * Where a server talks nonsense, the client stops to read and writes so to standard output, with some of the nonsense. That is where
 * our results go. And it leaves the connection as it is: so each is asked for a sign of life.
 */
function stopClientFromPrinting(): void {
  if (isQuiet) return;
  isQuiet = true;
  const log = console.log;
  console.log = (...words: unknown[]) => {
    if (words[0] !== 'reader closed') return log(...words);
    for (const link of links) void link.check();
  };
}
