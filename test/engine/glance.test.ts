/** Looking into a run while it goes on, as a live page does: it tells the same as the end, and changes nothing. */
import { describe, expect, it } from 'vitest';
import { openSource } from '../../src/engine/source.js';
import { Watch } from '../../src/engine/watch.js';
import { loadBundle } from '../../src/model/bundle.js';
import { sample } from '../support/program.js';
import { trained } from '../support/trained.js';

type Seen = { events: string[]; final: string };

/** What a run tells, with a look into it after every batch. */
async function run(look: (watch: Watch<unknown>) => void): Promise<Seen> {
  const { modelDir } = await trained();
  const source = await openSource(sample('mixed.pcap.gz'));
  const watch = await Watch.begin(source.kind, await loadBundle(modelDir));
  const events: string[] = [];
  let final = '';
  try {
    for await (const event of watch.over(await source.open())) {
      if (event.type === 'scored') look(watch);
      else if (event.type === 'summary') final = JSON.stringify(event.report.incidents, without);
      else if ('incident' in event) {
        const { type, worse, renamed, incident } = event;
        events.push(`${type} ${incident.severity} ${worse} ${renamed} ${incident.title}`);
      }
    }
  } finally {
    await watch.close();
    await source.close();
  }
  return { events, final };
}

const without = (key: string, value: unknown): unknown => (key === 'uuid' ? undefined : value);

describe('a look into a run', () => {
  it('changes nothing of what is told: what got worse is told as worse all the same', async () => {
    const unseen = await run(() => undefined);
    const looked = await run((watch) => {
      watch.glance();
      watch.figures();
    });
    const reported = await run((watch) => watch.report());
    expect(unseen.events.some((text) => text.includes('updated high true'))).toBe(true);
    expect(looked).toEqual(unseen);
    expect(reported).toEqual(unseen);
  }, 180_000);

  it('has figures that only grow, and that end as the report does', async () => {
    let before = { records: 0, bytes: 0, flagged: 0, sum: 0, high: 0 };
    let looks = 0;
    await run((watch) => {
      const figures = watch.figures();
      if (!figures) throw new Error('no figures');
      const { records, bytes, flagged, scores, raised, open } = figures;
      const now = { records, bytes, flagged, sum: scores.sum, high: raised.high };
      for (const [name, value] of Object.entries(now)) {
        expect(value, name).toBeGreaterThanOrEqual(before[name as keyof typeof before]);
      }
      before = now;
      looks++;
      expect(Array.from(scores.counts).reduce((a, b) => a + b, 0)).toBe(records);
      const report = watch.glance();
      expect(report?.facts).toMatchObject({ records, bytes, anomalous: flagged });
      const going = report?.incidents.filter(({ closed, severity }) => !closed && severity === 'high').length;
      expect(open.high).toBe(going);
    });
    expect(looks).toBeGreaterThan(50);
    expect(before.high).toBe(3);
    expect(before.records).toBe(62_937);
  }, 120_000);
});
