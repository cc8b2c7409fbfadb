/** The metrics: valid for Prometheus, with all that dashboard and rules ask for, and the figures that they were given. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Figures, Metrics } from '../../../src/output/listen/metrics.js';
import { folder, has, root } from '../../support/program.js';
import { figures } from './figures.js';

const OPEN =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;q=0.5';

async function textOf(given: Figures | undefined, accept = ''): Promise<string> {
  return (await new Metrics(() => given).text(accept))?.body ?? '';
}

/** Samples by name with labels. */
function samples(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

/** Names of metrics in a text of queries. */
const named = (text: string): string[] => [...new Set(text.match(/\b(?:anomaly|process)_[a-z_]+/g) ?? [])];
const promtool = has('promtool') ? 'promtool' : undefined;

function run(args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, {
    input,
    cwd: join(root, 'service/prometheus'),
    encoding: 'utf8',
  });
  return `${stdout}${stderr}exit ${status}`;
}

describe('the metrics', () => {
  it('say what they were given', async () => {
    const all = samples(await textOf(figures()));
    expect(Object.fromEntries([...all].filter(([name]) => !name.startsWith('process')))).toMatchObject({
      'anomaly_records_total{kind="packet"}': 12_345,
      anomaly_traffic_bytes_total: 9_812_345,
      anomaly_packets_dropped_total: 17,
      'anomaly_incidents_raised_total{severity="low"}': 0,
      'anomaly_incidents_raised_total{severity="high"}': 1,
      'anomaly_incidents_open{severity="high"}': 1,
      anomaly_incidents_suppressed_total: 3,
      'anomaly_incidents_unlisted_total{reason="crowd"}': 0,
      anomaly_last_record_timestamp_seconds: 1_795_543_200.25,
      'anomaly_queue_length{queue="notifications"}': 5,
      'anomaly_notifications_total{result="dropped"}': 2,
      anomaly_model_stale: 1,
      anomaly_score_threshold: 1.9,
      'anomaly_score_bucket{le="0.5"}': 100,
      'anomaly_score_bucket{le="1"}': 100,
      'anomaly_score_bucket{le="1.5"}': 110,
      'anomaly_score_bucket{le="8"}': 110,
      'anomaly_score_bucket{le="+Inf"}': 111,
      anomaly_score_count: 111,
      anomaly_score_sum: 48.5,
    });
    expect(all.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  });

  it('leave out what is not known, and have nothing before there is something', async () => {
    const all = samples(
      await textOf({ ...figures(), dropped: undefined, drift: undefined, waiting: {}, notifications: {} }),
    );
    for (const name of all.keys()) expect(name).not.toMatch(/_dropped|drift|stale|queue|notifications/);
    expect(await textOf(undefined)).toBe('');
  });

  it('tell names from the wire or the command line as text, whatever is in them', async () => {
    const nasty = { ...figures(), sensor: 'a"b\\c\nd} 1\nevil 2' };
    const text = await textOf(nasty);
    expect(text).toContain('sensor="a\\"b\\\\c\\nd} 1\\nevil 2"');
    expect(text.split('\n').some((line) => line.startsWith('evil'))).toBe(false);
  });

  it('grow from scrape to scrape, and are OpenMetrics where that is asked for', async () => {
    let given = figures();
    const metrics = new Metrics(() => given);
    const first = await metrics.text(OPEN);
    expect(first?.contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(first?.body).toMatch(/# TYPE anomaly_records counter\nanomaly_records_total\{kind="packet"\} 12345\n/);
    expect(first?.body).toMatch(/\n# EOF\n$/);
    // within a second it is the same text
    given = { ...given, records: 20_000 };
    expect(await metrics.text(OPEN)).toEqual(first);
    await expect
      .poll(async () => samples((await metrics.text(OPEN))?.body ?? '').get('anomaly_records_total{kind="packet"}'), {
        timeout: 5000,
      })
      .toBe(20_000);
    const plain = await metrics.text('text/plain');
    expect(plain?.body).toContain('# TYPE anomaly_records_total counter\n');
  });

  it('have all that the dashboard, the rules and their test ask for', async () => {
    const text = await textOf(figures());
    const there = new Set([...samples(text).keys()].map((name) => name.replace(/\{.*/, '')));
    const files = [
      'service/grafana/dashboard.json',
      'service/prometheus/rules.yml',
      'service/prometheus/rules-test.yml',
    ];
    for (const file of files) {
      const names = named(readFileSync(join(root, file), 'utf8'));
      expect(names.length, file).toBeGreaterThan(5);
      expect(
        names.filter((name) => !there.has(name)),
        file,
      ).toEqual([]);
    }
    const dashboard = readFileSync(join(root, 'service/grafana/dashboard.json'), 'utf8');
    expect([...there].filter((name) => !dashboard.includes(name))).toEqual([]);
  });

  it('are shown by a dashboard whose panels do not overlap', () => {
    const { panels } = JSON.parse(readFileSync(join(root, 'service/grafana/dashboard.json'), 'utf8')) as {
      panels: { title: string; gridPos: { x: number; y: number; w: number; h: number } }[];
    };
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x} ${y}`), title).toBeUndefined();
          taken.set(`${x} ${y}`, title);
        }
      }
    }
  });
});

describe.runIf(promtool)('promtool', () => {
  it('finds nothing to say about the metrics, which follow the conventions', async () => {
    expect(run(['check', 'metrics'], await textOf(figures()))).toBe('exit 0');
  });

  it('accepts rules and configuration, and the rules do what their test says', () => {
    expect(run(['check', 'rules', 'rules.yml'])).toMatch(/SUCCESS: \d+ rules found\n+exit 0$/);
    expect(run(['check', 'config', 'prometheus.yml'])).toMatch(/exit 0$/);
    const tested = run(['test', 'rules', 'rules-test.yml']);
    expect(tested).toMatch(/SUCCESS\n+exit 0$/);
  });

  it('would find that a rule does something else', () => {
    const rules = readFileSync(join(root, 'service/prometheus/rules-test.yml'), 'utf8');
    expect(rules.match(/alertname: (\w+)/g)?.length).toBeGreaterThan(10);
    const alerts = [...readFileSync(join(root, 'service/prometheus/rules.yml'), 'utf8').matchAll(/- alert: (\w+)/g)];
    for (const [, alert] of alerts) expect(rules, alert).toContain(`alertname: ${alert}\n        exp_alerts:`);
  });

  it('checks every query of the dashboard', () => {
    const text = readFileSync(join(root, 'service/grafana/dashboard.json'), 'utf8');
    const queries = [...text.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(
      ([, json]) => JSON.parse(json as string) as string,
    );
    expect(queries.length).toBeGreaterThan(20);
    const plain = (query: string): string =>
      query.replace(/\$__(?:rate_)?interval/g, '5m').replace(/\$(?:job|instance)/g, '.*');
    const rules = queries.map((query, k) => ({ record: `q${k}`, expr: plain(query) }));
    const file = join(folder(), 'rules.json');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    expect(run(['check', 'rules', file])).toMatch(/exit 0$/);
  });
});

describe.runIf(!promtool)('promtool', () => {
  it.skip('is not asked: there is no promtool here', () => undefined);
});
