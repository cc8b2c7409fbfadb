/** What an alarm is called: by the statistic that is least explained, and by those nearly as strong. */
import { isLoginPort, type PatternName } from '../rules/patterns.js';
import type { Entity } from './entity.js';
import type { Part } from './normal.js';
import { ECHO, portOf, protocolOf, TCP } from './services.js';
import { INITIATOR_FAMILY, P, SERVICE_FAMILY, ZONE_FAMILY } from './statistics.js';

/** A part counts for the name when it has half of the strongest one's evidence, and is no everyday thing by itself. */
const SHARE = 0.5;
const LEAST_NATS = 1.5;
const [UDP, ICMP, ICMPV6, ARP] = [17, 1, 58, -1];

interface Named {
  readonly entity: Pick<Entity, 'family' | 'service' | 'stats'>;
  readonly parts: readonly Part[];
}

/** @param protocol of the record that it was found at */
export function nameOf({ entity, parts }: Named, protocol: number): PatternName {
  const [top] = parts;
  const strong = parts.filter(({ nats }) => nats >= Math.max(LEAST_NATS, SHARE * top.nats));
  const has = (...names: string[]): boolean => strong.some(({ statistic }) => names.includes(statistic.name));
  const first = top.statistic.name;
  if (entity.family === INITIATOR_FAMILY) return nameOfReach(first, has, protocol);
  if (entity.family === SERVICE_FAMILY) return has('half_open') ? 'SYN flood' : 'service load';
  if (entity.family === ZONE_FAMILY) return 'DNS tunnel';
  if (entity.service === ECHO) {
    return has('unlike_echoes', 'echo_sizes') || isVolume(top) ? 'ICMP tunnel' : 'ping flood';
  }
  const transport = protocolOf(entity.service);
  const port = portOf(entity.service);
  if (transport !== TCP && transport !== UDP) return 'unusual protocol';
  if (has('reversed', 'commanded')) return 'reversed roles';
  const { stats } = entity;
  if (first === 'failed' || has('failed')) {
    if (port < 0) return 'port scan';
    return stats[P.failed] >= 2 * stats[P.exchanges] && has('connections', 'open_at_once')
      ? 'SYN flood'
      : 'refused connections';
  }
  if (isVolume(top) && first !== 'received') {
    return transport === UDP && stats[P.received] === 0 ? 'UDP flood' : 'large upload';
  }
  if (first === 'open_at_once') return 'held connections';
  if (first === 'same_answers' || (has('exchanges') && has('same_answers'))) return asking(port);
  if (first === 'regularity' || (has('regularity') && has('same_sessions'))) return 'beacon';
  if (first === 'same_sessions' || first === 'connections') return opening(port);
  if (first === 'exchanges') return asking(port);
  if (first === 'received') return 'large download';
  if (first === 'age') return 'long session';
  return 'unusual use';
}

function nameOfReach(first: string, has: (...names: string[]) => boolean, protocol: number): PatternName {
  if (first === 'lookups' || protocol === ARP) return 'ARP sweep';
  if (first === 'ports_of_one' || (has('ports_of_one') && !has('hosts'))) return 'port scan';
  if (first === 'hosts' || has('hosts')) return protocol === ICMP || protocol === ICMPV6 ? 'ping sweep' : 'host sweep';
  return has('failed_services', 'unreachables') ? 'refused connections' : 'port scan';
}

function isVolume({ statistic }: Part): boolean {
  return statistic.kind === 'volume';
}

function asking(port: number): PatternName {
  return isLoginPort(port) ? 'password guessing' : 'request flood';
}

function opening(port: number): PatternName {
  return isLoginPort(port) ? 'password guessing' : 'connection flood';
}
