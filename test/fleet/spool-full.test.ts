/** A spool that is full, and a disk that is. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folder } from '../support/program.js';
import { all, body, MIB, openSpool, text, told } from '../support/spool.js';

/** Three go into a segment. */
const SIZE = 300_000;
const segment = (dir: string, first: number): string => join(dir, 'inc', `${first.toString(16).padStart(16, '0')}.seg`);

describe('a full spool', () => {
  it('gives up its oldest segment for a gap, which grows with the next ones', () => {
    const dir = join(folder(), 'spool');
    let spool = openSpool(dir, 3 * MIB);
    const told3 = (): string => told(spool.incidents.read(1));
    const append = (to: number): void => {
      while (spool.incidents.last < to) spool.incidents.append(body(spool.incidents.last + 1, SIZE));
      expect(spool.bytes).toBeLessThanOrEqual(3 * MIB);
    };
    append(10);
    expect([told3(), spool.incidents.gaps]).toEqual(['1 2 3 4 5 6 7 8 9 10', 0]);
    append(11);
    expect([told3(), spool.incidents.gaps]).toEqual(['[1-3] 4 5 6 7 8 9 10 11', 3]);
    expect(text(all(spool.incidents)[0].payload)).toBe('gap 1-3 inc full');
    append(14);
    expect([told3(), spool.incidents.gaps]).toEqual(['[1-6] 7 8 9 10 11 12 13 14', 6]);
    spool.close();
    spool = openSpool(dir, 3 * MIB);
    expect([spool.before, told3(), spool.incidents.gaps]).toEqual(['', '[1-6] 7 8 9 10 11 12 13 14', 6]);
    append(60);
    expect(told3()).toMatch(/^\[1-\d+\] /);
    expect(told3().match(/\[/g)?.length).toBe(1);
    expect(readdirSync(join(dir, 'inc')).length).toBeLessThanOrEqual(4);
    // not even the newest segment stays where it is the only one
    append(61);
    spool.close();
    spool = openSpool(dir, SIZE + 1000);
    spool.incidents.append(body(62, SIZE));
    expect([told3(), spool.incidents.gaps]).toEqual(['[1-61] 62', 61]);
    expect(() => spool.incidents.append(body(63, SIZE + 2000))).toThrow(/more than the spool may hold/);
    expect(told3()).toBe('[1-61] 62');
    expect(spool.incidents.append(body(63, SIZE))).toBe(63);
    expect(told3()).toBe('[1-62] 63');
  });

  it('counts as lost what the hub has not, and only that', () => {
    const dir = join(folder(), 'spool');
    const { incidents } = openSpool(dir, 3 * MIB);
    for (let seq = 1; seq <= 10; seq++) incidents.append(body(seq, SIZE));
    incidents.release(2);
    incidents.append(body(11, SIZE));
    expect([told(incidents.read(1)), incidents.gaps]).toEqual(['[3-3] 4 5 6 7 8 9 10 11', 1]);
    expect([incidents.first, incidents.released]).toEqual([3, 2]);
    // a gap of the rate's is counted once
    incidents.gap(5, () => Buffer.from('rate'));
    expect(incidents.gaps).toBe(6);
    for (let seq = 17; seq <= 26; seq++) incidents.append(body(seq, SIZE));
    expect([told(incidents.read(1)), incidents.gaps]).toEqual(['[3-17] 18 19 20 21 22 23 24 25 26', 15]);
  });

  it('is read on while what is read goes: the gap comes, and then what is left', () => {
    const { incidents } = openSpool(join(folder(), 'spool'), 3 * MIB);
    for (let seq = 1; seq <= 10; seq++) incidents.append(body(seq, SIZE));
    const reading = incidents.read(1);
    expect(told([reading.next().value as never])).toBe('1');
    incidents.append(body(11, SIZE));
    expect(told(reading)).toBe('[1-3] 4 5 6 7 8 9 10 11');
    const other = incidents.read(5);
    expect(told([other.next().value as never])).toBe('5');
    incidents.release(9);
    expect(told(other)).toBe('10 11');
  });

  it('that was killed at any step has the segment or the gap, and no number twice', () => {
    const place = folder();
    const before = join(place, 'before');
    const spool = openSpool(before, 3 * MIB);
    for (let seq = 1; seq <= 11; seq++) spool.incidents.append(body(seq, SIZE));
    spool.close();
    const after = join(place, 'after');
    cpSync(before, after, { recursive: true });
    const other = openSpool(after, 3 * MIB);
    for (let seq = 12; seq <= 14; seq++) other.incidents.append(body(seq, SIZE));
    other.close();
    const gap = readFileSync(segment(after, 1));
    const [OLD, NEW] = ['[1-3] 4 5 6 7 8 9 10 11', '[1-6] 7 8 9 10 11'];
    const steps: [string, (dir: string) => void, string][] = [
      [
        'the gap is half written aside',
        (dir) => writeFileSync(join(dir, 'inc/.anomaly-9-00112233aabb'), gap.subarray(0, 20)),
        OLD,
      ],
      ['the gap is written aside', (dir) => writeFileSync(join(dir, 'inc/.anomaly-9-00112233aabb'), gap), OLD],
      ['the gap has its name, and what it is for is still there', (dir) => writeFileSync(segment(dir, 1), gap), NEW],
      [
        'all is done',
        (dir) => {
          writeFileSync(segment(dir, 1), gap);
          rmSync(segment(dir, 4));
        },
        NEW,
      ],
    ];
    for (const [what, step, expected] of steps) {
      const dir = join(place, 'step');
      cpSync(before, dir, { recursive: true });
      step(dir);
      const again = openSpool(dir, 3 * MIB);
      expect([what, told(again.incidents.read(1)), again.before]).toEqual([what, expected, '']);
      expect(again.incidents.append(body(12))).toBe(12);
      expect(existsSync(segment(dir, 4))).toBe(expected === OLD);
      expect(readdirSync(join(dir, 'inc')).some((name) => name.startsWith('.'))).toBe(false);
      again.close();
      rmSync(dir, { recursive: true });
    }
  });

  it('whose only segment went was killed after the new one was begun', () => {
    const place = folder();
    const dir = join(place, 'spool');
    const spool = openSpool(dir);
    spool.incidents.append(body(1));
    spool.incidents.append(body(2));
    spool.close();
    writeFileSync(segment(dir, 3), '', { mode: 0o600 });
    const again = openSpool(dir);
    expect([told(again.incidents.read(1)), again.before, again.incidents.append(body(3))]).toEqual(['1 2', '', 3]);
  });
});

/** A file system of its own that goes with the test. */
function smallDisk(kibibytes: number): string {
  const place = join(folder(), 'disk');
  mkdirSync(place);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k,mode=700`, 'tmpfs', place]);
  onTestFinished(() => {
    execFileSync('umount', ['-l', place]);
  });
  return place;
}

const canMount = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;

describe.skipIf(!canMount)('a full disk', () => {
  it('keeps nothing of an event that does not fit, and takes the next when there is room', () => {
    const disk = smallDisk(512);
    const dir = join(disk, 'spool');
    const spool = openSpool(dir);
    const { incidents } = spool;
    const ballast = join(disk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(200_000));
    let failed = 0;
    const fill = (size: number): void => {
      for (;;) {
        const { last, bytes } = incidents;
        try {
          incidents.append(body(last + 1, size));
        } catch (error) {
          expect(error).toMatchObject({ code: 'WRITE_FAILED', message: expect.stringMatching(/\.seg: disk full$/) });
          expect([incidents.last, incidents.bytes]).toEqual([last, bytes]);
          failed++;
          return;
        }
      }
    };
    // a page is the least that the disk gives: a half-written event is one that had begun a page
    for (const size of [100_000, 30_001, 9_001, 3_001, 501]) fill(size);
    expect(statfsSync(disk).bavail).toBe(0);
    expect(failed).toBe(5);
    const { last } = incidents;
    const size = readFileSync(segment(dir, 1)).length;
    expect(size).toBe(incidents.bytes);
    const whole = told(incidents.read(1));
    expect(whole.split(' ').length).toBe(last);
    // neither a new segment nor a gap can be made now, and that is no reason to lose or to end anything
    incidents.release(last);
    expect([incidents.released, incidents.last]).toEqual([last, last]);
    rmSync(ballast);
    incidents.gap(failed, (from, to) => Buffer.from(`${from}-${to}`));
    expect(incidents.append(body(last + failed + 1))).toBe(last + failed + 1);
    expect(told(incidents.read(last + 1))).toBe(`[${last + 1}-${last + failed}] ${last + failed + 1}`);
    spool.close();
    const again = openSpool(dir);
    expect(again.before).toBe('');
    expect(again.incidents.last).toBe(last + failed + 1);
  });

  it('and a full spool on it keep what they have, and go on when there is room', () => {
    const disk = smallDisk(3 * 1024);
    const dir = join(disk, 'spool');
    const spool = openSpool(dir, 2 * MIB);
    const { incidents } = spool;
    for (let seq = 1; seq <= 6; seq++) incidents.append(body(seq, SIZE));
    const ballast = join(disk, 'ballast');
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(ballast, Buffer.alloc(bavail * bsize));
    // room is to be made first, and there is none to write the gap
    expect(() => incidents.append(body(7, SIZE))).toThrow(/disk full/);
    expect([told(incidents.read(1)), incidents.gaps]).toEqual(['1 2 3 4 5 6', 0]);
    expect(readdirSync(join(dir, 'inc')).some((name) => name.startsWith('.'))).toBe(false);
    rmSync(ballast);
    expect(incidents.append(body(7, SIZE))).toBe(7);
    expect([told(incidents.read(1)), incidents.gaps]).toEqual(['[1-3] 4 5 6 7', 3]);
  });
});
