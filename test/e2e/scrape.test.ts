/** `detect --listen` as Debian's prometheus scrapes it, on loopback: the target is up, the figures are right, an alert fires. */
import { spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { listening } from '../support/listening.js';
import { anomaly, folder, has, root, sample } from '../support/program.js';
import { trained } from '../support/trained.js';

const SECRET = 'a-secret-of-twenty-four-';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A prometheus with the project's own configuration, but for the target and how often it is asked. */
async function prometheus(target: string, change: (config: string) => string = (config) => config) {
  const dir = folder();
  for (const name of ['prometheus.yml', 'rules.yml']) cpSync(join(root, 'service/prometheus', name), join(dir, name));
  const config = readFileSync(join(dir, 'prometheus.yml'), 'utf8')
    .replace('127.0.0.1:9464', target)
    .replaceAll('15s', '1s');
  writeFileSync(join(dir, 'prometheus.yml'), change(config));
  const port = await freePort();
  const args = [
    `--config.file=${dir}/prometheus.yml`,
    `--storage.tsdb.path=${dir}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn('prometheus', [...args, '--log.level=error'], { cwd: dir, stdio: 'ignore' });
  const gone = new Promise((resolve) => child.on('close', resolve));
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await gone;
  });
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => undefined);
    return answer?.ok
      ? (
          (await answer.json()) as {
            data: {
              result: { value: [number, string] }[];
              alerts: { state: string; labels: Record<string, string> }[];
            };
          }
        ).data
      : undefined;
  };
  return {
    value: async (query: string): Promise<number | undefined> => {
      const [first] = (await get(`query?query=${encodeURIComponent(query)}`))?.result ?? [];
      return first && Number(first.value[1]);
    },
    firing: async (): Promise<string[]> => {
      const alerts = (await get('alerts'))?.alerts ?? [];
      return alerts
        .filter(({ state }) => state === 'firing')
        .map(({ labels }) => `${labels.alertname} ${labels.severity ?? ''}`);
    },
  };
}

beforeAll(() => trained().then(() => undefined), 300_000);

describe.runIf(has('prometheus'))('prometheus', () => {
  it('finds the run up, counts what it counts, and fires while an attack is played', async () => {
    const { url, playTo, child, over } = await listening();
    const { value, firing } = await prometheus(new URL(url).host);
    await expect.poll(() => value('up{job="anomaly"}'), { timeout: 60_000 }).toBe(1);
    expect(await value('anomaly_incidents_raised_total{severity="high"}')).toBe(0);
    expect(await firing()).toEqual([]);
    await playTo(0.5);
    await expect.poll(() => value('sum(anomaly_incidents_open{severity="high"})'), { timeout: 30_000 }).toBe(1);
    await expect.poll(firing, { timeout: 30_000 }).toContain('AnomalyIncident high');
    const examined = async (): Promise<number> =>
      Number(/^anomaly_records_total\{kind="packet"\} (\d+)$/m.exec(await (await fetch(`${url}metrics`)).text())?.[1]);
    const packets = await examined();
    expect(packets).toBeGreaterThan(20_000);
    await expect.poll(() => value('anomaly_records_total'), { timeout: 30_000 }).toBe(packets);
    expect(await value('anomaly_score_count')).toBe(packets);
    expect(await value('anomaly_traffic_bytes_total')).toBeGreaterThan(1e7);
    expect(await value('anomaly_records_flagged_total')).toBeGreaterThan(1000);
    expect(await value('histogram_quantile(0.5, anomaly_score_bucket)')).toBeLessThan(2);
    expect(await value('process_resident_memory_bytes{job="anomaly"}')).toBeGreaterThan(5e7);
    expect(await value('count(anomaly_model_info{name="model",id=~"[0-9a-f]{16}"})')).toBe(1);
    child.kill('SIGINT');
    expect(await over).toBe(0);
    await expect.poll(() => value('up{job="anomaly"}'), { timeout: 30_000 }).toBe(0);
  }, 180_000);

  it('needs the token where there is one, and reads it from a file', async () => {
    const token = join(folder(), 'token');
    writeFileSync(token, `${SECRET}\n`, { mode: 0o600 });
    const { url, stderr } = await listening(['--listen', '127.0.0.1:0', '--listen-token', token]);
    const { host } = new URL(url);
    const without = await prometheus(host);
    const credentials = `    authorization:\n      credentials_file: ${token}\n`;
    const withIt = await prometheus(host, (config) => config + credentials);
    await expect.poll(() => withIt.value('up{job="anomaly"}'), { timeout: 60_000 }).toBe(1);
    await expect.poll(() => without.value('up{job="anomaly"}'), { timeout: 60_000 }).toBe(0);
    expect((await fetch(url)).status).toBe(401);
    const login = await fetch(`${url}login?token=${SECRET}`, { redirect: 'manual' });
    const cookie = login.headers.get('set-cookie')?.split(';')[0] as string;
    expect(await (await fetch(url, { headers: { cookie } })).text()).toContain('<h1>');
    expect(stderr()).not.toContain(SECRET);
  }, 180_000);
});

describe.runIf(!has('prometheus'))('prometheus', () => {
  it.skip('does not scrape: it is not installed here', () => undefined);
});

describe('detect --listen', () => {
  it('is known not to work before anything is read: no token for others, a token that is none, a port in use', async () => {
    const { modelDir } = await trained();
    const cwd = folder();
    const detect = (...more: string[]) =>
      anomaly(['detect', '-r', sample('mixed.pcap.gz'), '--model', modelDir, ...more], { cwd });
    const open = detect('--listen', '0.0.0.0:9464');
    expect(open.stderr).toMatch(
      /^anomaly: --listen 0\.0\.0\.0:9464: other machines could read it; give a token in a file \(--listen-token FILE\) or in ANOMALY_LISTEN_TOKEN, or listen on 127\.0\.0\.1\n$/,
    );
    expect(open.code).toBe(2);
    expect(detect('--listen', '9464', '--listen-token', 'missing')).toMatchObject({
      code: 66,
      stderr: 'anomaly: missing: no such file\n',
    });
    expect(detect('--listen-token', 'x')).toMatchObject({
      code: 2,
      stderr: 'anomaly: --listen-token goes with --listen\n',
    });
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    expect(detect('--listen', String(port))).toMatchObject({
      code: 69,
      stderr: `anomaly: --listen 127.0.0.1:${port}: something listens there already; choose another port\n`,
    });
  });

  it('goes with every input, and says the same as without', async () => {
    const { modelDir } = await trained();
    const cwd = folder();
    const run = (...more: string[]) =>
      anomaly(['detect', '-r', sample('mixed.pcap.gz'), '--model', modelDir, ...more], { cwd });
    const without = run();
    const withIt = run('--listen', '0');
    expect(withIt.code).toBe(0);
    expect(withIt.stdout).toBe(without.stdout);
    expect(withIt.stderr.replace(/^live page: .*\n/m, '')).toBe(without.stderr);
  }, 60_000);
});
