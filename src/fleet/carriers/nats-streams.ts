/**
 * The hub's side of JetStream: makes the streams and reads them in order. What a reader has is its position alone: the server
 * keeps nothing of it but a consumer in memory, made anew after every trouble, and nothing is acknowledged.
 */
import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  ReplayPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { DUPLICATE_WINDOW_S, STREAMS, type StreamSpec } from '../contract.js';
import { BackOff } from '../waiting.js';
import { CarrierError, type Message, type Position } from './carrier.js';
import { ANSWER_MS, type NatsConnection, type NatsLink } from './nats-link.js';
import { apiTrouble, troubleOf } from './nats-troubles.js';

const NS_PER_MS = 1e6;
const NS_PER_S = 1e9;
/** A server that lost its last writes lost far less than that (it syncs every two minutes at the latest). */
const AGAIN_MS = 600_000;
/** Bodies are 2 KB, so half a megabyte: what a reader has before it says that it wants more. */
const BATCH = 256;
/** How long the server holds a request for more. */
const REQUEST_MS = 30_000;
/** It says so often that it is there; after two that fail to come the consumer is made anew. */
const HEARTBEAT_MS = 2_000;
/** A reader that asks for no more, because a disk is slow, keeps its place for so long. */
const INACTIVE_S = 300;

/** A stream as the server wants to hear of it. */
function configOf(spec: StreamSpec): StreamConfig {
  const { name, subjects, storage, maxAgeS, maxBytes, maxPerSubject, direct, sealed } = spec;
  return {
    name,
    subjects: [subjects],
    storage: storage === 'file' ? StorageType.File : StorageType.Memory,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: maxAgeS * NS_PER_S,
    max_bytes: maxBytes,
    max_msgs_per_subject: maxPerSubject,
    duplicate_window: DUPLICATE_WINDOW_S * NS_PER_S,
    allow_direct: direct,
    deny_delete: sealed,
    deny_purge: sealed,
    num_replicas: 1,
  } as StreamConfig;
}

/** Makes what is absent, and says where a stream is not as we would make it. Rejects with a CarrierError. */
export async function prepareStreams(nc: NatsConnection, note: (line: string) => void): Promise<void> {
  try {
    const manager = await managerOf(nc);
    for (const spec of Object.values(STREAMS)) {
      const found = await infoOf(manager, spec.name);
      if (found === undefined) await addStream(manager, spec);
      else checkStream(found, spec, note);
    }
  } catch (error) {
    throw inOurWords(error);
  }
}

/** The server sets aside all that a stream may ever hold. */
async function addStream(manager: JetStreamManager, spec: StreamSpec): Promise<void> {
  try {
    await manager.streams.add(configOf(spec));
  } catch (error) {
    const ours = inOurWords(error);
    if (ours.trouble !== 'full' || spec.maxBytes < 0) throw ours;
    const needs = `its stream ${spec.name} may hold ${spec.maxBytes / 2 ** 30} GiB, and max_file of the server has no room for that`;
    throw new CarrierError('full', `${needs}; raise it`, { cause: error });
  }
}

/** Limits are the hub's owner's to set; these are not. @throws CarrierError */
function checkStream({ config }: StreamInfo, spec: StreamSpec, note: (line: string) => void): void {
  if (!config.subjects.includes(spec.subjects))
    throw new CarrierError('unprepared', `its stream ${spec.name} does not keep ${spec.subjects}; remove it`);
  if (spec.direct && config.allow_direct !== true)
    throw new CarrierError('unprepared', `its stream ${spec.name} has no allow_direct, which sensors need; set it`);
  if (spec.sealed && !(config.deny_delete && config.deny_purge))
    note(`its stream ${spec.name} can be deleted from and purged; a watermark that goes back is shipped again`);
}

/** As Carrier.replay() promises. Ends with `signal`, or when the link is closed. */
export async function* replayStream(
  link: NatsLink,
  spec: StreamSpec,
  filter: string,
  from: Position | undefined,
  signal: AbortSignal,
): AsyncGenerator<Message, void, undefined> {
  let at = from;
  let said = '';
  for (const backOff = new BackOff(); !signal.aborted; ) {
    const nc = await link.ready(signal).catch(() => undefined);
    if (nc === undefined) return;
    try {
      for await (const message of untilAborted(readOnce(nc, spec, filter, at, signal), signal)) {
        backOff.reset();
        said = '';
        at = message.position;
        yield message;
      }
    } catch (error) {
      const { trouble, message } = inOurWords(error);
      // lost connections are the link's to tell
      if (!signal.aborted && !nc.isClosed() && message !== said) link.note(`reading ${spec.name}: ${message}`);
      said = message;
      if (trouble === 'unprepared') await prepareStreams(nc, link.note).catch(() => undefined);
    }
    if (signal.aborted) return;
    await backOff.wait(signal);
  }
}

/** The same, and at `signal` no more of it, whatever its next one waits for: a server that hangs lets wait for long. */
async function* untilAborted<T>(
  source: AsyncGenerator<T, void, undefined>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  let stop = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    while (!signal.aborted) {
      const next = await Promise.race([source.next(), aborted]);
      if (next === undefined || next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    // in the background: it ends with what it waits for, or with the connection
    source.return().catch(() => undefined);
  }
}

/** One consumer, from its beginning to the first trouble. */
async function* readOnce(
  nc: NatsConnection,
  spec: StreamSpec,
  filter: string,
  from: Position | undefined,
  signal: AbortSignal,
): AsyncGenerator<Message, void, undefined> {
  const manager = await managerOf(nc);
  const server = nc.info?.server_id ?? '';
  const stream = await infoOf(manager, spec.name);
  if (stream === undefined) throw new CarrierError('unprepared', 'there is no such stream');
  const made = await addConsumer(manager, stream, filter, from, server);
  try {
    const consumer = manager.jetstream().consumers.getConsumerFromInfo(made);
    for (let expected = 1; !signal.aborted && !nc.isClosed(); ) {
      const batch = await consumer.fetch({ max_messages: BATCH, expires: REQUEST_MS, idle_heartbeat: HEARTBEAT_MS });
      const stop = (): void => batch.stop();
      signal.addEventListener('abort', stop, { once: true });
      try {
        for await (const each of batch) {
          const { deliverySequence, streamSequence, timestampNanos } = each.info;
          if (deliverySequence !== expected++) throw new CarrierError('unreachable', 'a message was left out');
          const storedMs = Math.floor(timestampNanos / NS_PER_MS);
          const position = { server, stream: spec.name, created: stream.created, sequence: streamSequence, storedMs };
          yield {
            subject: each.subject,
            id: each.headers?.get('Nats-Msg-Id') || undefined,
            bytes: each.data,
            position,
          };
        }
      } finally {
        signal.removeEventListener('abort', stop);
      }
    }
  } finally {
    // else the server finds out in five minutes
    if (!nc.isClosed()) void manager.consumers.delete(spec.name, made.name).catch(() => undefined);
  }
}

/** A consumer that begins where `from` wants it to. */
async function addConsumer(
  manager: JetStreamManager,
  { config, created, state }: StreamInfo,
  filter: string,
  from: Position | undefined,
  server: string,
): Promise<ConsumerInfo> {
  const add = (start: Partial<ConsumerConfig>): Promise<ConsumerInfo> =>
    manager.consumers.add(config.name, {
      ack_policy: AckPolicy.None,
      replay_policy: ReplayPolicy.Instant,
      filter_subject: filter,
      inactive_threshold: INACTIVE_S * NS_PER_S,
      mem_storage: true,
      ...start,
    });
  const after = (sequence: number): Partial<ConsumerConfig> => ({
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: sequence + 1,
  });
  // of a stream made anew all is new, whatever its clock says
  if (from === undefined || from.created !== created) return add({ deliver_policy: DeliverPolicy.All });
  if (from.server === server && state.last_seq >= from.sequence) return add(after(from.sequence));
  const begin = new Date(Math.max(0, from.storedMs - AGAIN_MS)).toISOString();
  const made = await add({ deliver_policy: DeliverPolicy.StartTime, opt_start_time: begin });
  if (made.delivered.stream_seq <= from.sequence) return made;
  // by a clock that was set back meanwhile, what came after `from` is older than it
  await manager.consumers.delete(config.name, made.name);
  return add(after(Math.min(from.sequence, state.last_seq)));
}

const managerOf = (nc: NatsConnection): Promise<JetStreamManager> =>
  jetstreamManager(nc, { checkAPI: false, timeout: ANSWER_MS });

/** Undefined: there is none. */
async function infoOf(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    const trouble = inOurWords(error);
    if (error instanceof JetStreamApiError && trouble.trouble === 'unprepared' && error.status === 404)
      return undefined;
    throw trouble;
  }
}

function inOurWords(error: unknown): CarrierError {
  if (error instanceof JetStreamApiError) return apiTrouble({ err_code: error.code, description: error.message });
  return troubleOf(error);
}
