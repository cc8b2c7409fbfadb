import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AnomalyError } from '../../../src/base/errors.js';
import { PRESET_NAMES } from '../../../src/output/notify/presets.js';
import { nameReceiver, readReceivers } from '../../../src/output/notify/receiver-words.js';
import { folder } from '../../support/program.js';

type Env = Record<string, string | undefined>;

function read(word: string, env: Env = {}) {
  const [receiver] = readReceivers([nameReceiver(word)], env);
  return { preset: receiver?.preset, url: receiver?.address.url.href, headers: receiver?.address.headers };
}

function refusal(word: string, env: Env = {}): AnomalyError {
  try {
    read(word, env);
  } catch (error) {
    if (error instanceof AnomalyError) return error;
    throw error;
  }
  throw new Error(`${word} was accepted`);
}

function file(text: string, mode = 0o600): string {
  const path = join(folder(), 'address');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const SLACK = 'https://hooks.slack.com/services/T0/B0/xyzzy';

describe('a receiver', () => {
  it.each([
    ['https://example.org/in', 'webhook', 'https://example.org/in'],
    ['webhook=http://127.0.0.1:8080/', 'webhook', 'http://127.0.0.1:8080/'],
    ['ntfy=https://ntfy.example/alerts', 'ntfy', 'https://ntfy.example/alerts'],
    ['alertmanager=http://[::1]:9093', 'alertmanager', 'http://[::1]:9093/'],
  ])('is named with its address: %s', (word, preset, url) => {
    expect(read(word)).toEqual({ preset, url, headers: {} });
  });

  it('has its address and headers in a file', () => {
    const path = file('# of the team\n\nhttps://ntfy.example/alerts\r\nAuthorization: Bearer tk_1 \nX-Email: a@b.c\n');
    expect(read(`ntfy=@${path}`)).toEqual({
      preset: 'ntfy',
      url: 'https://ntfy.example/alerts',
      headers: { authorization: 'Bearer tk_1', 'x-email': 'a@b.c' },
    });
  });

  it.each(PRESET_NAMES)('%s alone has it in a variable of its own, which nobody inherits', (preset) => {
    const name = `ANOMALY_NOTIFY_${preset.toUpperCase()}`;
    const env: Env = { [name]: `${SLACK}\nX-A: b`, OTHER: '1' };
    expect(read(preset, env)).toEqual({ preset, url: SLACK, headers: { 'x-a': 'b' } });
    expect(env).toEqual({ OTHER: '1' });
  });

  it('has it in a variable that is named, also two of one kind', () => {
    const env: Env = { TEAM: SLACK, NIGHT: `${SLACK}2` };
    const receivers = readReceivers(
      ['slack=env:TEAM', 'slack=env:NIGHT', 'mattermost=env:TEAM'].map(nameReceiver),
      env,
    );
    expect(receivers.map(({ preset, address }) => `${preset} ${address.url.href}`)).toEqual([
      `slack ${SLACK}`,
      `slack ${SLACK}2`,
      `mattermost ${SLACK}`,
    ]);
    expect(env).toEqual({});
  });

  it("has it in a credential of systemd's, whose folder nobody else can enter", () => {
    const dir = folder();
    writeFileSync(join(dir, 'notify-teams'), 'https://teams.example/x\n', { mode: 0o444 });
    expect(read('teams', { CREDENTIALS_DIRECTORY: dir }).url).toBe('https://teams.example/x');
    expect(refusal('slack', { CREDENTIALS_DIRECTORY: dir }).message).toMatch(/no address/);
  });

  it('has user and password of an address in a header', () => {
    const { url, headers } = read(`webhook=@${file('https://me:p%40ss@example.org/in')}`);
    expect(url).toBe('https://example.org/in');
    expect(headers).toEqual({ authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}` });
  });
});

describe('what is wrong with a receiver', () => {
  it.each([
    [
      'ftp://x',
      '--notify: one of webhook, slack, mattermost, teams, ntfy, alertmanager, or an http address, expected, not "ftp://x"',
    ],
    [
      'Slack',
      '--notify: one of webhook, slack, mattermost, teams, ntfy, alertmanager, or an http address, expected, not "Slack"',
    ],
    ['ntfy=ntfy.sh/topic', '--notify: an http or https address, @FILE or env:NAME expected, not "ntfy.sh/topic"'],
    [
      'slack',
      '--notify slack: no address; write it into a file of yours and give --notify slack=@FILE, or set ANOMALY_NOTIFY_SLACK (systemd: LoadCredential=notify-slack:FILE)',
    ],
    ['slack=env:NOT_THERE', '--notify: the environment has no NOT_THERE'],
  ])('%s is told in one line', (word, message) => {
    expect(refusal(word)).toMatchObject({ code: 'USAGE', message });
  });

  it("is told of a file that is absent, everybody's, too long, empty, or holds something else", () => {
    expect(refusal('slack=@/no/such/file')).toMatchObject({ code: 'NO_INPUT', message: '/no/such/file: no such file' });
    const open = file(SLACK, 0o644);
    expect(refusal(`slack=@${open}`).message).toBe(
      `--notify: everybody can read ${open}, which holds a secret; chmod 600 ${open}`,
    );
    expect(read(`slack=@${file(SLACK, 0o640)}`).url).toBe(SLACK);
    expect(refusal(`slack=@${file(`${SLACK}\nx: ${'y'.repeat(20_000)}`)}`).message).toMatch(
      /has more than 16384 bytes/,
    );
    expect(refusal(`slack=@${file('\n# nothing\n')}`).message).toMatch(/is empty/);
  });

  it.each([
    ['T0KENT0KEN', /its first line is no http or https address$/],
    ['https://x.example/\nT0KENT0KEN', /header 1 is none; write it as in "Authorization: Bearer TOKEN"$/],
    ['https://x.example/\nX-A: b\nX-B: T0KEN\u0001T0KEN', /header 2 is none/],
    ['https://x.example/T0KENT0KEN\nContent-Length: 7', /the header Content-Length is set by anomaly; leave it out$/],
  ])('never repeats a secret: %j', (text, message) => {
    const error = refusal(`webhook=@${file(text)}`);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('T0KEN');
    expect(refusal('webhook=env:X', { X: text }).message).toMatch(message);
  });

  it.each([
    [`slack=${SLACK}`, 'what lets everybody post there'],
    ['mattermost=https://chat.example/hooks/abc', 'what lets everybody post there'],
    ['teams=https://prod-1.logic.example/workflows/1', 'what lets everybody post there'],
    ['https://me:pass@example.org/', 'a user name or password'],
    ['ntfy=https://ntfy.example/t?auth=QmVhcmVy', 'a token in its query'],
    ['webhook=https://example.org/in?apikey=abc', 'a token in its query'],
    ['webhook=https://example.org/in?x=0123456789abcdefgh', 'a token in its query'],
    ['https://example.org/hooks/0193a1f0-0000-7000-8000-000000000007', 'a token in its path'],
  ])('%s is refused on the command line, with the remedy', (word, what) => {
    const { message } = refusal(word);
    const preset = /^(\w+)=/.exec(word)?.[1] ?? 'webhook';
    expect(message).toBe(
      `--notify ${preset}: its address holds ${what}, and everybody here can read command lines; ` +
        `write it into a file of yours (chmod 600) and give --notify ${preset}=@FILE`,
    );
  });

  it('does not show much of what may have been a secret', () => {
    expect(refusal('slak=https://hooks.slack.com/services/T0/B0/xyzzy').message).toMatch(/not "slak=htt…"$/);
    expect(refusal('ntfy=tk_0123456789abcdef0123456789').message).toMatch(/not "tk_01234…"$/);
  });
});
