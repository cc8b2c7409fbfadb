/** What `--hub`, `--hub-key` and `--hub-ca` may be, and that no secret is shown or goes over a network in the clear. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { hubKeyFile } from '../../src/base/hub.js';
import { serverAddress } from '../../src/fleet/carriers/hub-address.js';
import { readHubCa, readHubKey } from '../../src/fleet/carriers/hub-key.js';
import { detectOptions, trainOptions } from '../../src/options.js';
import { opened } from '../support/carriers.js';
import { bin, folder, root } from '../support/program.js';

/** of a key that opens nothing */
const SEED = (() => {
  const at = mkdtempSync(join(tmpdir(), 'anomaly-test-'));
  execFileSync(process.execPath, [join(root, 'service/fleet/new-key.mjs'), 'sensor', 'web-1'], { cwd: at });
  const seed = readFileSync(join(at, 'web-1.nk'), 'utf8').trim();
  rmSync(at, { recursive: true });
  return seed;
})();

function keyFile(text = `${SEED}\n`, mode = 0o600): string {
  const path = join(folder(), 'web-1.nk');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('an address', () => {
  it.each([
    ['nats://hub', 'hub', 4222, false, 'nats://hub:4222'],
    ['nats://Hub.Example.net:4000/', 'hub.example.net', 4000, false, 'nats://hub.example.net:4000'],
    ['TLS://192.0.2.1', '192.0.2.1', 4222, true, 'tls://192.0.2.1:4222'],
    ['tls://[2001:DB8::1]:1', '2001:db8::1', 1, true, 'tls://[2001:db8::1]:1'],
  ])('%s', (text, host, port, tls, name) => {
    expect(serverAddress(text)).toEqual({ host, port, tls, name, login: undefined });
  });

  it('has what is secret in it apart', () => {
    expect(serverAddress('nats://a%40b:p%3Aw@hub').login).toEqual({ user: 'a@b', password: 'p:w' });
    expect(serverAddress('nats://t0ken@hub')).toMatchObject({ login: { token: 't0ken' }, name: 'nats://hub:4222' });
  });

  it.each([
    'nats://',
    'nats://a b',
    'nats://h/x',
    'nats://h?x',
    'nats://h#x',
    'nats://h:99999',
    'nats://s3cret:%zz@h',
    'nats://-h',
  ])('%s is none', (text) => {
    let error: unknown;
    try {
      serverAddress(text);
    } catch (cause) {
      error = cause;
    }
    expect(error).toMatchObject({ code: 'USAGE', message: expect.not.stringContaining('s3cret') });
  });

  it.each(['http://hub', 'ws://hub', 'redis://hub', '', 'nats:/hub', '127.0.0.1:4222', 'hub.example.net:4222'])(
    '%s is neither a server nor a folder',
    async (hub) => {
      await expect(opened(hub, 'web-1')).rejects.toMatchObject({ code: 'USAGE' });
    },
  );
});

describe('a secret', () => {
  it.each(['nats://user:s3cret@hub.example', 'nats://s3cret@192.0.2.1', 'nats://s3cret@[2001:db8::1]'])(
    'does not go to another host in the clear: %s',
    async (hub) => {
      for (const sensor of ['web-1', undefined])
        await expect(opened(hub, sensor)).rejects.toMatchObject({
          code: 'USAGE',
          message: expect.stringMatching(/^(?!.*s3cret).*in the clear; use tls:\/\/.*--hub-ca$/),
        });
    },
  );

  it('neither does a key; on this machine it may', async () => {
    const key = keyFile();
    await expect(opened('nats://hub.example', 'web-1', { key })).rejects.toMatchObject({ code: 'USAGE' });
    for (const hub of ['nats://127.0.0.1:1', 'nats://[::1]:1', 'nats://localhost:1', 'tls://127.0.0.1:1'])
      expect((await opened(hub, 'web-1', { key })).connected).toBe(false);
  });

  it('is given once', async () => {
    const sensor = opened('tls://t0ken@127.0.0.1:1', 'web-1', { key: keyFile() });
    await expect(sensor).rejects.toMatchObject({ code: 'USAGE', message: expect.not.stringContaining('t0ken') });
  });

  it('is of no use to a folder', async () => {
    const hub = join(folder(), 'fleet');
    await expect(opened(hub, 'web-1', { key: keyFile() })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(opened(hub, 'web-1', { ca: keyFile() })).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('a key that the service manager hands over', () => {
  const credentials = (...names: string[]): NodeJS.ProcessEnv => {
    const at = folder();
    for (const name of names) writeFileSync(join(at, name), `${SEED}\n`, { mode: 0o440 });
    return { CREDENTIALS_DIRECTORY: at };
  };
  const at = (env: NodeJS.ProcessEnv): string => join(env.CREDENTIALS_DIRECTORY ?? '', 'hub-key');

  it('is taken for a server where none is named', async () => {
    const env = credentials('hub-key', 'other.nk');
    for (const hub of ['tls://hub', 'nats://127.0.0.1:1']) {
      expect(hubKeyFile(hub, undefined, env)).toBe(at(env));
      expect(hubKeyFile(hub, 'other.nk', env)).toBe('other.nk');
      expect(hubKeyFile(hub, undefined, credentials('notify-slack'))).toBeUndefined();
      expect(hubKeyFile(hub, undefined, {})).toBeUndefined();
    }
    // as it is there, with rights of a group
    expect((await readHubKey(at(env), env)).text).toBe(SEED);
  });

  it('is not for a folder, nor beside a login in the address, nor without a hub', () => {
    const env = credentials('hub-key');
    const hubs = ['/srv/fleet', 'file:///srv/fleet', 'tls://t0ken@hub', 'nats://user:s3cret@hub', ''];
    for (const hub of hubs) expect(hubKeyFile(hub, undefined, env)).toBeUndefined();
  });

  it('is meant by sensor, sink and publisher', () => {
    const env = credentials('hub-key');
    vi.stubEnv('CREDENTIALS_DIRECTORY', env.CREDENTIALS_DIRECTORY);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(detectOptions({ hub: 'tls://hub' }).hubKey).toBe(at(env));
    expect(detectOptions({ read: ['tls://hub'] }).hubKey).toBe(at(env));
    expect(trainOptions({ hub: 'tls://hub' }, []).hubKey).toBe(at(env));
    expect(detectOptions({ read: ['a.pcap'] }).hubKey).toBeUndefined();
    expect(detectOptions({ hub: 'tls://hub', hubKey: 'web-1.nk' }).hubKey).toBe('web-1.nk');
  });
});

describe('a key file', () => {
  it('is a seed, with words around it, or credentials', async () => {
    expect(await readHubKey(keyFile(`# web-1\n${SEED}\n`))).toEqual({ kind: 'seed', text: SEED });
    const text = `-----BEGIN NATS USER JWT-----\ne30\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${SEED}\n------END USER NKEY SEED------\n`;
    expect(await readHubKey(keyFile(text))).toEqual({ kind: 'credentials', text });
  });

  it.each([0o640, 0o604, 0o620, 0o666])('that others can read or write is refused: %o', async (mode) => {
    const path = keyFile(undefined, mode);
    const remedy = expect.stringContaining(`chmod 600 ${path}`);
    await expect(readHubKey(path)).rejects.toEqual(
      expect.objectContaining({ code: 'NO_PERMISSION', exitCode: 77, message: remedy }),
    );
    // the service manager's own folder is entered by nobody else
    expect((await readHubKey(path, { CREDENTIALS_DIRECTORY: join(path, '..') })).kind).toBe('seed');
  });

  it.skipIf(process.getuid?.() !== 0)('of somebody else is refused', async () => {
    const path = keyFile();
    chownSync(path, 65_534, 65_534);
    await expect(readHubKey(path)).rejects.toEqual(expect.objectContaining({ code: 'NO_PERMISSION' }));
  });

  it.each(['', 'hello', SEED.replace('SU', 'SA'), SEED.slice(1), `${SEED}A`, 'x'.repeat(100_000)])(
    'that is none is refused (%#)',
    async (text) => {
      await expect(readHubKey(keyFile(text))).rejects.toEqual(expect.objectContaining({ code: 'USAGE' }));
    },
  );

  it('that is damaged is refused before the first connection', async () => {
    const key = keyFile(`${SEED.slice(0, 20)}${SEED[20] === 'A' ? 'B' : 'A'}${SEED.slice(21)}`);
    const message = expect.not.stringContaining(SEED.slice(0, 10));
    await expect(opened('tls://127.0.0.1:1', 'web-1', { key })).rejects.toMatchObject({ code: 'USAGE', message });
  });

  it('that is not there is said', async () => {
    const key = join(folder(), 'none.nk');
    await expect(opened('tls://127.0.0.1:1', 'web-1', { key })).rejects.toMatchObject({ code: 'NO_INPUT' });
  });
});

describe('an authority', () => {
  it('is one or more certificates', async () => {
    const at = folder();
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=x'];
    execFileSync('openssl', [...args, '-keyout', 'k', '-out', 'c'], { cwd: at, stdio: 'ignore' });
    expect(await readHubCa(join(at, 'c'))).toMatch(/^-----BEGIN CERTIFICATE-----\n[\s\S]*-----END CERTIFICATE-----$/);
    await expect(readHubCa(join(at, 'k'))).rejects.toEqual(expect.objectContaining({ code: 'USAGE' }));
    writeFileSync(join(at, 'd'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    await expect(readHubCa(join(at, 'd'))).rejects.toEqual(expect.objectContaining({ code: 'USAGE' }));
    await expect(readHubCa(join(at, 'none'))).rejects.toEqual(expect.objectContaining({ code: 'NO_INPUT' }));
  });
});

describe('NATS’s client', () => {
  /** Modules with `nats` in their path that Node has loaded in the end, of CommonJS and of ours. */
  const WATCH = `
    import { createRequire } from 'node:module';
    const { _cache } = createRequire(import.meta.url)('node:module').Module;
    process.on('exit', () => {
      const all = Object.keys(_cache).filter((path) => path.includes('@nats-io'));
      process.stderr.write('\\nloaded: ' + all.length + '\\n');
    });
  `;
  const loaded = (args: readonly string[]): number => {
    const watch = `data:text/javascript,${encodeURIComponent(WATCH.replace('import.meta.url', JSON.stringify(pathToFileURL(bin).href)))}`;
    const { stderr, status } = spawnSync(process.execPath, ['--import', watch, ...args], {
      cwd: root,
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(status, stderr).toBe(0);
    return Number(/loaded: (\d+)/.exec(stderr)?.[1]);
  };
  const opening = (hub: string): readonly string[] => [
    '--input-type=module',
    '-e',
    `const { openCarrier } = await import(${JSON.stringify(pathToFileURL(join(root, 'dist/fleet/carriers/open.js')).href)});
     const carrier = await openCarrier({ hub: ${JSON.stringify(hub)}, sensor: 'web-1', key: undefined, ca: undefined, note() {} });
     await carrier.close();`,
  ];

  it('is loaded for a server alone', () => {
    expect(loaded([bin, '--help'])).toBe(0);
    expect(loaded(opening(join(folder(), 'fleet')))).toBe(0);
    expect(loaded(opening('nats://127.0.0.1:1'))).toBeGreaterThan(10);
  });
});
