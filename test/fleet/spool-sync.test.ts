/** What is asked of the disk, and when it says that it did not do it. */
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { folder } from '../support/program.js';
import { body, MIB, openSpool } from '../support/spool.js';

const disk = vi.hoisted(() => ({
  asked: [] as string[],
  underWay: 0,
  most: 0,
  fail: false,
  /** the disk answers when this is called */
  answer: undefined as (() => void) | undefined,
  slow: false,
}));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    async open(path: string, flags: number) {
      const handle = await real.open(path, flags);
      const asked = (real: () => Promise<void>) => async () => {
        disk.asked.push(path);
        disk.most = Math.max(disk.most, ++disk.underWay);
        if (disk.slow)
          await new Promise<void>((resolve) => {
            disk.answer = resolve;
          });
        await real();
        disk.underWay--;
        if (disk.fail) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
      };
      return {
        datasync: asked(() => handle.datasync()),
        sync: asked(() => handle.sync()),
        close: () => handle.close(),
      };
    },
  };
});

beforeEach(() => Object.assign(disk, { asked: [], underWay: 0, most: 0, fail: false, answer: undefined, slow: false }));

/** Until the disk has been asked. */
async function asked(): Promise<() => void> {
  for (;;) {
    const { answer } = disk;
    disk.answer = undefined;
    if (answer) return answer;
    await turn();
  }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('the disk', () => {
  it('is asked once for all that was written meanwhile, and never twice at a time', async () => {
    const dir = join(folder(), 'spool');
    const { incidents } = openSpool(dir);
    await incidents.synced();
    disk.asked = [];
    for (let seq = 1; seq <= 1000; seq++) incidents.append(body(seq));
    await incidents.synced();
    const file = join(dir, 'inc/0000000000000001.seg');
    // the first of them at once, all others together
    expect(disk.asked).toEqual([file, file]);
    for (let seq = 1001; seq <= 1020; seq++) {
      incidents.append(body(seq, 100_000));
      await turn();
    }
    await incidents.synced();
    expect(disk.most).toBe(1);
    // two segments and their folder
    expect(new Set(disk.asked).size).toBe(3);
    expect(disk.asked).toContain(join(dir, 'inc'));
    disk.asked = [];
    await incidents.synced();
    expect(disk.asked).toEqual([]);
  });

  it('has what was appended before, when it says so, also when segments and spool are closed meanwhile', async () => {
    const spool = openSpool(join(folder(), 'spool'));
    const { incidents } = spool;
    await incidents.synced();
    disk.slow = true;
    incidents.append(body(1));
    const first = await asked();
    incidents.append(body(2));
    let done = false;
    const synced = incidents.synced().then(() => {
      done = true;
    });
    first();
    const second = await asked();
    // the first request was for the first event only
    expect(done).toBe(false);
    incidents.release(2);
    spool.close();
    disk.slow = false;
    second();
    await synced;
    await incidents.synced();
    expect(disk.underWay).toBe(0);
  });

  it('that fails is told of to who asks, and is asked again; events are appended all the same', async () => {
    const spool = openSpool(join(folder(), 'spool'));
    const { incidents } = spool;
    await incidents.synced();
    disk.fail = true;
    expect(incidents.append(body(1))).toBe(1);
    await expect(incidents.synced()).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringMatching(/0000000000000001\.seg: writing failed \(EIO\)$/),
    });
    expect(incidents.append(body(2, MIB / 2))).toBe(2);
    expect(incidents.append(body(3, MIB / 2))).toBe(3);
    await expect(incidents.synced()).rejects.toThrow(/writing failed/);
    await expect(incidents.synced()).rejects.toThrow(/writing failed/);
    disk.fail = false;
    disk.asked = [];
    await incidents.synced();
    expect(disk.asked.length).toBeGreaterThanOrEqual(2);
  });
});
