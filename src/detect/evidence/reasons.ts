/** What an alarm's evidence says, in words: what was seen, and what training had. */
import { seconds } from '../incidents/figures.js';
import type { Finding } from '../incidents/open-incident.js';
import type { PatternName } from '../rules/patterns.js';
import type { Alarm } from './evidence.js';
import { figureOf } from './figure.js';
import { windowUs } from './statistics.js';

/** A part of less than e to one explains nothing. */
const LEAST_NATS = 1;

/** Whose windows a value is measured by, by the letter of the group. */
const WHOSE: Readonly<Record<string, string>> = {
  o: 'of this client at this service',
  s: 'of a client of this service',
  w: 'of this client at such services',
  v: 'of a client of such services',
  c: 'of what was as new',
  K: 'of a host as new',
  L: 'of this host',
  T: 'at a service as new',
  U: 'at this service',
  Y: 'in a DNS zone as new',
  X: 'in this DNS zone',
};

export function findingsOf({ parts, scale, certain, usual }: Alarm, pattern: PatternName): Finding[] {
  const time = seconds(windowUs(scale) / 1e6);
  return parts
    .filter(({ nats }) => nats >= LEAST_NATS)
    .map(({ statistic, value, nats }) => {
      const { most, letter } = usual(statistic);
      const whose = WHOSE[letter] ?? 'of anybody';
      const before =
        most > 0 ? `at most ${figureOf(statistic, most)} ${whose} in training` : `none ${whose} in training`;
      const within = statistic.largest ? '' : ` in ${time}`;
      return {
        name: statistic.name,
        value,
        normal: most,
        floor: statistic.floor,
        pattern,
        nats,
        certain,
        text: `${figureOf(statistic, value)} ${statistic.doc}${within}; ${before}`,
      };
    });
}
