/**
 * The rules of the segment's counts: when a count raises an alarm by itself, the pattern it stands for and its words. Every
 * count of the extractors' table has one.
 */
import type { CountName } from '../../features/counts.js';
import { STRAY_PACKETS } from '../../features/packet/macs.js';
import type { Place } from '../incidents/open-incident.js';
import type { PatternName } from './patterns.js';

/**
 * New MAC addresses in a minute that fill no switch: the smallest remember 1024, each for 300 s (the ageing time of
 * IEEE 802.1Q), so fewer are forgotten as fast as they come.
 */
const SWITCH_TABLE = Math.floor((1024 * 60) / 300);

export interface CountRule {
  /** highest value that never fires, where it is not the general floor: what a harmless newcomer may do in a quiet network */
  readonly floor?: number;
  /** fires above so many times the training maximum, where it is not the general factor */
  readonly factor?: number;
  /** about what did not come back, or came unasked: not where only one direction of the traffic is seen */
  readonly needsBoth?: boolean;
  readonly pattern: PatternName;
  /** seen over many packets already: one record of it is evidence enough */
  readonly conclusive?: boolean;
  /** it is about the sender, whoever asked whom: `i` of its text is his address */
  readonly ofSender?: boolean;
  /** "12 router advertisements in 60 s": i initiator, v value as text, at the sender's place, of rules `ofSender` */
  readonly text: (i: string, v: string, at: Place) => string;
}

export const COUNT_RULES: Readonly<Record<CountName, CountRule>> = {
  mac_conflicts: {
    floor: STRAY_PACKETS,
    conclusive: true,
    pattern: 'ARP spoofing',
    ofSender: true,
    text: (i, v, at) =>
      at.present
        ? `${v} packets of ${i}${through(at)} came from ${at.mac} while its own MAC address, ${at.former}, is still there`
        : `${v} packets of ${i}${through(at)} came from ${at.mac}, which has another address too, and none from ${at.former}`,
  },
  mac_changes: {
    floor: STRAY_PACKETS,
    conclusive: true,
    pattern: 'changed MAC address',
    ofSender: true,
    text: (i, v, at) =>
      `${v} packets of ${i}${through(at)} came from ${at.mac}, and none from ${at.former}, which it had before`,
  },
  macs: {
    floor: SWITCH_TABLE,
    pattern: 'MAC flood',
    text: (_i, v) => `${v} MAC addresses sent on this segment in 60 s`,
  },
};

/** What a router forwards counts as well. */
function through({ router }: Place): string {
  return router ? ', or through it,' : '';
}

/** Undefined where no count has that name. */
export function countRule(name: string): CountRule | undefined {
  return Object.hasOwn(COUNT_RULES, name) ? COUNT_RULES[name as CountName] : undefined;
}
