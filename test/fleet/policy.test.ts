/** The fleet's allow-list from its owner to a sensor: taken, kept, ended, and refused where it is not to be believed. */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { anomaly, folder } from '../support/program.js';
import { Teller, type Telling } from './support/children.js';

interface Fleet {
  readonly dir: string;
  readonly hub: string;
  readonly telling: Telling;
  /** @returns the key that sensors pin */
  readonly publish: (entries: object[], key?: string) => string;
}

function fleet(): Fleet {
  const dir = folder();
  const hub = join(dir, 'hub');
  const publish = (entries: object[], key = 'key.pem'): string => {
    writeFileSync(join(dir, 'allow.json'), JSON.stringify(entries));
    const where = ['--hub', pathToFileURL(hub).href, '--user', 'root'];
    const { code, stderr } = anomaly(['train', ...where, '--sign', key, '--keep-net', '--allow', 'allow.json'], {
      cwd: dir,
    });
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^published at .*hub: allow-list \d+ of channel default, /m),
    ]);
    return /--hub-trust=(\S{43})$/m.exec(stderr)?.[1] ?? '';
  };
  const times = { lookMs: 200, soonMs: 50 };
  const telling = { hub, name: 'gate-1', spool: join(dir, 'spool'), count: 0, everyMs: 1, stays: true, times };
  return { dir, hub, telling, publish };
}

const SCANNER = { initiator: '198.51.100.7', reason: 'port scan', comment: 'ours' };

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition() && waited < 20_000; waited += 50) await sleep(50);
}

/** What is in force, one after the other. */
const inForce = (sensor: Teller): unknown[] =>
  sensor.stdout.split('\n').flatMap((line) => (line.startsWith('allowed ') ? [JSON.parse(line.slice(8))] : []));

describe('an allow-list of the fleet', () => {
  it('is taken while a sensor runs, changed, and in force from the next start on without a hub', async () => {
    const { hub, telling, publish } = fleet();
    const key = publish([SCANNER]);
    const sensor = new Teller({ ...telling, trust: [key] });
    await until(() => inForce(sensor).length > 0);
    expect(inForce(sensor)).toEqual([
      [{ ...SCANNER, comment: expect.stringMatching(/^fleet policy \d+ of default: ours$/) }],
    ]);
    publish([SCANNER, { port: 9000 }]);
    await until(() => inForce(sensor).length > 1);
    expect(inForce(sensor)[1]).toMatchObject([{ initiator: '198.51.100.7' }, { port: 9000 }]);
    await sensor.end('SIGKILL');
    rmSync(hub, { recursive: true });
    const alone = new Teller({ ...telling, trust: [key] });
    await until(() => inForce(alone).length > 0);
    expect(inForce(alone)).toHaveLength(1);
    expect(inForce(alone)[0]).toMatchObject([{ initiator: '198.51.100.7' }, { port: 9000 }]);
    await alone.end('SIGTERM');
  });

  it('is not taken without a pinned key, by another one, or by a hub that goes back', async () => {
    const { dir, hub, telling, publish } = fleet();
    const key = publish([SCANNER]);
    cpSync(hub, join(dir, 'earlier'), { recursive: true });
    publish([]);
    const sensor = new Teller({ ...telling, trust: [key] });
    await until(() => inForce(sensor).length > 0);
    expect(inForce(sensor)).toEqual([[]]);
    await sensor.end('SIGTERM');
    rmSync(hub, { recursive: true });
    cpSync(join(dir, 'earlier'), hub, { recursive: true });
    const other = new Teller({ ...telling, trust: [key] });
    await until(() => other.stderr.includes('is older than'));
    expect(other.stderr).toMatch(/^warning: fleet: not taken from the hub: policy \d+ of default: is older than \d+/m);
    await other.end('SIGTERM');
    publish([SCANNER], 'thief.pem');
    const third = new Teller({ ...telling, trust: [key] });
    await until(() => third.stderr.includes('not taken'));
    expect(third.stderr).toMatch(/^warning: fleet: not taken from the hub: a policy for default: .*key/m);
    // the one before stays
    expect(inForce(third)).toEqual([[]]);
    await third.end('SIGTERM');
    const trusting = new Teller({ ...telling, spool: join(dir, 'second'), trust: [] });
    await sleep(600);
    expect(inForce(trusting)).toEqual([]);
    await trusting.end('SIGTERM');
  });

  it('that is damaged on the disk is not in force, says so, and is taken from the hub anew', async () => {
    const { dir, telling, publish } = fleet();
    const key = publish([SCANNER]);
    const sensor = new Teller({ ...telling, trust: [key] });
    await until(() => inForce(sensor).length > 0);
    await sensor.end('SIGTERM');
    const kept = join(dir, 'spool.model.fleet-policy-default');
    expect(existsSync(kept)).toBe(true);
    const bytes = readFileSync(kept);
    bytes[bytes.length - 3] ^= 1;
    writeFileSync(kept, bytes);
    const alone = new Teller({ ...telling, hub: join(dir, 'away'), trust: [key] });
    await until(() => alone.stderr.includes('not in force'));
    expect(alone.stderr).toMatch(
      /^warning: fleet: not in force, from .*spool\.model\.fleet-policy-default: .*its policy\.json is not the one that was signed$/m,
    );
    await alone.end('SIGTERM');
    expect(inForce(alone)).toEqual([]);
    // the hub has it still
    const mended = new Teller({ ...telling, trust: [key] });
    await until(() => inForce(mended).length > 0);
    await mended.end('SIGTERM');
    const next = new Teller({ ...telling, hub: join(dir, 'away'), trust: [key] });
    await until(() => inForce(next).length > 0);
    await next.end('SIGTERM');
    expect(inForce(next)).toEqual(inForce(mended));
  });
});

describe('publishing', () => {
  it('refuses in one line what sensors would refuse, a key that others can read, and what lacks its parts', () => {
    const dir = folder();
    const at = (...args: string[]): [number | null, string] => {
      const { code, stderr } = anomaly(['train', '--user', 'root', ...args], { cwd: dir });
      return [code, stderr];
    };
    const hub = ['--hub', pathToFileURL(join(dir, 'hub')).href, '--keep-net'];
    expect(at(...hub, '--allow', 'a.json')).toEqual([
      2,
      'anomaly: --keep-net wants --sign: it publishes an allow-list, signed, at a hub\n',
    ]);
    writeFileSync(join(dir, 'a.json'), '[{"reason":"no such kind"}]');
    expect(at(...hub, '--sign', 'k.pem', '--allow', 'a.json')[0]).toBe(65);
    expect(existsSync(join(dir, 'k.pem'))).toBe(false);
    writeFileSync(join(dir, 'a.json'), '[]');
    writeFileSync(join(dir, 'k.pem'), 'x', { mode: 0o644 });
    expect(at(...hub, '--sign', 'k.pem', '--allow', 'a.json')).toEqual([
      77,
      expect.stringMatching(/^anomaly: k\.pem: is open to others, and holds a secret; chmod 600 k\.pem$/m),
    ]);
  });
});
