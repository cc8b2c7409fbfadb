import { describe, it } from 'vitest';
import { PacketFeatures } from '../../src/features/packet/index.ts';
import { compare } from './compare.ts';
import { Oracle } from './oracle.ts';
import { traffic } from './traffic.ts';

/** float32 against float64, and one decay computed as a power of another */
const CLOSE = 2e-5;

describe('packet features against a slow and obvious implementation', () => {
  it.each([1, 2, 3])('are equal on synthetic traffic, vocabularies empty (seed %i)', (seed) => {
    const features = new PacketFeatures({ novelty: true });
    features.freeze();
    compare(features, new Oracle(), traffic(seed, 900), () => -1, CLOSE);
  });

  it('are equal with learned vocabularies, at detection and with the own time block left out', () => {
    const training = traffic(11, 900);
    const block = (at: number) => Math.floor((at * 5) / training.length);
    for (const rows of [training, traffic(12, 600)]) {
      const features = new PacketFeatures({ novelty: true });
      const learner = new Oracle();
      training.forEach((record, at) => {
        features.learn(record, block(at));
        learner.learn(record, block(at));
      });
      features.freeze();
      compare(features, new Oracle(learner), rows, rows === training ? block : () => -1, CLOSE);
    }
  });
});
