import { describe, expect, it } from 'vitest';
import { ConnectionFeatures } from '../../src/features/connection/index.js';
import { EXPLORED_CONNECTION } from '../../src/features/explored.js';
import type { FeatureColumn } from '../../src/features/extractor.js';
import { danfoSummary, loadDanfo } from '../../src/output/danfo.js';
import { adviceOf } from '../../src/report/explore/advice.js';
import type { AlarmFacts, ExplorationData } from '../../src/report/explore/data.js';
import { renderExploration, type TrainingView } from '../../src/report/explore/index.js';
import { correlate, histogramOf, partnersOf, quantileOf, summarise } from '../../src/report/explore/summary.js';
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
    const column: FeatureColumn = {
      name: 'x',
      unit: 'ln ports',
      doc: 'ports',
      group: 'window',
      binary: false,
      flag: false,
      plain: Math.expm1,
      plainUnit: 'ports',
    };
    const h = histogramOf(
      column,
      Float64Array.from({ length: 101 }, (_, i) => Math.log1p(i)),
    );
    expect(h.counts.reduce((a, b) => a + b)).toBe(101);
    expect([h.edges[0], h.edges.at(-1)]).toEqual([0, Math.log1p(100)]);
    expect(h.plain.map(Math.round)).toEqual([0, 50, 100]);
    expect(h.yes).toBeCloseTo(100 / 101, 9);
    expect(histogramOf(column, Float64Array.of(3, 3)).constant).toBe(3);
  });

  it('give a correlation of 1 with itself, of -1 with its opposite, and none for a constant', () => {
    const x = Float64Array.of(1, 2, 3, 5);
    const c = correlate(['x', 'y', 'k'], [x, x.map((v) => -2 * v), Float64Array.of(1, 1, 1, 1)]);
    expect(c.values[0]?.[0]).toBeCloseTo(1, 12);
    expect(c.values[0]?.[1]).toBeCloseTo(-1, 12);
    expect(c.values[0]?.[2]).toBeNull();
    expect(partnersOf(c, 0.95)).toEqual([{ name: 'x', partners: [{ name: 'y', r: c.values[0]?.[1] }] }]);
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
    for (const id of ['next', 'promise', 'rows', 'power', 'time', 'top', 'features', 'correlation', 'columns']) {
      expect(page).toContain(`<section id="${id}"`);
    }
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<link|<img|javascript:|url\((?!#)|@import/i);
    expect(page).not.toContain(HOSTILE);
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
    expect(page).toContain('1 feature had one value in all of training and is left out of the net: proto_other.');
    // a picture has words, or stands beside them
    expect(page.match(/<svg /g)?.length).toBe(
      page.match(/<svg [^>]*?(role="img" aria-label="[^"]+"|aria-hidden="true")/g)?.length,
    );
    expect(page.match(/<table/g)?.length).toBe(page.match(/<caption><span>[^<]+/g)?.length);
  });

  it('begins with threshold, promise, what to do and the outermost rows, and ends with the data', () => {
    const page = renderExploration(exploration('packet'));
    const order = [
      '>Threshold<',
      '>False alarms<',
      'id="next"',
      'id="promise"',
      'id="rows"',
      'id="power"',
      'id="columns"',
    ];
    const places = order.map((text) => page.indexOf(text));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
  });

  it('names an outermost row by number, time, who and what stands out', () => {
    const page = renderExploration(exploration('packet'));
    const row = /<tr><th scope="row">9<\/th>.*?<\/tr>/s.exec(page)?.[0] ?? '';
    expect(row).toContain('2023-11-14 22:13:20');
    expect(row).toContain('10.0.0.1 → &lt;img');
    expect(row).toContain('3 of the 200');
    expect(row).toContain('never above 1 min in training');
  });

  it('has a line for each feature that varies, yes or no as a share and numbers as a person counts', () => {
    const data = exploration('packet');
    const page = renderExploration(data);
    const varying = data.histograms.filter(({ constant }) => constant === undefined);
    expect(page.match(/<li><span class="name"/g)?.length).toBe(varying.length);
    expect(page.match(/<svg class="spark"/g)?.length).toBe(varying.filter(({ flag }) => !flag).length);
    expect(/<section id="features".*?<\/section>/s.exec(page)?.[0]).not.toMatch(/0\/1|\bln /);
  });

  it('is still a page without records or model', () => {
    const empty = collect(new ConnectionFeatures({ novelty: false }), EXPLORED_CONNECTION, []).data();
    const page = renderExploration({ ...empty, model: 'default', sources: [], warnings: [] });
    expect(page).toContain('No data.');
  });
});

describe('the advice', () => {
  const data = exploration('packet');
  const with_ = (changes: Partial<ExplorationData>): string => adviceOf({ ...data, ...changes }).join('\n');
  const alarms = data.alarms as AlarmFacts;
  const trainedFor = (trainingS: number, more: Partial<AlarmFacts> = {}): Partial<ExplorationData> => ({
    alarms: { ...alarms, findings: 0, budget: { alertsPerDay: 1, trainingS }, ...more },
  });

  it('comes with what may be an attack in the data first, and then with alarms of the check', () => {
    const [first, second] = adviceOf(data);
    expect(first).toContain('There may be 2 attacks in the training data');
    expect(second).toContain('The check raised 1 alarm in the training data themselves');
    const quiet = { evidence: { ...alarms.evidence, raised: 0 } };
    expect(with_(trainedFor(3600, quiet))).not.toMatch(/There may be|The check raised/);
  });

  it('says how much longer to train, where the budget is not kept or no full day was seen', () => {
    expect(with_(trainedFor(600))).toContain(
      '10 min of packets can promise no more than one in 25 min. Train on 9 h 36 min or more for one a day',
    );
    expect(with_(trainedFor(12 * 3600))).toContain('The budget of one a day is kept, but 12 h have seen no full day');
    expect(with_(trainedFor(7 * 86_400))).not.toMatch(/too short|no full day/);
  });

  it('names constant features, and asks for own addresses where no side is known', () => {
    const training = data.training as TrainingView;
    expect(with_({ training: { ...training, constant: [] } })).not.toContain('one value');
    const sides = with_({ training: { ...training, constant: ['outbound', 'inbound'] } });
    expect(sides).toContain('name its own addresses with --local');
    expect(sides).toContain(
      '2 features had one value in all of training and are left out of the net: outbound, inbound.',
    );
  });

  it('says what attacks it would have missed, or that nobody measured', () => {
    expect(with_({})).toContain('Not raised reliably when woven into its training: ');
    expect(with_({ power: undefined })).toContain('was not measured: train without --power off');
  });
});
