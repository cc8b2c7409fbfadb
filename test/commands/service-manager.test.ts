/** What a service manager is told. Its own systemd-notify is replaced by a script that keeps what it was given. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceManager, standing, tellFailure } from '../../src/commands/service-manager.js';

describe('a service manager', () => {
  let folder: string;
  let env: Record<string, string>;
  let notes: string[];
  let stuck: string | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'anomaly-manager-'));
    const script = `#!/bin/sh\nfor word; do printf '%s;' "$word" >>${folder}/told; done; echo "$NOTIFY_SOCKET" >>${folder}/told\n`;
    writeFileSync(join(folder, 'systemd-notify'), script, { mode: 0o755 });
    env = { NOTIFY_SOCKET: '/run/here', PATH: folder };
    notes = [];
    stuck = undefined;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const told = (): string[] => {
    const path = join(folder, 'told');
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  };
  const manager = (): ServiceManager =>
    new ServiceManager({ status: () => 'going well', stuck: () => stuck, note: (line) => notes.push(line) }, env);

  it('that does not listen is told nothing, and nothing is started for it', async () => {
    env.NOTIFY_SOCKET = '';
    const silent = manager();
    silent.ready();
    silent.stopping();
    await silent.reload(async () => undefined);
    await silent.end();
    await tellFailure('no model', env);
    expect(told()).toEqual([]);
    expect(notes).toEqual([]);
  });

  it('hears in order that work began, is reloaded, and ends', async () => {
    const one = manager();
    one.ready();
    await one.reload(async () => undefined);
    one.stopping();
    await one.end();
    const [ready, reloading, again, stopping] = told();
    expect(ready).toBe('READY=1;STATUS=going well;/run/here');
    expect(reloading).toMatch(/^RELOADING=1;MONOTONIC_USEC=\d+;/);
    expect(again).toBe(ready);
    expect(stopping).toBe('STOPPING=1;STATUS=stopping: writes what it has;/run/here');
    expect(told()).toHaveLength(4);
    expect(notes).toEqual([]);
  });

  it('hears that a reload is over although it failed', async () => {
    const one = manager();
    const failing = one.reload(() => Promise.reject(new Error('disk full')));
    await expect(failing).rejects.toThrow('disk full');
    await one.end();
    expect(told().at(-1)).toMatch(/^READY=1;/);
  });

  it('gets signs of life three times in the time that it waits for one', async () => {
    env.WATCHDOG_USEC = '300000';
    env.WATCHDOG_PID = String(process.pid);
    const one = manager();
    one.ready();
    await expect.poll(() => told().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(4);
    await one.end();
    for (const line of told()) expect(line).toMatch(/STATUS=going well;WATCHDOG=1;/);
  });

  it("gets none for another process's sake", async () => {
    env.WATCHDOG_USEC = '300000';
    env.WATCHDOG_PID = '1';
    const one = manager();
    one.ready();
    await one.end();
    expect(told()).toEqual(['READY=1;STATUS=going well;/run/here']);
  });

  it('gets none while the work does not go on, but the reason, and the owner gets it once', async () => {
    env.WATCHDOG_USEC = '100000';
    stuck = 'the capture is silent';
    const one = manager();
    one.ready();
    await expect.poll(() => told().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
    stuck = undefined;
    await expect.poll(() => told().at(-1), { timeout: 20_000 }).toContain('WATCHDOG=1');
    await one.end();
    expect(told().slice(0, 3).join()).not.toContain('WATCHDOG');
    expect(told()[1]).toBe('STATUS=stuck: the capture is silent;/run/here');
    expect(notes).toEqual(['no sign of life: the capture is silent']);
  });

  it('that cannot be told is named once, and the work goes on', async () => {
    writeFileSync(join(folder, 'systemd-notify'), '#!/bin/sh\necho "Failed to notify: no \x1b[1mway" >&2; exit 1\n');
    const refused = manager();
    refused.ready();
    refused.stopping();
    await refused.end();
    env.PATH = join(folder, 'nothing');
    const absent = manager();
    absent.ready();
    await absent.end();
    expect(notes).toEqual([
      'warning: the service manager cannot be told how it goes: Failed to notify: no \\u{1b}[1mway',
      'warning: the service manager cannot be told how it goes: there is no systemd-notify on the PATH',
    ]);
  });

  it('cannot end the work by being out of reach, however that shows', async () => {
    const one = new ServiceManager(
      // Node throws this at once
      { status: () => 'a\0b', stuck: () => stuck, note: (line) => notes.push(line) },
      env,
    );
    one.ready();
    await one.end();
    expect(notes).toEqual([expect.stringMatching(/^warning: the service manager cannot be told .* cannot be started/)]);
    await tellFailure('a\0b', env);
  });

  it('hears why a program ends before its time', async () => {
    await tellFailure('models/default: no model there', env);
    expect(told()).toEqual(['STATUS=models/default: no model there;/run/here']);
  });
});

describe('a status', () => {
  it('says where records come from, and why none come', () => {
    expect(standing('eth0', undefined, ['3 packets', '1/s'])).toBe('eth0: 3 packets, 1/s');
    expect(standing('eth0', 'eth0 went down', ['3 packets'])).toBe(
      'eth0: interrupted, eth0 went down; so far 3 packets',
    );
  });
});
