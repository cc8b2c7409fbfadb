/** Who asks and who answers, and which messages are counted: from the record alone. */

import type { PacketRecord } from '../../table/record.js';
import { ARP, ICMP, ICMPV6, type Scene, TCP } from './scene.js';

const FIRST_UNPRIVILEGED = 1024;

/** ICMP: echo reply, unreachable, time exceeded, parameter problem, timestamp reply. */
const ICMP_ANSWERS = new Uint8Array(256);
for (const type of [0, 3, 11, 12, 14]) ICMP_ANSWERS[type] = 1;
/** ICMPv6: errors (below 128), echo reply, neighbour advertisement. */
const ICMPV6_ANSWERS = new Uint8Array(256).fill(1, 0, 128);
for (const type of [129, 136]) ICMPV6_ANSWERS[type] = 1;

/**
 * True when the destination, not the source, is the initiator of a flow that this record opens: it is an answer, whose
 * question was not seen.
 */
export function isAnswer(record: PacketRecord, scene: Scene): boolean {
  switch (scene.protocol) {
    case ICMP:
      return record.icmpType >= 0 && ICMP_ANSWERS[record.icmpType] === 1;
    case ICMPV6:
      return record.icmpType >= 0 && ICMPV6_ANSWERS[record.icmpType] === 1;
    default:
      break;
  }
  const { sourcePort, destinationPort } = scene;
  if (sourcePort < 0 || scene.syn) return false;
  if (scene.synAck) return true;
  if (sourcePort < FIRST_UNPRIVILEGED) return destinationPort >= FIRST_UNPRIVILEGED;
  // two high ports: TCP clients take the higher one; with UDP nothing tells, the first speaker asks
  return scene.protocol === TCP && destinationPort >= FIRST_UNPRIVILEGED && sourcePort < destinationPort;
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
