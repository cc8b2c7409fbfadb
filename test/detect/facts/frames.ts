/** A small segment in frames, and what detection says of them after it has learned it. */

import { Detector } from '../../../src/detect/detector.ts';
import { BaselineBuilder } from '../../../src/detect/rules/baseline.ts';
import { ScoredBatch } from '../../../src/detect/score/scored-batch.ts';
import { newId } from '../../../src/engine/new-id.js';
import { COUNTS } from '../../../src/features/counts.ts';
import { PacketFeatures } from '../../../src/features/packet/index.ts';
import { RECORD_KINDS } from '../../../src/features/record-kinds.ts';
import { decode } from '../../support/decoding.ts';
import { ACK, arp, ether, frame, icmp, icmpv6, ipv4, ipv6, type Layer, SYN, tcp, udp } from '../../support/packets.ts';
import { COUNT_NAMES, evidenceOf, REFERENCE, sha1, THRESHOLD } from '../traffic.ts';

/** `at`: s */
export interface Sent {
  readonly at: number;
  readonly frame: Uint8Array;
}

export const HOST = { mac: '02:00:00:00:00:05', ip: '10.0.0.5', ip6: 'fe80::5' };
export const SERVER = { mac: '02:00:00:00:00:06', ip: '10.0.0.6', ip6: 'fe80::6' };
export const ROUTER = { mac: '02:00:00:00:00:01', ip: '10.0.0.1', ip6: 'fe80::1' };
export const ROGUE = { mac: '02:00:00:00:00:99', ip: '10.0.0.99', ip6: 'fe80::99' };
const GROUP = { mac: '33:33:00:00:00:01', ip6: 'ff02::1' };
const ALL = { mac: 'ff:ff:ff:ff:ff:ff', ip: '255.255.255.255' };

export type Station = typeof HOST;

const hex = (n: number): string => n.toString(16).padStart(2, '0');

/** The i-th of many senders that nobody knows. */
export function spoofed(i: number): Station {
  const [a, b] = [(i >> 8) & 255, i & 255];
  return { mac: `02:bb:00:00:${hex(a)}:${hex(b)}`, ip: `10.9.${a}.${b}`, ip6: `fe80::b:${hex(a)}${hex(b)}` };
}

const over4 = (from: { mac: string; ip: string }, to: { mac: string; ip: string }, ...layers: (Layer | string)[]) =>
  frame(ether({ src: from.mac, dst: to.mac }), ipv4({ src: from.ip, dst: to.ip }), ...layers);
const over6 = (from: { mac: string; ip6: string }, to: { mac: string; ip6: string }, type: number) =>
  frame(
    ether({ src: from.mac, dst: to.mac }),
    ipv6({ src: from.ip6, dst: to.ip6, hopLimit: 255 }),
    icmpv6({ type }),
    'some bytes of it',
  );

export const segment = (flags: number, from: Station, to: Station = HOST, src = 40_000, dst = 80): Uint8Array =>
  over4(from, to, tcp({ src, dst, flags }));
export const protocol = (number: number, from: Station, to: Station = HOST): Uint8Array =>
  frame(ether({ src: from.mac, dst: to.mac }), ipv4({ src: from.ip, dst: to.ip, protocol: number }), {
    build: () => new Uint8Array(20),
  });
export const advert = (from: Station): Uint8Array => over6(from, GROUP, 134);
export const redirect = (from: Station, to: Station = HOST): Uint8Array => over4(from, to, icmp({ type: 5, code: 1 }));
export const solicitation = (from: Station, to: Station): Uint8Array => over6(from, to, 135);
export const neighbour = (from: Station, to: { mac: string; ip6: string } = HOST): Uint8Array => over6(from, to, 136);
export const announcement = (from: Station): Uint8Array => neighbour(from, GROUP);
export const dhcpAnswer = (from: Station): Uint8Array => over4(from, ALL, udp({ src: 67, dst: 68 }), 'an offer');
export const question = (from: Station, to: Station): Uint8Array =>
  frame(ether({ src: from.mac, dst: ALL.mac }), arp({ sender: from.ip, senderMac: from.mac, target: to.ip }));
export const reply = (from: Station, to: Station = HOST, ip = from.ip): Uint8Array =>
  frame(
    ether({ src: from.mac, dst: to.mac }),
    arp({ opcode: 2, senderMac: from.mac, sender: ip, target: to.ip, targetMac: to.mac }),
  );

export const every = (seconds: number, count: number, make: (i: number) => Uint8Array, from = 700): Sent[] =>
  Array.from({ length: count }, (_, i) => ({ at: from + i * seconds, frame: make(i) }));

/** Ten minutes: a client and a server that find each other by ARP, a router that advertises itself, and who hands out addresses. */
export function quiet(from = 0): Sent[] {
  return Array.from({ length: 60 }, (_, i) => i).flatMap((i) => {
    const at = from + 10 * i;
    const port = 50_000 + i;
    return [
      { at, frame: question(HOST, SERVER) },
      { at: at + 0.1, frame: reply(SERVER) },
      { at: at + 0.2, frame: segment(SYN, HOST, SERVER, port) },
      { at: at + 0.3, frame: segment(SYN | ACK, SERVER, HOST, 80, port) },
      { at: at + 0.4, frame: segment(ACK, HOST, SERVER, port) },
      { at: at + 0.5, frame: solicitation(HOST, SERVER) },
      { at: at + 0.6, frame: neighbour(SERVER) },
      { at: at + 0.7, frame: i % 6 === 0 ? advert(ROUTER) : segment(ACK, SERVER, HOST, 80, port) },
      { at: at + 0.8, frame: i % 20 === 0 ? dhcpAnswer(SERVER) : segment(ACK, HOST, SERVER, port) },
    ];
  });
}

export const inOrder = (...parts: Sent[][]): Sent[] => parts.flat().sort((a, b) => a.at - b.at);

export interface Learned {
  readonly features: unknown;
  readonly state: unknown;
}

function batchOf(features: PacketFeatures, sent: readonly Sent[]): ScoredBatch {
  const batch = new ScoredBatch(sent.length, features.schema.columns.length, COUNTS.length);
  sent.forEach(({ at, frame: bytes }, i) => {
    const record = decode(bytes);
    record.timestampUs = 1_700_000_000e6 + Math.round(at * 1e6);
    features.transform(record, batch.rows, i * batch.width);
    batch.add(features.context, features.counts, i + 1);
  });
  return batch;
}

export function learn(training: readonly Sent[]): Learned {
  const features = new PacketFeatures({ novelty: false });
  for (const { at, frame: bytes } of training) {
    const record = decode(bytes);
    record.timestampUs = 1_700_000_000e6 + Math.round(at * 1e6);
    features.learn(record, 0);
  }
  features.freeze();
  const baseline = new BaselineBuilder(COUNTS.length);
  const batch = batchOf(features, training);
  baseline.observe(batch);
  const state = { ...baseline.state(), evidence: evidenceOf(batch) };
  return JSON.parse(JSON.stringify({ features: features.state(), state }));
}

/** The detector after the frames, whose numbers count from 1. */
export function detect({ features: saved, state }: Learned, sent: readonly Sent[]): Detector {
  const features = new PacketFeatures({ novelty: false }, saved);
  const detector = new Detector({
    schema: features.schema,
    countNames: COUNT_NAMES,
    reference: features.schema.columns.map(() => REFERENCE[0]),
    threshold: THRESHOLD,
    smoothing: RECORD_KINDS.packet.smoothing,
    state,
    sha1,
    newId,
  });
  detector.process(batchOf(features, sent));
  detector.finish();
  return detector;
}
