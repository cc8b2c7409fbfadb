/** What an alarm is called: by the statistic that is least explained, and by those nearly as strong. */
import { isLoginPort, type PatternName } from '../rules/patterns.js';
import type { Entity } from './entity.js';
import type { Usual } from './normal.js';
import { OFF_LINK, OWN } from './roles.js';
import { ECHO, protocolOf, TCP } from './services.js';
import {
  I,
  INITIATOR_FAMILY,
  P,
  PAIR_FAMILY,
  S,
  SERVICE_FAMILY,
  STATISTICS,
  type Statistic,
  WINDOW_FACTOR,
  ZONE_FAMILY,
} from './statistics.js';
import type { Part } from './strength.js';

/** A part counts for the name when it has half of the strongest one's evidence, and is no everyday thing by itself. */
const SHARE = 0.5;
const LEAST_NATS = 1.5;
/** Two may be a service and its stand-in; three are tried one after another. */
const SEVERAL = 3;
const UDP = 17;

type Has = (...names: string[]) => boolean;

/** What is to be named: whose window, what stands out of it, and all of its values. */
export interface Named {
  readonly entity: Pick<
    Entity,
    'family' | 'service' | 'port' | 'severalPorts' | 'pings' | 'failed' | 'roleOfInitiator' | 'roleOfResponder'
  >;
  readonly parts: readonly Part[];
  readonly scale: number;
  readonly stats: Float64Array;
  /** no single client makes most of it */
  readonly ofMany: boolean;
  /** what training had of a statistic */
  readonly usual: (statistic: Statistic) => Pick<Usual, 'most'>;
}

export function nameOf(alarm: Named): PatternName {
  const { entity, parts } = alarm;
  const [top] = parts;
  const strong = parts.filter(({ nats }) => nats >= Math.max(LEAST_NATS, SHARE * top.nats));
  const has: Has = (...names) => strong.some(({ statistic }) => names.includes(statistic.name));
  switch (entity.family) {
    case INITIATOR_FAMILY:
      return nameOfReach(alarm, has);
    case SERVICE_FAMILY:
      return nameOfLoad(alarm);
    case ZONE_FAMILY:
      return 'DNS tunnel';
    default:
      return nameOfUse(alarm, has);
  }
}

/** Of what one initiator does with everybody. */
function nameOfReach(alarm: Named, has: Has): PatternName {
  const { entity, parts, scale } = alarm;
  // in longer windows hosts are counted anew each minute, ports are those of the busiest minute
  const [hosts, ports] = [beyond(alarm, I.hosts) / WINDOW_FACTOR ** scale, beyond(alarm, I.ports_of_one)];
  // that it is new says nothing of what it is
  const top = parts.find(({ statistic }) => statistic.kind !== 'news') ?? parts[0];
  if (top.statistic.name === 'lookups' || top.statistic.name === 'new_lookups') return 'ARP sweep';
  if (Math.max(hosts, ports) < SEVERAL)
    return has('failed_services', 'unreachables') ? 'refused connections' : 'unusual use';
  if (ports >= hosts) return 'port scan';
  return 2 * entity.pings > hosts ? 'ping sweep' : 'host sweep';
}

/** Of what befalls a service. */
function nameOfLoad({ entity, ofMany, stats }: Named): PatternName {
  if (!ofMany && entity.severalPorts) return 'port scan';
  const nothing = Math.max(entity.failed, stats[S.half_open]);
  const transport = protocolOf(entity.service);
  if (2 * nothing > stats[S.received_connections] && transport === TCP) return 'SYN flood';
  if (2 * nothing > stats[S.received_connections] && transport === UDP && !ofMany) return 'UDP flood';
  return ofMany ? 'service load' : opening(entity.port);
}

/** Of what one initiator does with one service. */
function nameOfUse(alarm: Named, has: Has): PatternName {
  const { entity, parts, stats } = alarm;
  // how many packets there were says nothing of what they were for
  const [top] = parts;
  const specific = parts.find(({ statistic, nats }) => statistic.name !== 'packets' && nats >= SHARE * top.nats) ?? top;
  const { kind, name: first } = specific.statistic;
  const transport = protocolOf(entity.service);
  const port = entity.severalPorts ? -1 : entity.port;
  if (entity.service === ECHO) {
    if (has('unlike_echoes', 'echo_sizes')) return 'ICMP tunnel';
    if (top.statistic.kind === 'number') return 'ping flood';
    return kind === 'volume' ? 'ICMP tunnel' : first === 'regularity' ? 'beacon' : 'unusual use';
  }
  if (transport !== TCP && transport !== UDP) return 'unusual protocol';
  if (has('reversed', 'commanded')) return 'reversed roles';
  if (has('failed')) {
    if (entity.severalPorts) return 'port scan';
    const flood = has('connections', 'open_at_once') || outnumbersCalls(alarm);
    return flood && stats[P.failed] >= 2 * stats[P.exchanges] && transport === TCP
      ? 'SYN flood'
      : 'refused connections';
  }
  if (transport === UDP && stats[P.received] === 0 && kind === 'number') return 'UDP flood';
  if (first === 'open_at_once' || (top.statistic.name === 'packets' && holdsOpen(alarm))) return 'held connections';
  if (kind === 'volume' && first !== 'received') {
    if (transport === UDP && stats[P.received] === 0) return 'UDP flood';
    if (stats[P.sent] > stats[P.received]) return 'large upload';
  }
  if (first === 'same_answers' || (has('exchanges') && has('same_answers'))) return asking(port);
  if (first === 'regularity' || (has('regularity') && has('same_sessions'))) {
    if (!isCalledIn(alarm)) return 'beacon';
    return has('connections', 'same_sessions') ? opening(port) : 'unusual use';
  }
  if (first === 'same_sessions' || first === 'connections') return opening(port);
  if (first === 'exchanges') return asking(port);
  if (first === 'received') return 'large download';
  return first === 'age' ? 'long session' : 'unusual use';
}

/** A stranger's calls to the captured host: a program that reports to somebody calls outwards. */
function isCalledIn({ entity }: Named): boolean {
  return entity.roleOfInitiator === OFF_LINK && entity.roleOfResponder === OWN;
}

/** More of its connections came to nothing than anybody alike opened at all, so that they are no look for what is there. */
function outnumbersCalls({ stats, usual }: Named): boolean {
  const { most } = usual(STATISTICS[PAIR_FAMILY][P.connections]);
  return most > 0 && stats[P.failed] > most;
}

/** Most of its connections are open at once, and more than ever. */
function holdsOpen(alarm: Named): boolean {
  const open = beyond(alarm, P.open_at_once);
  return open >= SEVERAL && 2 * open > alarm.stats[P.connections];
}

/** A value above all that training had, else 0. */
function beyond({ entity, stats, usual }: Named, statistic: number): number {
  return stats[statistic] > usual(STATISTICS[entity.family][statistic]).most ? stats[statistic] : 0;
}

function asking(port: number): PatternName {
  return isLoginPort(port) ? 'password guessing' : 'request flood';
}

function opening(port: number): PatternName {
  return isLoginPort(port) ? 'password guessing' : 'connection flood';
}
