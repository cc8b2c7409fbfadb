/** Who asks and who answers, and which messages are counted: from the record alone. */

import type { PacketRecord } from '../../table/record.js';
import { ARP, ICMP, ICMPV6, type Scene, TCP, UDP } from './scene.js';

const FIRST_UNPRIVILEGED = 1024;

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
  return (scene.protocol === ICMP && record.icmpType === 3) || (scene.protocol === ICMPV6 && record.icmpType === 1);
}

/** Echo or timestamp request. */
export function isEchoRequest(record: PacketRecord, scene: Scene): boolean {
  if (scene.protocol === ICMP) return record.icmpType === 8 || record.icmpType === 13;
  return scene.protocol === ICMPV6 && record.icmpType === 128;
}

/** ARP request or neighbour solicitation. */
export function isLookup(record: PacketRecord, scene: Scene): boolean {
  return scene.protocol === ARP ? record.arpOpcode === 1 : scene.protocol === ICMPV6 && record.icmpType === 135;
}

/** What routers alone send, and DHCP servers, which routers often are: router advertisements, redirects, answers of DHCP. */
export function isOfRouters(record: PacketRecord, { protocol, sourcePort, destinationPort }: Scene): boolean {
  if (protocol === ICMPV6) return record.icmpType === 134 || record.icmpType === 137;
  if (protocol === ICMP) return record.icmpType === 5;
  if (protocol !== UDP) return false;
  return (sourcePort === 67 && destinationPort === 68) || (sourcePort === 547 && destinationPort === 546);
}
