/** Who asks and who answers, and which messages are counted: from the record alone. */

import type { PacketRecord } from '../../table/record.js';
import { ARP, ICMP, ICMPV6, type Scene, TCP, UDP } from './scene.js';

const FIRST_UNPRIVILEGED = 1024;
const ICMP_NUMBER = 1;
const ICMPV6_NUMBER = 58;

/** ICMP: echo reply, unreachable, time exceeded, parameter problem, timestamp reply. */
const ICMP_ANSWERS = new Uint8Array(256);
for (const type of [0, 3, 11, 12, 14]) ICMP_ANSWERS[type] = 1;
/** ICMPv6: errors (below 128), echo reply, neighbour advertisement. */
const ICMPV6_ANSWERS = new Uint8Array(256).fill(1, 0, 128);
for (const type of [129, 136]) ICMPV6_ANSWERS[type] = 1;

/** ICMP tells its own role: true when this message is an answer. */
export function isAnswer(record: PacketRecord, scene: Scene): boolean {
  const answers = scene.protocol === ICMP ? ICMP_ANSWERS : ICMPV6_ANSWERS;
  return record.icmpType >= 0 && answers[record.icmpType] === 1;
}

/** True when the destination, not the source, seems to have asked: a guess, for a flow whose beginning was not seen. */
export function seemsAnswer({ protocol, sourcePort, destinationPort, synAck }: Scene): boolean {
  if (sourcePort < 0) return false;
  if (synAck) return true;
  if (sourcePort < FIRST_UNPRIVILEGED) return destinationPort >= FIRST_UNPRIVILEGED;
  // two high ports: TCP clients take the higher one; with UDP nothing tells, the first speaker asks
  return protocol === TCP && destinationPort >= FIRST_UNPRIVILEGED && sourcePort < destinationPort;
}

export function isUnreachable(record: PacketRecord, scene: Scene): boolean {
  return isUnreachableType(numberOf(scene), record.icmpType);
}

/** The same by IP protocol number and type. */
export function isUnreachableType(protocol: number, type: number): boolean {
  return (protocol === ICMP_NUMBER && type === 3) || (protocol === ICMPV6_NUMBER && type === 1);
}

function numberOf({ protocol }: Scene): number {
  return protocol === ICMP ? ICMP_NUMBER : protocol === ICMPV6 ? ICMPV6_NUMBER : -1;
}

export function isNeighbourSolicitation(protocol: number, type: number): boolean {
  return protocol === ICMPV6_NUMBER && type === 135;
}

/** Echo or timestamp request. */
export function isEchoRequest(record: PacketRecord, scene: Scene): boolean {
  return isEchoRequestType(numberOf(scene), record.icmpType);
}

/** The same by IP protocol number and type. */
export function isEchoRequestType(protocol: number, type: number): boolean {
  if (protocol === ICMP_NUMBER) return type === 8 || type === 13;
  return protocol === ICMPV6_NUMBER && type === 128;
}

/** Echo or timestamp reply, by IP protocol number and type. */
export function isEchoReplyType(protocol: number, type: number): boolean {
  if (protocol === ICMP_NUMBER) return type === 0 || type === 14;
  return protocol === ICMPV6_NUMBER && type === 129;
}

/** ARP request or neighbour solicitation. */
export function isLookup(record: PacketRecord, scene: Scene): boolean {
  return scene.protocol === ARP ? record.arpOpcode === 1 : isNeighbourSolicitation(numberOf(scene), record.icmpType);
}

/** What routers alone send, and DHCP servers, which routers often are: router advertisements, redirects, answers of DHCP. */
export function isOfRouters(record: PacketRecord, { protocol, sourcePort, destinationPort }: Scene): boolean {
  if (protocol === ICMPV6) return record.icmpType === 134 || record.icmpType === 137;
  if (protocol === ICMP) return record.icmpType === 5;
  if (protocol !== UDP) return false;
  return (sourcePort === 67 && destinationPort === 68) || (sourcePort === 547 && destinationPort === 546);
}
