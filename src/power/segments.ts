/** A conversation cut into what crosses the wire one by one, with times: what frames and rows of a conn.log are both made of. */

import { type Conversation, type Exchange, ICMP_BYTES, ipHeaderBytes, MTU, segmentBytes, UDP_BYTES } from './act.js';
import { FLAG } from './write.js';

export interface Segment {
  readonly timeUs: number;
  readonly fromClient: boolean;
  /** of TCP */
  readonly flags: number;
  /** bytes `from`..`from + bytes` of the payload of an exchange */
  readonly exchange: Exchange | undefined;
  readonly from: number;
  readonly bytes: number;
  /** an ICMP message that says that the port is unreachable */
  readonly unreachable: boolean;
}

/** µs between a packet and the answer of a host that only has to say "received" */
const ANSWER_US = 120;
/** µs until an unanswered SYN is sent again (RFC 6298 section 2.1) */
const RETRY_US = 1_000_000;
const { syn, ack, psh, fin, rst } = FLAG;

export function segmentsOf(conversation: Conversation): Generator<Segment> {
  return conversation.protocol === 'tcp' ? tcpSegments(conversation) : datagrams(conversation);
}

function segment(timeUs: number, fromClient: boolean, flags: number): Segment {
  return { timeUs: Math.round(timeUs), fromClient, flags, exchange: undefined, from: 0, bytes: 0, unreachable: false };
}

function* tcpSegments(conversation: Conversation): Generator<Segment> {
  const { startUs, outcome, rttUs, rate, exchanges, end } = conversation;
  yield segment(startUs, true, syn);
  if (outcome === 'silent') {
    yield segment(startUs + RETRY_US, true, syn);
    return;
  }
  let at = startUs + rttUs;
  if (outcome === 'refused') {
    yield segment(at, false, rst | ack);
    return;
  }
  yield segment(at, false, syn | ack);
  at += ANSWER_US;
  if (outcome === 'half-open') {
    yield segment(at, true, rst);
    return;
  }
  yield segment(at, true, ack);
  let speaker = true;
  for (const exchange of exchanges) {
    const { fromClient, bytes, gapUs } = exchange;
    at += gapUs + (fromClient === speaker ? 0 : fromClient ? ANSWER_US : rttUs);
    speaker = fromClient;
    const most = segmentBytes(fromClient ? conversation.client : conversation.server);
    const spacingUs = Math.max(2, (1e6 * most) / rate);
    for (let from = 0, unacknowledged = 0; from < bytes; ) {
      const length = Math.min(most, bytes - from);
      const last = from + length === bytes;
      const flags = last ? ack | psh : ack;
      yield { ...segment(at, fromClient, flags), exchange, from, bytes: length };
      from += length;
      // every second full segment is acknowledged (RFC 9293 section 3.8.6.3), and the last one
      if (++unacknowledged === 2 || last) {
        yield segment(at + spacingUs / 2, !fromClient, ack);
        unacknowledged = 0;
      }
      at += spacingUs;
    }
  }
  if (end === 'left') return;
  if (end === 'rst') {
    yield segment(at + ANSWER_US, true, rst | ack);
    return;
  }
  yield segment(at + ANSWER_US, true, fin | ack);
  yield segment(at + ANSWER_US + rttUs, false, fin | ack);
  yield segment(at + 2 * ANSWER_US + rttUs, true, ack);
}

function* datagrams(conversation: Conversation): Generator<Segment> {
  const { startUs, client, protocol, outcome, rttUs, rate, exchanges } = conversation;
  const most = MTU - ipHeaderBytes(client) - (protocol === 'udp' ? UDP_BYTES : ICMP_BYTES);
  let at = startUs;
  let speaker = true;
  for (const exchange of exchanges) {
    const { fromClient, gapUs } = exchange;
    at += gapUs + (fromClient === speaker ? 0 : fromClient ? ANSWER_US : rttUs);
    speaker = fromClient;
    const bytes = Math.min(most, exchange.bytes);
    yield { ...segment(at, fromClient, 0), exchange, bytes };
    if (outcome === 'refused') yield { ...segment(at + rttUs, false, 0), unreachable: true };
    at += Math.max(2, (1e6 * bytes) / rate);
  }
}
