/** What an alarm's evidence says, in words: what was seen, and what training had. */
import { seconds } from '../incidents/figures.js';
import type { Finding } from '../incidents/open-incident.js';
import type { PatternName } from '../rules/patterns.js';
import type { Entity } from './entity.js';
import type { Alarm } from './evidence.js';
import { figureOf, figureWithNoun } from './figure.js';
import { STARTS } from './regularity.js';
import { ECHO, protocolOf, TCP } from './services.js';
import { STATISTICS, type Statistic, windowUs } from './statistics.js';
import type { Part } from './strength.js';

/** A part of less than e to one explains nothing. */
const LEAST_NATS = 1;

/** Whose windows a value is compared with, by the letter of the group. */
const WHOSE: Readonly<Record<string, string>> = {
  o: 'by this client at this service',
  s: 'by any client of this service',
  w: 'by this client at any such service',
  v: 'by any client of such a service',
  c: 'where client and service were as new to each other',
  K: 'by a host that was as new',
  L: 'by this host',
  T: 'at a service that was as new',
  U: 'at this service',
  Y: 'in a DNS zone that was as new',
  X: 'in this DNS zone',
};

/** Words of statistics whose figure does not come first. */
const WORDS: Readonly<Record<string, (figure: string) => string>> = {
  age: (figure) => `a connection in use for ${figure}`,
  name_bytes: (figure) => `${figure} of new names in one DNS zone`,
  longest_name: (figure) => `a name with ${figure} below its DNS zone`,
  half_open: (figure) => `${figure} ${figure === '1' ? 'connection' : 'connections'} left half-open`,
  regularity: (odds) => `so evenly that chance would do it once in ${odds} times`,
};

/** Of different things, which a short window counts once. */
const DISTINCT = new Set([
  'services',
  'hosts',
  'failed_services',
  'lookups',
  'new_services',
  'new_lookups',
  'clients',
  'names',
  'echo_sizes',
]);

/** @param before what was found in its step, of which there may be more now */
export function findingsOf(alarm: Alarm, pattern: PatternName, before: ReadonlyMap<string, Finding>): Finding[] {
  const { entity, parts, scale, certain, usual, stats } = alarm;
  const window = seconds(windowUs(scale) / 1e6);
  const grown = STATISTICS[entity.family].flatMap((statistic, j): Part[] => {
    const nats = before.get(statistic.name)?.nats;
    return nats === undefined || parts.some((part) => part.statistic === statistic)
      ? []
      : [{ statistic, value: stats[j], nats }];
  });
  return [...parts, ...grown]
    .filter(({ nats }) => nats >= LEAST_NATS)
    .map(({ statistic, value, nats }) => {
      const { most, letter } = usual(statistic);
      // longer windows are sums of short ones
      const anew = scale > 0 && DISTINCT.has(statistic.name) ? ', counted anew each minute' : '';
      const within = statistic.largest ? '' : ` within ${window}${anew}`;
      const text = `${seen(entity, statistic, value)}${within}; ${trained(statistic, value, most, WHOSE[letter] ?? 'by anybody')}`;
      return { name: statistic.name, value, normal: most, floor: statistic.floor, pattern, nats, certain, text };
    });
}

function seen(entity: Entity, statistic: Statistic, value: number): string {
  const { name } = statistic;
  const what = unitOf(entity.service);
  const words =
    WORDS[name]?.(figureOf(statistic, value)) ?? figureWithNoun(statistic, value).replace(/connection(?=s?\b)/, what);
  return name === 'regularity' ? `calls every ${seconds(intervalOf(entity))}, ${words}` : words;
}

/** One of what is opened: only TCP has connections. */
function unitOf(service: number): string {
  if (service === ECHO) return 'echo request';
  return service === 0 || protocolOf(service) === TCP ? 'connection' : 'flow';
}

/** s between the openings that regularity was worked out from, on average */
function intervalOf({ starts, opened }: Entity): number {
  const known = starts?.subarray(0, Math.min(opened, STARTS)) ?? [];
  return (Math.max(...known) - Math.min(...known)) / Math.max(1, known.length - 1);
}

function trained(statistic: Statistic, value: number, most: number, whose: string): string {
  if (statistic.name === 'regularity') {
    if (most <= statistic.floor) return `none were even ${whose} in training`;
    return value > most ? `none were as even ${whose} in training` : `few were as even ${whose} in training`;
  }
  if (most <= 0) return `none ${whose} in training`;
  return `${value > most ? '' : 'rare, with '}at most ${figureOf(statistic, most)} ${whose} in training`;
}
