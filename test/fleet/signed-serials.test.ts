import {
  chmodSync,
  existsSync,
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
import { Locks } from '../../src/base/lock.js';
import { accept } from '../../src/fleet/signed/accept.js';
import { pack } from '../../src/fleet/signed/envelope.js';
import { Serials } from '../../src/fleet/signed/serials.js';
import { bundleFacts, newKey, sensor, smallFiles, why } from './support/signed.js';

let folder: string;
let path: string;
let n = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-serials-'));
});
beforeEach(() => {
  path = join(folder, `model-${n++}.serials`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const taken = (serial: number, digit = 'a') => ({ serial, sha256: digit.repeat(64) });

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

describe('the highest serials', () => {
  it('are kept over runs, a channel and a kind each, in a private file', async () => {
    const serials = new Serials(path);
    expect(serials.highest('bundle', 'default')).toBeUndefined();
    expect(existsSync(path)).toBe(false);
    await serials.raise('bundle', 'default', taken(12));
    await serials.raise('policy', 'default', taken(3, 'b'));
    await serials.raise('bundle', 'canary', taken(Number.MAX_SAFE_INTEGER, 'c'));
    await serials.raise('bundle', 'default', taken(13, 'd'));
    const later = new Serials(path);
    expect(later.highest('bundle', 'default')).toEqual(taken(13, 'd'));
    expect(later.highest('policy', 'default')).toEqual(taken(3, 'b'));
    expect(later.highest('bundle', 'canary')).toEqual(taken(Number.MAX_SAFE_INTEGER, 'c'));
    expect(later.highest('policy', 'canary')).toBeUndefined();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('only rise, also when another run has raised them', async () => {
    const [one, other] = [new Serials(path), new Serials(path)];
    await one.raise('bundle', 'default', taken(5));
    await other.raise('bundle', 'default', taken(7));
    const before = readFileSync(path);
    for (const lower of [taken(6), taken(7, 'b'), taken(1)])
      expect(await refusal(() => one.raise('bundle', 'default', lower))).toMatchObject({ code: 'CANNOT_CREATE' });
    await one.raise('bundle', 'default', taken(7));
    expect(readFileSync(path).equals(before)).toBe(true);
    // what was refused does not stop the next
    await one.raise('bundle', 'default', taken(8));
    expect(other.highest('bundle', 'default')).toEqual(taken(8));
  });

  it('are raised one after the other within a run', async () => {
    const serials = new Serials(path);
    await Promise.all(
      [1, 2, 3, 4].flatMap((k) => [
        serials.raise('bundle', 'default', taken(k)),
        serials.raise('policy', 'default', taken(k * 10)),
      ]),
    );
    expect(serials.highest('bundle', 'default')).toEqual(taken(4));
    expect(serials.highest('policy', 'default')).toEqual(taken(40));
  });

  it('wait for no other run that holds the file, and stay as they are', async () => {
    const serials = new Serials(path);
    await serials.raise('bundle', 'default', taken(1));
    const locks = Locks.take([path], 'detect');
    expect(await refusal(() => serials.raise('bundle', 'default', taken(2)))).toMatchObject({ code: 'CANNOT_CREATE' });
    locks.release();
    expect(serials.highest('bundle', 'default')).toEqual(taken(1));
  });

  it('never begin anew by themselves: each byte flipped, each cut is damage, with the remedy', async () => {
    const serials = new Serials(path);
    await serials.raise('bundle', 'default', taken(12));
    await serials.raise('policy', 'default', taken(3, 'b'));
    const whole = readFileSync(path);
    const damaged = async (bytes: Buffer | string, where: string) => {
      writeFileSync(path, bytes);
      for (const work of [
        () => serials.highest('bundle', 'default'),
        () => serials.raise('bundle', 'default', taken(99)),
      ]) {
        const { code, message } = await refusal(work);
        expect([code, message], where).toEqual([
          'BAD_DATA',
          expect.stringMatching(/damaged; restore it, or remove it/),
        ]);
      }
      expect(readFileSync(path).equals(Buffer.from(bytes)), where).toBe(true);
    };
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 1 << (at & 7);
      writeFileSync(path, bytes);
      const { code } = await refusal(() => serials.highest('bundle', 'default'));
      expect(code, `byte ${at}`).toBe('BAD_DATA');
      writeFileSync(path, whole.subarray(0, at));
      expect((await refusal(() => serials.highest('policy', 'x'))).code, `cut at ${at}`).toBe('BAD_DATA');
    }
    for (const text of ['', '\n', '{}', 'anomaly serials 1\n', `${whole}\n`, `${whole}${whole}`])
      await damaged(text, text);
    writeFileSync(path, ' '.repeat(70_000));
    expect((await refusal(() => serials.highest('bundle', 'default'))).code).toBe('BAD_DATA');
    rmSync(path);
    expect(serials.highest('bundle', 'default')).toBeUndefined();
  });

  it('are believed only in a file that nobody else can write', async () => {
    const serials = new Serials(path);
    await serials.raise('bundle', 'default', taken(12));
    chmodSync(path, 0o662);
    expect(await refusal(() => serials.highest('bundle', 'default'))).toMatchObject({ code: 'NO_PERMISSION' });
    chmodSync(path, 0o600);
    const link = `${path}.link`;
    symlinkSync(path, link);
    expect(await refusal(() => new Serials(link).highest('bundle', 'default'))).toMatchObject({
      code: 'NO_PERMISSION',
    });
    expect(await refusal(() => new Serials(link).raise('bundle', 'default', taken(13)))).toMatchObject({
      code: 'NO_PERMISSION',
    });
    expect(serials.highest('bundle', 'default')).toEqual(taken(12));
    const nowhere = new Serials(join(folder, 'absent', 'x.serials'));
    expect(await refusal(() => nowhere.raise('bundle', 'default', taken(1)))).toMatchObject({ code: 'CANNOT_CREATE' });
  });

  it('with what is offered: a sequence of the hub, in any order and again and again, only goes up', async () => {
    const { key, text } = newKey();
    const serials = new Serials(path);
    const offered = (serial: number) => pack({ ...bundleFacts, serial }, smallFiles, key);
    const told: string[] = [];
    for (const serial of [2, 2, 1, 5, 3, 5, 4, 6, 2, 6]) {
      const outcome = accept(
        offered(serial),
        sensor('bundle', [text], { highest: serials.highest('bundle', 'default') }),
      );
      told.push(`${serial} ${why(outcome)}`);
      if (outcome.is === 'accepted') await serials.raise('bundle', 'default', outcome.taken);
    }
    expect(told).toEqual([
      ...['2 accepted', '2 known', '1 serial', '5 accepted', '3 serial', '5 known', '4 serial', '6 accepted'],
      ...['2 serial', '6 known'],
    ]);
  });
});
