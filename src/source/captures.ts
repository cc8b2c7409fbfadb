/** Packets from capture files, standard input or any other stream of capture bytes. */

import { AnomalyError, EmptyInputError } from '../base/errors.js';
import { BatchBuffer } from './batch.js';
import { CaptureSequence, packedStartsAt } from './capture-start.js';
import { type Input, type OpenInput, openInput, originOf } from './input.js';
import { mergePackets } from './merge.js';
import { Origins } from './origins.js';
import type { PacketBatch, PacketSource, SourceFacts } from './packet-source.js';
import type { CaptureParser } from './parser.js';
import { PcapParser } from './pcap.js';
import { PcapngParser } from './pcapng.js';
import { Rest } from './rest.js';
import { unpack } from './unpack.js';
import { ByteWindow } from './window.js';

const PCAPNG_FIRST_BYTE = 0x0a;

/**
 * Packets of a capture that arrives as bytes. Each chunk's whole packets are given on at once, so a live stream is not held back.
 * @param name safe to print
 * @param facts counted in, where somebody else began them
 */
export function readCaptureStream(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  facts: SourceFacts = { name, format: 'pcap', received: 0, gaps: [], warnings: [] },
  closeInput?: () => Promise<void>,
): PacketSource {
  let closed = false;
  return {
    facts,
    [Symbol.asyncIterator]: () => packets(chunks, facts, () => closed),
    async close() {
      closed = true;
      await closeInput?.();
    },
  };
}

async function* packets(
  chunks: AsyncIterable<Uint8Array>,
  facts: SourceFacts,
  closed: () => boolean,
): AsyncGenerator<PacketBatch> {
  const window = new ByteWindow();
  const batch = new BatchBuffer();
  const sequence = new CaptureSequence(facts);
  let input = new Rest(chunks);
  let packed = false;
  let parser: CaptureParser | undefined;

  function startParser(): CaptureParser {
    if (packed) sequence.begin(window);
    packed = false;
    return parserAt(window, facts);
  }

  async function* drain(ended: boolean): AsyncGenerator<PacketBatch> {
    let another: boolean;
    do {
      let damage: unknown;
      another = false;
      batch.begin(window.bytes);
      try {
        another = parser?.parse(window, batch, ended) ?? false;
      } catch (error) {
        damage = error;
      }
      if (batch.count > 0) {
        facts.received += batch.count;
        facts.origins?.add(0, batch.count);
        yield batch;
      }
      if (damage) throw damage;
      packed = another && packedStartsAt(window.view, window.start);
      if (packed) return;
      if (another) {
        sequence.begin(window);
        parser = parserAt(window, facts);
      }
    } while ((batch.full || another) && !closed());
  }

  try {
    for (let ended = false; !ended; ) {
      const chunk = await input.next();
      ended = chunk === undefined;
      if (closed()) return;
      if (chunk) window.push(chunk);
      if (chunk && window.length === 0) continue;
      if (window.length > 0) parser ??= startParser();
      yield* drain(ended);
      if (!packed) continue;
      // a packed capture behind one that is not
      input.putBack(window.bytes.slice(window.start, window.end));
      window.consume(window.length);
      input = new Rest((await unpack(input.all(), facts.name, facts.warnings)).chunks);
      parser = undefined;
      ended = false;
    }
    if (closed()) return;
    if (!parser) throw new EmptyInputError(`${facts.name}: is empty`);
    parser.finish(window);
  } catch (error) {
    if (!(error instanceof EmptyInputError && sequence.several)) throw error;
    facts.warnings.push(error.what);
  } finally {
    await input.close();
    sequence.finish();
  }
}

function parserAt(window: ByteWindow, facts: SourceFacts): CaptureParser {
  return window.bytes[window.start] === PCAPNG_FIRST_BYTE ? new PcapngParser(facts) : new PcapParser(facts);
}

/** Packets of one capture. @throws AnomalyError NO_INPUT, NO_PERMISSION, BAD_DATA */
async function openCapture(path: string, open: OpenInput): Promise<{ source: PacketSource; input: Input }> {
  const input = await open(path);
  if (input.format !== 'pcap' && input.format !== 'pcapng') {
    await input.close();
    const what = input.format === 'table' ? 'a packet table' : 'a Zeek log';
    throw new AnomalyError('BAD_DATA', `${input.name}: is ${what}, where a capture (pcap or pcapng) is needed`);
  }
  const file = originOf(input);
  const { name, format } = file;
  const origins = new Origins([file]);
  const facts: SourceFacts = { name, format, origins, received: 0, gaps: [], warnings: input.warnings };
  return { source: readCaptureStream(input.chunks, input.name, facts, input.close), input };
}

/**
 * Packets of one or several captures, these in the order of time.
 * @throws AnomalyError NO_INPUT, NO_PERMISSION, BAD_DATA, here for what the first bytes tell, while iterating for the rest
 */
export async function openCaptures(
  paths: readonly string[],
  open: OpenInput = openInput,
  signal?: AbortSignal,
): Promise<PacketSource> {
  const [first, ...others] = paths;
  if (first === undefined) throw new AnomalyError('USAGE', 'no capture was named');
  if (others.length === 0) return (await openCapture(first, open)).source;
  return mergePackets(paths, (path) => openCapture(path, open), signal);
}
