/** Figures made by hand. */
import type { Figures } from '../../../src/output/listen/metrics.js';
import { facts } from '../../report/sample.js';

export function figures(): Figures {
  const { version, sensor, run, model } = facts();
  return {
    ...{ version, sensor, run, model },
    kind: 'packet',
    records: 12_345,
    bytes: 9_812_345,
    rate: 311,
    dropped: 17,
    gaps: 1,
    lastUs: 1_795_543_200_250_000,
    flagged: 230,
    unjudged: 2,
    unscored: 1,
    raised: { notice: 4, low: 0, medium: 2, high: 1 },
    open: { notice: 1, low: 0, medium: 0, high: 1 },
    unlisted: { crowd: 0, room: 0 },
    suppressed: { records: 40, incidents: 3 },
    // a hundred below .5, ten in [1, 1.1), one beyond all bounds
    scores: {
      counts: Array.from({ length: 81 }, (_, k) => (k === 2 ? 100 : k === 10 ? 10 : k === 80 ? 1 : 0)),
      step: 0.1,
      sum: 48.5,
    },
    threshold: 1.9,
    drift: { scoreIndex: 0.31, features: 12, stale: true },
    waiting: { notifications: 5, packets: 800 },
    notifications: { delivered: 9, refused: 1, dropped: 2 },
  };
}
