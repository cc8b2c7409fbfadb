/** What an alarm is called, by what stands out and by who called whom. */
import { describe, expect, it } from 'vitest';
import { nameOf } from '../../../src/detect/evidence/naming.js';
import { NEIGHBOUR, OFF_LINK, OWN } from '../../../src/detect/evidence/roles.js';
import { serviceOf, TCP } from '../../../src/detect/evidence/services.js';
import { P, PAIR_FAMILY, STATISTICS } from '../../../src/detect/evidence/statistics.js';

type Values = Readonly<Record<string, number>>;

/** @param nats of each statistic that stands out, @param values of the window, @param most that training had of each */
function named(nats: Values, values: Values, most: Values = {}, from = OFF_LINK, to = OWN, port = 2222): string {
  const stats = new Float64Array(STATISTICS[PAIR_FAMILY].length);
  for (const [name, value] of Object.entries(values)) stats[P[name]] = value;
  const parts = Object.entries(nats)
    .map(([name, of]) => ({ nats: of, statistic: STATISTICS[PAIR_FAMILY][P[name]], value: values[name] }))
    .sort((a, b) => b.nats - a.nats);
  const entity = {
    ...{ family: PAIR_FAMILY, service: serviceOf(TCP, port), port, severalPorts: false, pings: 0, failed: 0 },
    ...{ roleOfInitiator: from, roleOfResponder: to },
  };
  const usual = ({ name }: { name: string }) => ({ most: most[name] ?? 0 });
  return nameOf({ entity, parts, stats, scale: 0, ofMany: false, usual });
}

describe('regular calls', () => {
  const regular = { regularity: 7, same_sessions: 5 };
  const values = { connections: 9, regularity: 2000, same_sessions: 8 };

  it('are a beacon where they go out, and where one of the segment calls another', () => {
    expect(named(regular, values, {}, OWN, OFF_LINK)).toBe('beacon');
    expect(named(regular, values, {}, NEIGHBOUR, OWN)).toBe('beacon');
  });

  it('of a stranger at the captured host report to nobody: they are as many calls, or guessing', () => {
    expect(named(regular, values)).toBe('connection flood');
    expect(named(regular, values, {}, OFF_LINK, OWN, 22)).toBe('password guessing');
  });

  it('of a stranger are called neither many nor alike where they are but regular', () => {
    expect(named({ regularity: 7, same_sessions: 1 }, values)).toBe('unusual use');
  });
});

describe('connections that come to nothing', () => {
  const failed = { failed: 10, connections: 3 };

  it('are a flood where they are more than anybody opened in training', () => {
    expect(named(failed, { failed: 120, connections: 120 }, { connections: 30 })).toBe('SYN flood');
  });

  it('are refused where others opened as many, and where nobody is known to have opened any', () => {
    expect(named(failed, { failed: 20, connections: 20 }, { connections: 30 })).toBe('refused connections');
    expect(named(failed, { failed: 20, connections: 20 })).toBe('refused connections');
  });
});
