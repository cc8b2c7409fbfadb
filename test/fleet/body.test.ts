/** What leaves a sensor fits the contract, is an EVE line, and says what was cut. */
import { describe, expect, it } from 'vitest';
import type { Reason } from '../../src/detect/incident.js';
import { type Heartbeat, type IncidentBody, MOST_BYTES, MOST_FRAMES, recordIdText } from '../../src/fleet/contract.js';
import { gapBody, heartbeatBody, incidentBody } from '../../src/fleet/sensor/body.js';
import { EVENTS_PER_MINUTE, Pace } from '../../src/fleet/sensor/pace.js';
import { facts, incident } from '../report/sample.js';
import { eveProblems } from '../support/eve.js';
import { heartbeat } from '../support/fleet.js';

const id = { sensor: 'gate-1', spool: '0123456789abcdef', lane: 'inc', seq: 7 };
const teller = { sensor: 'gate-1', site: 'hq', who: facts() };
const parsed = (bytes: Uint8Array): IncidentBody => JSON.parse(Buffer.from(bytes).toString('utf8'));
const told = (changes = {}, type: 'opened' | 'updated' | 'closed' = 'opened'): IncidentBody =>
  parsed(incidentBody({ type, incident: incident(1, changes), atUs: 1e15 }, id, teller, 1_800_000_000_000));

describe('what a sensor tells', () => {
  it('is a line of EVE with who says it', () => {
    const body = told();
    const { fleet, ...line } = body;
    expect(eveProblems(line)).toEqual([]);
    expect(fleet).toEqual({
      ...{ v: 1, id: recordIdText(id), sensor: 'gate-1', site: 'hq', run: facts().run, event: 'opened' },
      ...{ model: facts().model.id, t: 1_800_000_000_000, cut: ['frames'] },
    });
    expect(body.alert.context.frames).toHaveLength(MOST_FRAMES);
  });

  it('calls what grew changed, and names no list that is whole', () => {
    expect(told({ frames: [1, 2] }, 'updated').fleet).toMatchObject({ event: 'changed' });
    expect(told({ frames: [1, 2] }).fleet).not.toHaveProperty('cut');
  });

  it('fits, whatever an incident drags along, and keeps what says most', () => {
    const [reason] = incident(1).reasons as [Reason];
    const long = {
      others: Array.from({ length: 100 }, (_, k) => `2001:db8:aaaa:bbbb:cccc:dddd:eeee:${k.toString(16)}`),
      uids: Array.from({ length: 200 }, (_, k) => `CmES5u32sYpV7JYN${k}`),
      reasons: Array.from({ length: 10 }, (_, k) => ({ ...reason, text: `${k} ${'x'.repeat(400)}` })),
    };
    const bytes = incidentBody({ type: 'opened', incident: incident(1, long), atUs: 1e15 }, id, teller, 1);
    expect(bytes.length).toBeLessThanOrEqual(MOST_BYTES.incident);
    const { alert, fleet } = parsed(bytes);
    expect(fleet.cut).toEqual(['frames', 'uids', 'others']);
    expect(alert.context.reasons).toHaveLength(10);
  });

  it('stands for what was dropped', () => {
    const by = { sensor: 'gate-1', site: 'hq', run: '' };
    expect(parsed(gapBody(id, 9, 'rate', by, 5))).toEqual({
      gap: { from: 7, to: 9, why: 'rate' },
      fleet: { v: 1, id: recordIdText(id), sensor: 'gate-1', site: 'hq', run: '', t: 5 },
    });
  });
});

describe('the pace', () => {
  it('lets a minute’s events go at once, and then one a second', () => {
    const pace = new Pace(0, EVENTS_PER_MINUTE);
    const taken = (nowMs: number): number => Array.from({ length: 100 }, () => pace.take(nowMs)).filter(Boolean).length;
    expect(taken(0)).toBe(60);
    expect(taken(1500)).toBe(1);
    expect(taken(2000)).toBe(1);
    expect(taken(1e9)).toBe(60);
  });
});

describe('a heartbeat', () => {
  it('is as it was, where it fits', () => {
    expect(parsed(heartbeatBody(heartbeat()))).toEqual(heartbeat());
  });

  it.each(['x', '模', '"', '😀'])('fits whatever people and servers name things: %s', (letter) => {
    const long = letter.repeat(4000);
    const bytes = heartbeatBody(
      heartbeat({
        ...{ sensor: 's'.repeat(63), site: 's'.repeat(63), refused: long, ended: true, records: 2 ** 53 - 1 },
        model: { id: '0123456789abcdef', name: long, state: 'local' },
      }),
    );
    expect(bytes.length).toBeLessThanOrEqual(MOST_BYTES.heartbeat);
    const { refused, model } = JSON.parse(Buffer.from(bytes).toString()) as Heartbeat;
    for (const text of [refused, model.name]) expect(text).toMatch(new RegExp(`^(${letter}){8,}$`));
  });
});
