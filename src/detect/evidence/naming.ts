/** What an alarm is called: by the statistic that is least explained, and by those nearly as strong. */
import { isLoginPort, type PatternName } from '../rules/patterns.js';
import type { Entity } from './entity.js';
import type { Part } from './normal.js';
import { ECHO, protocolOf, TCP } from './services.js';
import { I, INITIATOR_FAMILY, P, S, SERVICE_FAMILY, ZONE_FAMILY } from './statistics.js';

/** A part counts for the name when it has half of the strongest one's evidence, and is no everyday thing by itself. */
const SHARE = 0.5;
const LEAST_NATS = 1.5;
/** Two may be a service and its stand-in; three are tried one after another. */
const SEVERAL = 3;
const UDP = 17;

type Has = (...names: string[]) => boolean;

/** What is to be named: whose window, what stands out of it, and all of its values. */
export interface Named {
  readonly entity: Pick<Entity, 'family' | 'service' | 'port' | 'severalPorts' | 'pings' | 'failed'>;
  readonly parts: readonly Part[];
  readonly stats: Float64Array;
  /** no single client makes most of it */
  readonly ofMany: boolean;
}

export function nameOf(alarm: Named): PatternName {
  const { entity, parts } = alarm;
  const [top] = parts;
  const strong = parts.filter(({ nats }) => nats >= Math.max(LEAST_NATS, SHARE * top.nats));
  const has: Has = (...names) => strong.some(({ statistic }) => names.includes(statistic.name));
  switch (entity.family) {
    case INITIATOR_FAMILY:
      return nameOfReach(alarm);
    case SERVICE_FAMILY:
      return nameOfLoad(alarm);
    case ZONE_FAMILY:
      return 'DNS tunnel';
    default:
      return nameOfUse(alarm, has);
  }
}

/** Of what one initiator does with everybody. */
function nameOfReach({ entity, parts, stats }: Named): PatternName {
  const [hosts, ports] = [stats[I.hosts], stats[I.ports_of_one]];
  if (parts[0].statistic.name === 'lookups') return 'ARP sweep';
  if (Math.max(hosts, ports) < SEVERAL) return 'refused connections';
  if (ports >= hosts) return 'port scan';
  return 2 * entity.pings > hosts ? 'ping sweep' : 'host sweep';
}

/** Of what befalls a service. */
function nameOfLoad({ entity, ofMany, stats }: Named): PatternName {
  if (!ofMany && entity.severalPorts) return 'port scan';
  const nothing = Math.max(entity.failed, stats[S.half_open]);
  if (2 * nothing > stats[S.received_connections] && protocolOf(entity.service) === TCP) return 'SYN flood';
  return ofMany ? 'service load' : opening(entity.port);
}

/** Of what one initiator does with one service. */
function nameOfUse({ entity, parts, stats }: Named, has: Has): PatternName {
  const { kind, name: first } = parts[0].statistic;
  const transport = protocolOf(entity.service);
  const port = entity.severalPorts ? -1 : entity.port;
  if (entity.service === ECHO) {
    if (kind === 'role' || kind === 'volume') return 'ICMP tunnel';
    return kind === 'number' ? 'ping flood' : first === 'regularity' ? 'beacon' : 'unusual use';
  }
  if (transport !== TCP && transport !== UDP) return 'unusual protocol';
  if (has('reversed', 'commanded')) return 'reversed roles';
  if (has('failed')) {
    if (entity.severalPorts) return 'port scan';
    const flood = stats[P.failed] >= 2 * stats[P.exchanges] && has('connections', 'open_at_once');
    return flood && transport === TCP ? 'SYN flood' : 'refused connections';
  }
  if (kind === 'volume' && first !== 'received') {
    if (transport === UDP && stats[P.received] === 0) return 'UDP flood';
    if (stats[P.sent] > stats[P.received]) return 'large upload';
  }
  if (first === 'open_at_once') return 'held connections';
  if (first === 'same_answers' || (has('exchanges') && has('same_answers'))) return asking(port);
  if (first === 'regularity' || (has('regularity') && has('same_sessions'))) return 'beacon';
  if (first === 'same_sessions' || first === 'connections') return opening(port);
  if (first === 'exchanges') return asking(port);
  if (first === 'received') return 'large download';
  return first === 'age' ? 'long session' : 'unusual use';
}

function asking(port: number): PatternName {
  return isLoginPort(port) ? 'password guessing' : 'request flood';
}

function opening(port: number): PatternName {
  return isLoginPort(port) ? 'password guessing' : 'connection flood';
}
