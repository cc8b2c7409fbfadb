import { describe, expect, it } from 'vitest';
import type { DetectorEvent } from '../../src/detect/detector-event.js';
import { BEHAVIOUR } from '../../src/detect/evidence/budget.js';
import { ecsLine } from '../../src/report/ecs.js';
import { facts } from '../report/sample.js';
import { CLIENTS, HOST, judge, Made } from './made-traffic.ts';

/** an event, and its document in Elastic's names */
type Told = DetectorEvent & { readonly event: { readonly id: string } };

const STRANGER = '10.0.0.66';
const FAR = '198.51.100.77';
/** Every alarm that evidence makes is wanted here, however often it would be false. */
const EAGER = { alertsPerDay: 1e6 };
const many = (count: number, from: number, every: number, make: (i: number, at: number) => void): void => {
  for (let i = 0; i < count; i++) make(i, from + i * every);
};
const scan = (made: Made, at: number, who = STRANGER): void =>
  many(200, at, 0.1, (i, time) => made.syn(time, who, HOST, 1000 + i, 'refused'));
const guess = (made: Made, at: number): void =>
  many(100, at, 0.5, (_i, time) => made.session(time, STRANGER, HOST, 22, [[900, 1600, 0.2]]));
const beacon = (made: Made, at: number, who: string, to = FAR): void =>
  many(30, at, 5, (_i, time) => made.session(time, who, to, 8443, [[150, 150, 0]]));
const spoof = (made: Made, from: number, count: number, every: number): void =>
  many(count, from, every, (i, at) => made.syn(at, `203.0.${i % 251}.${1 + (i % 199)}`, HOST, 80));
const kindsOf = (made: Made, options = {}): string[] => judge(made, options).incidents.map(({ kind }) => kind);

describe('one event', () => {
  it('of a stranger is one incident, with its steps in order of time', () => {
    const made = new Made();
    scan(made, 3050);
    guess(made, 3100);
    made.session(3180, STRANGER, HOST, 80, [[5e6, 0, 0]]);
    const { incidents } = judge(made, EAGER);
    const own = incidents.filter(({ initiator }) => initiator === STRANGER);
    expect(own).toHaveLength(1);
    expect(own[0]).toMatchObject({ severity: 'high', kind: 'password guessing', servicePort: 22 });
    expect(own[0].steps?.map(({ kind }) => kind)).toEqual(['port scan', 'password guessing', 'large upload']);
    const times = own[0].steps?.map(({ firstUs }) => firstUs / 1e6 - 1_700_000_000) ?? [];
    for (const [i, at] of [3050, 3100, 3180].entries()) expect(Math.abs(times[i] - at)).toBeLessThan(15);
    expect(own[0].reasons.map(({ text }) => text).join('\n')).toMatch(/^port scan: /m);
  });

  it('is not what a known host does with others at other times', () => {
    const made = new Made();
    beacon(made, 3010, CLIENTS[0]);
    made.session(3300, CLIENTS[0], '198.51.100.99', 31_337, [[5e6, 0, 0]]);
    const { incidents } = judge(made, EAGER);
    const own = incidents.filter(({ initiator, kind }) => initiator === CLIENTS[0] && kind !== 'unusual use');
    expect(own.map(({ kind, responder }) => [kind, responder])).toEqual([
      ['beacon', FAR],
      ['large upload', '198.51.100.99'],
    ]);
  });

  it('goes on when the same comes back within a day, and is told once', () => {
    const made = new Made();
    for (const at of [3000, 5000, 9000, 20_000]) beacon(made, at, CLIENTS[0]);
    const { incidents, events } = judge(made, EAGER);
    const own = incidents.filter(({ kind }) => kind === 'beacon');
    expect(own).toMatchObject([{ initiator: CLIENTS[0], again: 3 }]);
    expect(events.filter(({ type, incident }) => type === 'opened' && incident.kind === 'beacon')).toHaveLength(1);
  });
});

describe('what is told of an incident', () => {
  it('is how it stood then, each time with more records', () => {
    const made = new Made();
    scan(made, 3050);
    guess(made, 3100);
    for (const at of [3000, 5000, 9000]) beacon(made, at, CLIENTS[0]);
    const { events } = judge(made, EAGER);
    const lines = events.map((event) => ({ ...event, ...ecsLine(event, facts()) }) as unknown as Told);
    expect(new Set(lines.map(({ type }) => type))).toEqual(new Set(['opened', 'updated', 'closed']));
    for (const { type, atUs, incident } of lines) {
      expect(incident.closed).toBe(type === 'closed');
      expect(incident.lastUs).toBeLessThanOrEqual(atUs);
    }
    expect(new Set(lines.map(({ event }) => event.id)).size).toBe(lines.length);
  });

  it('has the chance of its evidence', () => {
    const made = new Made();
    scan(made, 3050);
    const { incidents } = judge(made);
    const scanned = incidents.find(({ kind }) => kind === 'port scan');
    expect(scanned?.p).toBeLessThan(BEHAVIOUR);
    expect(scanned?.p).toBeGreaterThan(0);
  });
});

describe('a flood of spoofed addresses', () => {
  it.each([
    ['twenty a second', 6000, 0.05, 1],
    ['fifty a second', 15_000, 0.02, 1],
  ])('of %s is one incident at most, and hides no scan, guessing or beacon', (_rate, count, every, floods) => {
    const made = new Made();
    spoof(made, 3005, count, every);
    scan(made, 3050);
    many(100, 3100, 0.5, (_i, at) => made.session(at, '10.0.0.67', HOST, 22, [[900, 1600, 0.2]]));
    beacon(made, 3100, CLIENTS[0]);
    const { incidents, framesOf } = judge(made);
    const alarms = incidents.filter(({ severity }) => severity !== 'notice');
    const others = alarms.map(({ kind }) => kind).filter((kind) => kind !== 'SYN flood');
    expect(others.sort()).toEqual(['beacon', 'password guessing', 'port scan']);
    expect(alarms.length - others.length).toBe(floods);
    for (const incident of alarms) {
      const alone = framesOf(incident).filter(
        ({ from, to }) => from === incident.initiator || to === incident.initiator,
      ).length;
      if (incident.kind !== 'SYN flood') expect(alone / incident.frames.length).toBeGreaterThan(0.9);
      else expect(framesOf(incident).every(({ port }) => port === 80)).toBe(true);
    }
  });
});

it('nothing is raised of a quiet office', () => {
  expect(kindsOf(new Made())).toEqual([]);
});
