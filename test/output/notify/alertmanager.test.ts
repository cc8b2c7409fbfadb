/** Debian's own Alertmanager on loopback, as .ci/receivers unpacks it: what it takes, whom it tells, when it is over. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseAddress } from '../../../src/output/notify/address.js';
import { Alerts, type AlertsOptions } from '../../../src/output/notify/alerts.js';
import type { News } from '../../../src/report/notify/news.js';
import { incident } from '../../report/sample.js';
import { root } from '../../support/program.js';
import { type Received, receiver } from './receiver.js';

const SCRIPT = join(root, '.ci/receivers');
/** Its root folder. */
const HOME = execFileSync('bash', [SCRIPT, '--where'], { encoding: 'utf8' }).trim();
const there = existsSync(HOME);
if (!there) console.warn('the test with a real Alertmanager is skipped: bash .ci/receivers gets it');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** Polls until `ready`, 20 s at most. */
async function until<T>(get: () => Promise<T>, ready: (value: T) => boolean): Promise<T> {
  const limit = Date.now() + 20_000;
  for (;;) {
    const value = await get();
    if (ready(value) || Date.now() > limit) return value;
    await sleep(50);
  }
}

interface Alert {
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: { readonly state: string };
}

/** One whose route tells `http://HOST/` at once. */
class Alertmanager {
  private child: ChildProcess | undefined;
  private constructor(
    private readonly port: number,
    /** as it sees it */
    private readonly dir: string,
  ) {}

  static async start(told: string): Promise<Alertmanager> {
    const dir = mkdtempSync(join(HOME, 'tmp/test-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const one = new Alertmanager(await freePort(), join('/tmp', basename(dir)));
    const route = '{ receiver: people, group_by: [incident], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }';
    const people = `[{ name: people, webhook_configs: [{ url: 'http://${told}/', send_resolved: true }] }]`;
    writeFileSync(join(dir, 'config.yml'), `route: ${route}\nreceivers: ${people}\n`);
    onTestFinished(() => one.stop());
    await one.begin();
    return one;
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async begin(): Promise<void> {
    const args = [`--config.file=${join(this.dir, 'config.yml')}`, `--storage.path=${join(this.dir, 'data')}`];
    const listen = [`--web.listen-address=127.0.0.1:${this.port}`, '--cluster.listen-address='];
    this.child = spawn('bash', [SCRIPT, '--run', ...args, ...listen], { stdio: 'ignore' });
    const ready = (): Promise<boolean> =>
      fetch(`${this.address}/-/ready`).then(
        (answer) => answer.ok,
        () => false,
      );
    expect(await until(ready, Boolean)).toBe(true);
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await gone;
  }

  /** Those that are not over. */
  async alerts(): Promise<Alert[]> {
    return (await (await fetch(`${this.address}/api/v2/alerts`)).json()) as Alert[];
  }
}

const UUID = '0193a1f0-0000-7000-8000-000000000007';
const news = (event: News['event'], changes: Parameters<typeof incident>[1] = {}): News => ({
  event,
  incident: incident(7, { uuid: UUID, closed: event === 'closed', ...changes }),
  sensor: 'gateway',
});

describe.runIf(there)('a real Alertmanager', () => {
  let people: Received[];
  let alertmanager: Alertmanager;
  const statuses = (): string[] =>
    people.flatMap(({ body }) =>
      (JSON.parse(body).alerts as { status: string; labels: { severity: string } }[]).map(
        ({ status, labels }) => `${labels.severity} ${status}`,
      ),
    );
  const connect = (options: AlertsOptions = {}, path = ''): Alerts => {
    const alerts = new Alerts('alertmanager', parseAddress(alertmanager.address + path, 'test'), {
      backoffMs: 50,
      pauseMs: 0,
      ...options,
    });
    onTestFinished(() => void alerts.close(0));
    return alerts;
  };
  const delivered = (alerts: Alerts, n: number): Promise<unknown> =>
    until(
      async () => alerts.stats,
      (stats) => stats.delivered >= n,
    );

  const begin = async (): Promise<void> => {
    people = [];
    alertmanager = await Alertmanager.start(await receiver(people));
  };

  it('takes an incident as one alert, which gets worse and is over', async () => {
    await begin();
    let nowMs = Date.now() - 120_000;
    const alerts = connect({ now: () => nowMs });
    alerts.tell(news('opened', { severity: 'low' }));
    await delivered(alerts, 1);
    const [opened, ...none] = await alertmanager.alerts();
    expect(none).toEqual([]);
    expect(opened?.labels).toEqual({ alertname: 'NetworkAnomaly', severity: 'low', sensor: 'gateway', incident: UUID });
    expect(opened?.status.state).toBe('active');
    expect(opened?.annotations.summary).toBe('[LOW] 10.0.0.9 tried 118 ports on 10.0.0.5');
    expect(opened?.annotations.description).toMatch(
      /^who: 10\.0\.0\.9:51532 to 10\.0\.0\.5:22, TCP\nwhat: port scan\n/,
    );
    await until(
      async () => statuses(),
      (list) => list.length === 1,
    );
    expect(statuses()).toEqual(['low firing']);

    nowMs = Date.now() - 60_000;
    alerts.tell(news('worse'));
    await delivered(alerts, 2);
    expect((await alertmanager.alerts()).map(({ labels }) => labels.severity)).toEqual(['high']);

    await until(
      async () => statuses(),
      (list) => list.includes('high firing'),
    );

    nowMs = Date.now();
    alerts.tell(news('closed'));
    await delivered(alerts, 3);
    expect(
      await until(
        () => alertmanager.alerts(),
        (list) => list.length === 0,
      ),
    ).toEqual([]);
    await until(
      async () => statuses(),
      (list) => list.at(-1) === 'high resolved',
    );
    expect(statuses()).toEqual(expect.arrayContaining(['low resolved', 'high firing']));
    expect(statuses().at(-1)).toBe('high resolved');
    expect(await alerts.close()).toBe('');
  });

  it('is told again of what lasts, also after it was started anew', async () => {
    await begin();
    const alerts = connect({ againMs: 100 }, '/api/v2/alerts');
    alerts.tell(news('opened'));
    await delivered(alerts, 3);
    await alertmanager.stop();
    await alertmanager.begin();
    const again = await until(
      () => alertmanager.alerts(),
      (list) => list.length === 1,
    );
    expect(again.map(({ labels }) => labels.incident)).toEqual([UUID]);
    expect(await alerts.close()).toBe('');
  });

  it('tells people of an incident that was over before it could be reached', async () => {
    await begin();
    await alertmanager.stop();
    const alerts = connect();
    alerts.tell(news('opened'));
    await until(
      async () => alerts.stats.waiting,
      (n) => n === 1,
    );
    alerts.tell(news('closed'));
    await alertmanager.begin();
    await until(
      async () => statuses(),
      (list) => list.length >= 1,
    );
    expect(statuses()[0]).toBe('high firing');
    await delivered(alerts, 2);
    const [alert] = await alertmanager.alerts();
    expect(Date.parse(alert?.endsAt ?? '') - Date.now()).toBeLessThanOrEqual(60_000);
    expect(await alerts.close()).toBe('');
  });

  it.each([
    ['of long ago', Date.UTC(1999, 0, 1) * 1000],
    ['of the future', Date.UTC(2199, 0, 1) * 1000],
    ['of no time at all', Number.NaN],
  ])('takes an incident %s', async (_, firstUs) => {
    await begin();
    const alerts = connect();
    alerts.tell(news('opened', { firstUs, lastUs: firstUs }));
    expect(await alerts.close()).toBe('');
    expect(await alertmanager.alerts()).toHaveLength(1);
  });
});
