import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadBundle } from '../../src/model/bundle.js';
import { keyedStates } from '../../src/model/keyed-hashes.js';
import { trained } from '../support/trained.js';

describe('hashes in a bundle', () => {
  it('come back as they were, and are others in each file', async () => {
    const { modelDir } = await trained();
    const { extractorState, detectorState } = await loadBundle(modelDir);
    const states = { extractorState, detectorState };
    const [one, other] = ['0123456789abcdef', '0123456789abcdee'].map((key) => keyedStates(states, key, false));
    expect(keyedStates(one, '0123456789abcdef', true)).toEqual(states);
    const hostsIn = (of: typeof one) =>
      (of.detectorState as { evidence: { relations: { hosts: number[] } } }).evidence.relations.hosts;
    const file = JSON.parse(readFileSync(join(modelDir, 'bundle.json'), 'utf8'));
    for (const [a, b] of [
      [one, other],
      [one, states],
      [file, states],
    ] as const) {
      expect(hostsIn(a)).toHaveLength(hostsIn(b).length);
      expect(hostsIn(a).some((hash) => hostsIn(b).includes(hash))).toBe(false);
    }
  }, 300_000);
});
