import { describe, expect, it } from 'vitest';
import { ConnectionFeatures } from '../../src/features/connection/index.js';
import { EXPLORED_CONNECTION } from '../../src/features/explored.js';
import { danfoSummary, loadDanfo } from '../../src/output/danfo.js';
import { renderExploration } from '../../src/report/explore/index.js';
import { correlate, histogramOf, quantileOf, strongPairs, summarise } from '../../src/report/explore/summary.js';
import { ValueCounts } from '../../src/report/explore/top-values.js';
import { collect, connections, exploration, HOSTILE } from './sample.js';

const danfo = await loadDanfo();
if (!danfo) console.log('summary by danfojs-node: skipped, it does not load here (see anomaly-setup)');

describe('statistics of columns', () => {
  it('are those of pandas, with missing values counted and left out', () => {
    // pandas 1.5: pd.Series([1, 2, nan, 4, 10]).describe()
    const s = summarise('x', 'B', Float64Array.from([10, 1, Number.NaN, 4, 2]));
    expect(s).toMatchObject({ count: 4, missing: 1, mean: 4.25, min: 1, q1: 1.75, median: 3, q3: 5.5, max: 10 });
    expect(s.deviation).toBeCloseTo(4.031129, 6);
  });

  it('of a column without values are unknown, not zero', () => {
    const s = summarise('x', '', Float64Array.from([Number.NaN, Number.NaN]));
    expect([s.count, s.missing, s.mean, s.median]).toEqual([0, 2, Number.NaN, Number.NaN]);
    expect(quantileOf(new Float64Array(0), 0.5)).toBeNaN();
  });

  it.runIf(danfo).each([
    [
      'ordinary values, some missing',
      Array.from({ length: 500 }, (_, i) => (i % 17 === 0 ? Number.NaN : Math.sin(i) * i)),
    ],
    ['bytes of long connections', Array.from({ length: 999 }, (_, i) => (i * 7919) % 4.2e9)],
    ['a constant', [3, 3, 3]],
    ['one value', [5]],
    ['no value', [Number.NaN, Number.NaN]],
  ])('agree with danfojs-node for %s', (_, list) => {
    const values = Float64Array.from(list);
    const own = summarise('x', 's', values);
    const theirs = danfoSummary(danfo as NonNullable<typeof danfo>, 'x', 's', values);
    for (const key of ['count', 'missing', 'mean', 'deviation', 'min', 'q1', 'median', 'q3', 'max'] as const) {
      if (Number.isNaN(own[key])) expect(theirs[key], key).toBeNaN();
      else expect(Math.abs(theirs[key] - own[key]), key).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(own[key])));
    }
  });

  it('hold every value in their histograms, and say so of constant columns', () => {
    const h = histogramOf(
      'x',
      '',
      Float64Array.from({ length: 100 }, (_, i) => i),
    );
    expect(h.counts.reduce((a, b) => a + b)).toBe(100);
    expect([h.edges[0], h.edges.at(-1)]).toEqual([0, 99]);
    expect(histogramOf('x', '', Float64Array.of(3, 3)).constant).toBe(3);
  });

  it('give a correlation of 1 with itself, of -1 with its opposite, and none for a constant', () => {
    const x = Float64Array.of(1, 2, 3, 5);
    const c = correlate(['x', 'y', 'k'], [x, x.map((v) => -2 * v), Float64Array.of(1, 1, 1, 1)]);
    expect(c.values[0]?.[0]).toBeCloseTo(1, 12);
    expect(c.values[0]?.[1]).toBeCloseTo(-1, 12);
    expect(c.values[0]?.[2]).toBeNull();
    expect(strongPairs(c, 0.95).map(({ a, b }) => `${a} ${b}`)).toEqual(['x y']);
  });
});

describe('the collector', () => {
  const rows = connections(5000);
  const build = () => collect(new ConnectionFeatures({ novelty: true }), EXPLORED_CONNECTION, rows, 500);

  it('counts everything exactly, and samples evenly and the same way each time', () => {
    const collector = build();
    const data = collector.data();
    expect([data.records, data.sampled]).toEqual([5000, 500]);
    expect(data.hours.reduce((sum, hour) => sum + hour.records, 0)).toBe(5000);
    expect(data.days.reduce((sum, day) => sum + day.records, 0)).toBe(5000);
    expect(data.days.some((day) => day.records === 0)).toBe(true);
    const numbers = Array.from({ length: 500 }, (_, i) => collector.described(i).record);
    expect(new Set(numbers).size).toBe(500);
    expect(numbers.reduce((a, b) => a + b) / 500).toBeGreaterThan(2200);
    expect(numbers.reduce((a, b) => a + b) / 500).toBeLessThan(2800);
    expect(build().data()).toEqual(data);
  });

  it('counts what is missing', () => {
    const data = build().data();
    const services = data.facets.find((facet) => facet.title === 'Services');
    expect(services?.missing).toBe(rows.filter((r) => r.service.length === 0).length);
    expect(data.fields.find((field) => field.name === 'duration')?.missing).toBeGreaterThan(50);
  });

  it('is bounded in distinct values and says so', () => {
    const counts = new ValueCounts('x');
    for (let i = 0; i < 10_000; i++) counts.add(i);
    counts.add(undefined);
    const top = counts.top(3);
    expect(top.exact).toBe(false);
    expect(top.top.length).toBe(3);
    expect(top.top.reduce((sum, { count }) => sum + count, top.other)).toBe(10_000);
    expect(top.missing).toBe(1);
  });
});

describe('the page', () => {
  it.each(['connection', 'packet'] as const)('of %ss has every section and no way out', (kind) => {
    const page = renderExploration(exploration(kind));
    for (const id of ['power', 'columns', 'correlation', 'histograms', 'time', 'top', 'training', 'rows']) {
      expect(page).toContain(`<section id="${id}"`);
    }
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<link|<img|javascript:|url\((?!#)|@import/i);
    expect(page).not.toContain(HOSTILE);
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
    expect(page).toContain('Dropped, because they are constant');
    expect(page.match(/<svg /g)?.length).toBe(page.match(/<svg class="plot" role="img" aria-label="[^"]+"/g)?.length);
    expect(page.match(/<table/g)?.length).toBe(page.match(/<caption>[^<]+/g)?.length);
  });

  it('is still a page without records or model', () => {
    const empty = collect(new ConnectionFeatures({ novelty: false }), EXPLORED_CONNECTION, []).data();
    const page = renderExploration({ ...empty, model: 'default', sources: [], warnings: [] });
    expect(page).toContain('No data.');
  });
});
