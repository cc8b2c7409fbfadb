/** detect with everybody who can be told, on the bundled recording: receivers on loopback, a program, the journal's marks. */
import { spawn } from 'node:child_process';
import { chmodSync, closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Received, rawReceiver, receiver } from '../output/notify/receiver.js';
import { bin, folder, sample } from '../support/program.js';
import { type Trained, trained } from '../support/trained.js';

let model: Trained;
beforeAll(async () => {
  model = await trained();
}, 300_000);

/** The command line beside this process, so that receivers here can answer it. Standard error goes to `log`. */
function detect(
  dir: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; log: string; out: string }> {
  const path = join(dir, 'log');
  const log = openSync(path, 'w');
  const { dev, ino } = fstatSync(log, { bigint: true });
  const named = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value?.replace('LOG', `${dev}:${ino}`)]),
  );
  const all = ['detect', '-r', sample('mixed.pcap.gz'), '--model', model.modelDir, '--sensor', 'lab', ...args];
  const child = spawn(process.execPath, [bin, ...all], {
    cwd: dir,
    stdio: ['ignore', 'pipe', log],
    env: { ...process.env, NO_COLOR: '1', ...named },
  });
  closeSync(log);
  let out = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (out += text));
  return new Promise((done) => child.on('close', (code) => done({ code, log: readFileSync(path, 'utf8'), out })));
}

const bodies = (received: readonly Received[]) => received.map(({ body }) => JSON.parse(body));

describe('detect', () => {
  it('tells every receiver of every alarm in its own form, and shows no secret', async () => {
    const dir = folder();
    const got: Record<string, Received[]> = {};
    const host: Record<string, string> = {};
    for (const name of ['webhook', 'slack', 'mattermost', 'teams', 'ntfy', 'alertmanager']) {
      got[name] = [];
      host[name] = await receiver(got[name]);
    }
    writeFileSync(join(dir, 'ntfy'), `http://${host.ntfy}/T0PIC\nAuthorization: Bearer S3CRET\n`, { mode: 0o600 });
    writeFileSync(
      join(dir, 'told'),
      `#!/bin/sh\ntr -d '\\0' < /proc/$PPID/cmdline >> cmdline\nenv >> env\ncat >> lines\n`,
    );
    chmodSync(join(dir, 'told'), 0o700);
    const receivers = [
      `http://${host.webhook}/`,
      'slack',
      'mattermost=env:CHAT',
      'teams',
      'ntfy=@ntfy',
      `alertmanager=http://${host.alertmanager}`,
    ];
    const { code, log, out } = await detect(dir, ['--notify', ...receivers, '--exec', './told', '--out', 'r.jsonl'], {
      ANOMALY_NOTIFY_SLACK: `http://${host.slack}/services/S3CRET`,
      CHAT: `http://${host.mattermost}/hooks/S3CRET`,
      ANOMALY_NOTIFY_TEAMS: `http://${host.teams}/workflows/S3CRET?sig=S3CRET`,
    });
    expect([code, log.match(/notify.*/g)]).toEqual([0, null]);

    const incidents = readFileSync(join(dir, 'r.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const told = incidents.filter(({ alert }) => alert.context.severity !== 'notice');
    const alarms = [...new Set(told.map(({ alert }) => alert.context.number as number))];
    expect(alarms.length).toBeGreaterThan(1);
    const titles = (texts: readonly string[]): number[] =>
      [...new Set(texts.map((text) => Number(/#(\d+) /.exec(text)?.[1])))].sort((a, b) => a - b);
    expect([...new Set(bodies(got.webhook ?? []).map(({ alert }) => alert.context.number))].sort()).toEqual(alarms);
    expect(got.slack?.every(({ path }) => path === '/services/S3CRET')).toBe(true);
    expect(got.teams?.every(({ path }) => path === '/workflows/S3CRET?sig=S3CRET')).toBe(true);
    expect(got.ntfy?.every(({ path, headers }) => path === '/T0PIC' && headers.authorization === 'Bearer S3CRET')).toBe(
      true,
    );
    expect(got.alertmanager?.every(({ path }) => path === '/api/v2/alerts')).toBe(true);
    for (const name of ['slack', 'mattermost', 'teams', 'ntfy', 'alertmanager']) {
      expect(titles((got[name] ?? []).map(({ body }) => body.replaceAll('\\', ''))), name).toEqual(alarms);
      expect(
        got[name]?.every(({ body }) => body.includes('lab')),
        name,
      ).toBe(true);
    }

    const lines = readFileSync(join(dir, 'lines'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([...new Set(lines.map(({ alert }) => alert.context.number))].sort()).toEqual(alarms);
    expect(log).toMatch(new RegExp(`^exec told: ${lines.length} runs; exit code 0 ${lines.length} times$`, 'm'));
    const env = readFileSync(join(dir, 'env'), 'utf8');
    expect(env.match(/^ANOMALY_EVENT=opened$/gm)).toHaveLength(alarms.length);
    // what was in the environment of anomaly is in nobody else's
    expect(out + log + env + readFileSync(join(dir, 'cmdline'), 'utf8')).not.toMatch(/S3CRET|T0PIC/);
  }, 120_000);

  it('tells from the severity on that is asked for', async () => {
    const got: Received[] = [];
    const all: Received[] = [];
    const dir = folder();
    const host = await receiver(got);
    await detect(dir, ['--notify', `http://${host}/`, '--notify-from', 'high', '--out', 'r.jsonl']);
    await detect(dir, ['--notify', `http://${await receiver(all)}/`, '--notify-from', 'notice', '--out', 'all.jsonl']);
    const severities = (list: Received[]): string[] => bodies(list).map(({ alert }) => alert.context.severity);
    expect(new Set(severities(got))).toEqual(new Set(['high']));
    const count = (list: Received[]): number => new Set(bodies(list).map(({ alert }) => alert.context.number)).size;
    const lines = readFileSync(join(dir, 'all.jsonl'), 'utf8').trim().split('\n');
    expect(count(all)).toBe(count(lines.map((body) => ({ body, headers: {}, path: '' }))));
  }, 120_000);

  it('ends with its summary whatever a receiver answers, also with 101', async () => {
    const dir = folder();
    const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n';
    const host = await rawReceiver((socket) => socket.write(upgrade));
    const { code, log } = await detect(dir, ['--notify', `http://${host}/`, '--out', 'r.txt']);
    expect(code).toBe(0);
    const lines = log.trim().split('\n');
    expect(lines.filter((line) => line.includes('was refused'))).toEqual([
      expect.stringMatching(/^warning: notify webhook \S+: incident \d+ was refused: answered 101 Switching Protocols/),
    ]);
    expect(log).toMatch(/^warning: notify webhook \S+: 0 delivered, \d+ refused; last problem: answered 101/m);
    expect(lines.at(-1)).toBe('written: r.txt');
  }, 60_000);

  it('marks lines with their priorities where they go to the journal, and nowhere else', async () => {
    const dir = folder();
    const args = ['--notify', 'http://127.0.0.1:1/', '--out', 'r.txt'];
    const { log } = await detect(dir, args, { JOURNAL_STREAM: 'LOG' });
    expect(
      log
        .trim()
        .split('\n')
        .every((line) => /^<[0-7]>\S/.test(line)),
    ).toBe(true);
    expect(log).toMatch(/^<6>model model /m);
    expect(log).toMatch(/^<6>written: r\.txt$/m);
    expect(log).toMatch(/^<4>warning: notify webhook 127\.0\.0\.1:1: ECONNREFUSED; incidents wait/m);
    const elsewhere = await detect(dir, args, { JOURNAL_STREAM: '1:2' });
    expect(elsewhere.log).not.toMatch(/^</m);
    const { code, log: error } = await detect(dir, ['--notify', 'nobody'], { JOURNAL_STREAM: 'LOG' });
    expect([code, error]).toEqual([2, expect.stringMatching(/^<3>anomaly: --notify: one of [^\n]*\n$/)]);
  }, 120_000);
});
