import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AnomalyError } from '../../src/base/errors.js';
import { signingKey, trustedKeys } from '../../src/fleet/signed/keys.js';

let folder: string;
let path: string;
let n = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-keys-'));
});
beforeEach(() => {
  path = join(folder, `key-${n++}.pem`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pem = (): string => String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));

async function refusal(work: () => unknown): Promise<AnomalyError> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(AnomalyError);
    expect((error as AnomalyError).message).toMatch(/^[ -~]+$/);
    return error as AnomalyError;
  }
  throw new Error('was taken');
}

describe('the private key', () => {
  it('is made where there is none, private, and is the same the next time', async () => {
    const made = await signingKey(path);
    expect(made.made).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(made.publicText).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const bytes = readFileSync(path);
    const again = await signingKey(path);
    expect(again).toMatchObject({ made: false, publicText: made.publicText });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    const [pinned] = trustedKeys([again.publicText]);
    const text = Buffer.from('text');
    expect(verify(null, text, pinned!.key, sign(null, text, made.key))).toBe(true);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('is made once by runs at the same time', async () => {
    const runs = await Promise.allSettled(Array.from({ length: 8 }, () => signingKey(path)));
    expect(runs.filter((run) => run.status === 'fulfilled' && run.value.made)).toHaveLength(1);
    const { publicText } = await signingKey(path);
    for (const run of runs)
      if (run.status === 'fulfilled') expect(run.value.publicText).toBe(publicText);
      else expect(['CANNOT_CREATE', 'BAD_DATA']).toContain((run.reason as AnomalyError).code);
  });

  it('is taken with a remark above it, and read-only', async () => {
    writeFileSync(path, `the fleet's key\n${pem()}`, { mode: 0o400 });
    expect((await signingKey(path)).made).toBe(false);
  });

  it('is refused when others may read or write it, with the remedy', async () => {
    writeFileSync(path, pem(), { mode: 0o600 });
    for (const mode of [0o604, 0o640, 0o620, 0o602, 0o644, 0o666, 0o601]) {
      chmodSync(path, mode);
      const { code, message } = await refusal(() => signingKey(path));
      expect(code).toBe('NO_PERMISSION');
      expect(message).toContain(`chmod 600 ${path}`);
    }
  });

  it.runIf(process.geteuid?.() === 0)('is refused when it is of somebody else', async () => {
    writeFileSync(path, pem(), { mode: 0o600 });
    chownSync(path, 65_534, 65_534);
    const { code, message } = await refusal(() => signingKey(path));
    expect([code, message]).toEqual(['NO_PERMISSION', expect.stringContaining('uid 65534')]);
  });

  it('is an ordinary file of one name: no link, folder or pipe', async () => {
    const real = `${path}.real`;
    writeFileSync(real, pem(), { mode: 0o600 });
    symlinkSync(real, path);
    expect(await refusal(() => signingKey(path))).toMatchObject({ code: 'NO_PERMISSION' });
    rmSync(path);
    // one that leads nowhere is not followed to make a key there
    symlinkSync(`${path}.nowhere`, path);
    expect(await refusal(() => signingKey(path))).toMatchObject({ code: 'NO_PERMISSION' });
    expect(existsSync(`${path}.nowhere`)).toBe(false);
    rmSync(path);
    linkSync(real, path);
    expect(await refusal(() => signingKey(path))).toMatchObject({ code: 'NO_PERMISSION' });
    rmSync(path);
    mkdirSync(path);
    expect(await refusal(() => signingKey(path))).toMatchObject({ code: 'NO_PERMISSION' });
    execFileSync('mkfifo', [`${path}.pipe`]);
    expect(await refusal(() => signingKey(`${path}.pipe`))).toMatchObject({ code: 'NO_PERMISSION' });
    expect(await refusal(() => signingKey(join(folder, 'absent', 'key.pem')))).toMatchObject({ code: 'CANNOT_CREATE' });
  });

  it('is of Ed25519, whole and without a password, and no word of it is said', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const whole = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const locked = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const wrong: [string, RegExp][] = [
      ['', /holds no private key/],
      ['nothing of the kind', /holds no private key/],
      [String(publicKey.export({ type: 'spki', format: 'pem' })), /holds no private key/],
      [whole.slice(0, 60), /damaged/],
      [whole.replace(/MC4C/, 'MC4D'), /damaged/],
      [String(locked), /is encrypted/],
      [String(ec.export({ type: 'pkcs8', format: 'pem' })), /of ec, not of Ed25519/],
      [String(ec.export({ type: 'sec1', format: 'pem' })), /holds no private key/],
      [String(generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' })), /of x25519/],
      [`${whole}${'x'.repeat(5000)}`, /more than 4096 bytes/],
    ];
    for (const [text, message] of wrong) {
      writeFileSync(path, text, { mode: 0o600 });
      const error = await refusal(() => signingKey(path));
      expect(error).toMatchObject({ code: 'BAD_DATA', message: expect.stringMatching(message) });
      expect(error.message).not.toContain(whole.split('\n')[1]!.slice(20, 40));
      // never replaced by a new one
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
  });
});

describe('the pinned keys', () => {
  const texts = ['9-CtI0fQ4RYQxvN8nqTg5cUZkYtVYCU1cYNZZXMYXHE', '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'];

  it('are 43 characters each, one or more', () => {
    expect(trustedKeys(texts).map(({ text }) => text)).toEqual(texts);
    expect(trustedKeys([])).toEqual([]);
  });

  it('prove a signature of RFC 8032 (7.1, test 1) right', () => {
    const signature = Buffer.from(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
      'hex',
    );
    expect(verify(null, Buffer.alloc(0), trustedKeys([texts[1]!])[0]!.key, signature)).toBe(true);
  });

  it('are refused in one line that does not repeat them when they are none', async () => {
    const [good] = texts as [string];
    const wrong = ['', good.slice(1), `${good}A`, `${good}=`, ` ${good}`, `${good}\n`, good.replace('-', '+'), pem()];
    // the last character has two bits that are not of the key
    for (const text of [...wrong, `${good.slice(0, -1)}F`, `${good.slice(0, -1)}\u00e9`]) {
      const { code, message } = await refusal(() => trustedKeys([text]));
      expect([code, message]).toEqual(['USAGE', expect.stringMatching(/^--hub-trust: /)]);
      if (text.trim() !== '') expect(message).not.toContain(text.trim().slice(0, 20));
    }
    expect((await refusal(() => trustedKeys([good, 'x']))).message).toMatch(/^--hub-trust \(number 2\): /);
  });

  it('are none by which everybody could sign', async () => {
    const p = 2n ** 255n - 19n;
    // points of order 8, as published for Ed25519
    const eighth = ['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'];
    eighth.push('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
    const low = [0n, 1n, p - 1n, p, p + 1n].map((y) =>
      Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse().toString('hex'),
    );
    for (const hex of [...low, ...eighth])
      for (const sign of [0, 0x80]) {
        const raw = Buffer.from(hex, 'hex');
        raw[31]! |= sign;
        const { message } = await refusal(() => trustedKeys([raw.toString('base64url')]));
        expect(message, hex).toContain('everybody could sign');
      }
    // its neighbours are keys like any other
    for (let k = 0; k < 20; k++)
      expect(trustedKeys([(await signingKey(join(folder, `own-${k}`))).publicText])).toHaveLength(1);
  });
});
