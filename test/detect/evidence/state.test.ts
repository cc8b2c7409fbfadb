import { describe, expect, it } from 'vitest';
import { evidenceFrom } from '../../../src/detect/evidence/saved.js';
import { EVIDENCE_VERSION } from '../../../src/detect/evidence/state.js';
import { OFFICE } from '../dealings.js';
import { batchOf, evidenceOf } from '../traffic.js';

const state = JSON.parse(JSON.stringify(evidenceOf(batchOf(OFFICE), 'packet', 2)));

describe('evidence in a model', () => {
  it('is the same after it was saved, with what was asked for', () => {
    expect(evidenceFrom(state)).toEqual(state);
    expect(state.alertsPerDay).toBe(2);
  });

  it.each([
    undefined,
    null,
    7,
    {},
    { ...state, relations: undefined },
    { ...state, alertsPerDay: 0 },
    { ...state, scales: 1e9 },
    { ...state, roles: { ...state.roles, own: 5 } },
    { ...state, roles: { ...state.roles, own: '???' } },
    { ...state, normal: { ...state.normal, groups: { a: { n: 'many', tails: {} } } } },
    { ...state, strata: { ...state.strata, trainingS: 0 } },
    { ...state, classifier: [{ kernel: [1], bias: [1], out: [1], outBias: 0 }] },
    { ...state, classifier: 'none' },
    { ...state, foreign: { a: { n: -1, tails: {} } } },
  ])('is refused in one line where it is damaged (%#)', (damaged) => {
    expect(() => evidenceFrom(damaged)).toThrowError(/^what the model holds as evidence is damaged; train again$/);
  });

  it('of another version is told from a damaged one', () => {
    expect(() => evidenceFrom({ ...state, version: EVIDENCE_VERSION + 1 })).toThrowError(
      /another version of this program/,
    );
  });
});
