import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ages } from '../../src/fleet/spool/ages.js';
import { folder, root } from '../support/program.js';
import { all, body, gapText, MIB, openSpool, text, told } from '../support/spool.js';

const segments = (dir: string): string[] => readdirSync(join(dir, 'inc')).sort();

describe('the spool', () => {
  it('gives back what was appended, in order, also after it was closed, and goes on with the numbers', () => {
    const dir = join(folder(), 'spool');
    const spool = openSpool(dir);
    const { incidents } = spool;
    expect([spool.id, spool.before, spool.bytes]).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), '', 0]);
    expect([incidents.first, incidents.last, incidents.released]).toEqual([1, 0, 0]);
    expect(incidents.append(Buffer.from('one'))).toBe(1);
    expect(incidents.appendWith((seq) => Buffer.from(`number ${seq}`))).toBe(2);
    incidents.gap(3, (from, to) => Buffer.from(gapText(from, to, 'rate')));
    expect(incidents.append(new Uint8Array())).toBe(6);
    const kept = [
      { seq: 1, to: 1, gap: false, payload: 'one' },
      { seq: 2, to: 2, gap: false, payload: 'number 2' },
      { seq: 3, to: 5, gap: true, payload: 'gap 3-5 rate' },
      { seq: 6, to: 6, gap: false, payload: '' },
    ];
    const shown = (lane = incidents) => all(lane).map((one) => ({ ...one, payload: text(one.payload) }));
    expect(shown()).toEqual(kept);
    spool.close();
    spool.close();
    const again = openSpool(dir);
    expect(again.id).toBe(spool.id);
    expect(again.before).toBe('');
    expect(shown(again.incidents)).toEqual(kept);
    expect([again.incidents.first, again.incidents.last, again.incidents.gaps]).toEqual([1, 6, 3]);
    expect(again.incidents.append(body(7))).toBe(7);
    expect(told(again.incidents.read(4))).toBe('[3-5] 6 7');
  });

  it('is read on from where a reading stopped, while more is appended', () => {
    const { incidents } = openSpool(join(folder(), 'spool'));
    expect(all(incidents)).toEqual([]);
    let next = 1;
    for (let round = 1; round <= 40; round++) {
      for (let k = 0; k < round % 4; k++) incidents.append(body(incidents.last + 1, 100_000));
      for (const { seq, payload } of incidents.read(next)) {
        expect(text(payload)).toBe(text(body(next, 100_000)));
        expect(seq).toBe(next++);
        // what comes while it is read belongs to it
        if (seq % 7 === 0) incidents.append(body(incidents.last + 1, 100_000));
      }
      expect(next).toBe(incidents.last + 1);
    }
    expect(next).toBeGreaterThan(60);
    expect(incidents.bytes).toBeGreaterThan(5 * MIB);
  });

  it('begins a segment where one MiB would be passed, and the names say the first numbers', () => {
    const dir = join(folder(), 'spool');
    const { incidents } = openSpool(dir);
    for (let seq = 1; seq <= 7; seq++) incidents.append(body(seq, 300_000));
    expect(segments(dir)).toEqual([1, 4, 7].map((first) => `${first.toString(16).padStart(16, '0')}.seg`));
    for (const name of segments(dir)) expect(statSync(join(dir, 'inc', name)).size).toBeLessThanOrEqual(MIB);
    // a record and its head fill a segment to the last byte, and no more fits
    expect(incidents.append(body(8, MIB - 16))).toBe(8);
    expect(() => incidents.append(body(9, MIB - 15))).toThrow(/too large/);
    expect(incidents.append(body(9))).toBe(9);
    expect(told(incidents.read(1))).toBe('1 2 3 4 5 6 7 8 9');
  });

  it('removes segments that the hub has, keeps the numbers when nothing is left, and believes no number that was never given', () => {
    const dir = join(folder(), 'spool');
    let spool = openSpool(dir);
    for (let seq = 1; seq <= 7; seq++) spool.incidents.append(body(seq, 300_000));
    spool.incidents.release(3);
    expect(segments(dir).length).toBe(2);
    expect([spool.incidents.first, spool.incidents.released]).toEqual([4, 3]);
    spool.incidents.release(2);
    spool.incidents.release(5);
    expect([spool.incidents.first, spool.incidents.released]).toEqual([4, 5]);
    expect(told(spool.incidents.read(6))).toBe('6 7');
    spool.incidents.release(2 ** 50);
    expect([spool.incidents.first, spool.incidents.last, spool.incidents.released]).toEqual([8, 7, 7]);
    expect([spool.bytes, all(spool.incidents).length]).toEqual([0, 0]);
    expect(segments(dir)).toEqual(['0000000000000008.seg']);
    for (let round = 0; round < 3; round++) {
      spool.close();
      spool = openSpool(dir);
      expect([spool.incidents.first, spool.incidents.last, spool.incidents.released]).toEqual([8, 7, 7]);
    }
    expect(spool.incidents.append(body(8))).toBe(8);
    spool.incidents.release(8);
    expect(spool.incidents.append(body(9))).toBe(9);
  });

  it('holds whatever was appended, numbered without holes, whatever else happens to it', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ append: fc.oneof(fc.nat(50), fc.nat(700_000)) }) },
      fc.record({ gap: fc.integer({ min: 0, max: 1000 }) }),
      fc.record({ release: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.constant({ reopen: true }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 2, max: 6 }), (steps, mebibytes) => {
        const dir = join(folder(), 'spool');
        let spool = openSpool(dir, mebibytes * MIB);
        const events = new Map<number, string>();
        let [last, released] = [0, 0];
        for (const one of steps) {
          const { incidents } = spool;
          if ('append' in one) {
            events.set(++last, text(body(last, one.append)));
            expect(incidents.append(body(last, one.append))).toBe(last);
          } else if ('gap' in one) {
            incidents.gap(one.gap, (from, to) => Buffer.from(gapText(from, to, 'rate')));
            last += one.gap;
          } else if ('release' in one) {
            released = Math.max(released, Math.round(last * one.release));
            incidents.release(released);
            expect(incidents.released).toBe(released);
          } else {
            spool.close();
            spool = openSpool(dir, mebibytes * MIB);
            expect(spool.before).toBe('');
          }
          expect(spool.incidents.last).toBe(last);
          expect(spool.bytes).toBeLessThanOrEqual(mebibytes * MIB);
          expect(spool.incidents.first).toBeLessThanOrEqual(released + 1);
          let next = spool.incidents.first;
          for (const { seq, to, gap, payload } of spool.incidents.read(1)) {
            expect(seq).toBe(next);
            if (gap) expect(text(payload)).toMatch(new RegExp(`^gap ${seq}-${to} (rate|inc full)$`));
            else expect(text(payload) === events.get(seq)).toBe(true);
            next = to + 1;
          }
          expect(next).toBe(last + 1);
        }
        spool.close();
        rmSync(dir, { recursive: true });
      }),
      { numRuns: 40 },
    );
  });

  it('says since when the oldest event waits', () => {
    const dir = join(folder(), 'spool');
    const spool = openSpool(dir);
    const before = Date.now();
    expect(spool.incidents.oldestMs).toBeUndefined();
    spool.incidents.append(body(1));
    spool.incidents.append(body(2));
    const { oldestMs } = spool.incidents;
    expect(oldestMs).toBeGreaterThanOrEqual(before);
    expect(oldestMs).toBeLessThanOrEqual(Date.now());
    spool.incidents.release(2);
    expect(spool.incidents.oldestMs).toBeUndefined();
    spool.incidents.append(body(3));
    spool.close();
    utimesSync(join(dir, 'inc', segments(dir)[0]), 1, 1);
    const again = openSpool(dir).incidents.oldestMs;
    // the file system's clock is coarse
    expect(again).toBeGreaterThanOrEqual(before - 50);
    expect(again).toBeLessThanOrEqual(Date.now());
  });
});

describe('ages of events', () => {
  it('are those of the marks before them, also when there are many', () => {
    const ages = new Ages();
    expect(ages.of(5)).toBeUndefined();
    const START_MS = 1_800_000_000_000;
    for (let seq = 10; seq <= 50_000; seq++) ages.note(seq, START_MS + 700 * seq);
    const WITHIN_MS = (50_000 * 700) / 256;
    for (let seq = 10; seq <= 50_000; seq += 499) {
      ages.forget(seq);
      const late = START_MS + 700 * seq - (ages.of(seq) ?? 0);
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThanOrEqual(WITHIN_MS);
    }
    expect(ages.of(9)).toBeUndefined();
    // a clock that was set back
    ages.note(50_001, START_MS);
    expect(ages.of(50_001)).toBe(START_MS);
  });
});

describe('the folder of a spool', () => {
  const refused = (dir: string, why: RegExp): void => {
    let message = '';
    try {
      openSpool(dir);
    } catch (error) {
      expect(error).toMatchObject({ code: 'CANNOT_CREATE' });
      message = (error as Error).message;
    }
    expect(message).toMatch(why);
    expect(message).not.toContain('\n');
    expect(readdirSync(join(dir, '..')).filter((name) => name.endsWith('.lock'))).toEqual([]);
  };

  it('and all in it is private', () => {
    const dir = join(folder(), 'spool');
    const before = process.umask(0);
    try {
      openSpool(dir).incidents.append(body(1));
    } finally {
      process.umask(before);
    }
    const modes = ['.', 'id', 'inc', 'inc/0000000000000001.seg'].map((name) => lstatSync(join(dir, name)).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600, 0o700, 0o600]);
    expect(readFileSync(join(dir, 'id'), 'utf8')).toMatch(/^[0-9a-f]{16}\n$/);
  });

  it('is refused to a second run, until the first has closed it', () => {
    const dir = join(folder(), 'spool');
    const spool = openSpool(dir);
    spool.incidents.append(body(1));
    const script = `
      import { Spool } from ${JSON.stringify(join(root, 'dist/fleet/spool/spool.js'))};
      try {
        const spool = Spool.open(${JSON.stringify(dir)}, { mostBytes: 1e6, gapBody: () => Buffer.from('gap') });
        console.log(spool.incidents.append(Buffer.from('of the other')));
        spool.close();
      } catch (error) { console.log(error.code, error.message); }`;
    const other = () => spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).stdout;
    expect(other()).toMatch(
      new RegExp(`^CANNOT_CREATE .*spool: process ${process.pid} \\(anomaly detect, since [^)]*\\) writes it; .*\n$`),
    );
    expect(told(spool.incidents.read(1))).toBe('1');
    spool.close();
    expect(other()).toBe('2\n');
    expect(told(openSpool(dir).incidents.read(1))).toBe('1 2');
  });

  it('is refused where it is a link, a file, or leads nowhere', () => {
    const place = folder();
    mkdirSync(join(place, 'real'), { mode: 0o700 });
    symlinkSync('real', join(place, 'link'));
    symlinkSync('nothing', join(place, 'dangling'));
    writeFileSync(join(place, 'file'), '');
    refused(join(place, 'link'), /link: is a symbolic link, which is not followed$/);
    refused(join(place, 'dangling'), /dangling: is a symbolic link/);
    refused(join(place, 'file'), /file: is a file, no folder; name another$/);
    expect(() => openSpool(join(place, 'absent/spool'))).toThrow(/its folder does not exist/);
    expect(readdirSync(join(place, 'real'))).toEqual([]);
  });

  it('is refused where it holds something else, which is not touched', () => {
    const place = folder();
    for (const [name, inside] of [
      ['photos', 'me.jpg'],
      ['lane', 'inc/me.jpg'],
      ['segment', 'inc/1.seg'],
      ['zero', 'inc/0000000000000000.seg'],
      ['huge', 'inc/ffffffffffffffff.seg'],
    ]) {
      const dir = join(place, name);
      mkdirSync(join(dir, inside, '..'), { recursive: true, mode: 0o700 });
      writeFileSync(join(dir, inside), 'mine', { mode: 0o600 });
      refused(dir, /: holds \S+, which is no spool's; name another folder$/);
      expect(readFileSync(join(dir, inside), 'utf8')).toBe('mine');
    }
    writeFileSync(join(place, 'photos/\u001b[31m'), '');
    rmSync(join(place, 'photos/me.jpg'));
    refused(join(place, 'photos'), /holds \\u\{1b\}\[31m, /);
  });

  it('is refused where others can write to it, and so are links in it', () => {
    const place = folder();
    const dir = join(place, 'spool');
    openSpool(dir).close();
    chmodSync(dir, 0o770);
    refused(dir, /can be written by others/);
    chmodSync(dir, 0o700);
    const segment = join(dir, 'inc', segments(dir)[0]);
    chmodSync(segment, 0o666);
    refused(dir, /\.seg: can be written by others/);
    renameSync(segment, join(place, 'victim'));
    symlinkSync(join(place, 'victim'), segment);
    refused(dir, /\.seg: is a symbolic link/);
    rmSync(segment);
    rmSync(join(dir, 'inc'), { recursive: true });
    mkdirSync(join(place, 'elsewhere'), { mode: 0o700 });
    symlinkSync(join(place, 'elsewhere'), join(dir, 'inc'));
    refused(dir, /inc: is a symbolic link/);
    expect(readdirSync(join(place, 'elsewhere'))).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)("is refused where it is somebody else's", () => {
    const dir = join(folder(), 'spool');
    openSpool(dir).close();
    chownSync(join(dir, 'inc'), 65_534, 65_534);
    refused(dir, /inc: belongs to another user \(uid 65534\), not to uid 0; name another folder$/);
    chownSync(dir, 65_534, 65_534);
    refused(dir, /spool: belongs to another user/);
  });

  it('that was not made to its end is made to its end', () => {
    const place = folder();
    const made: ((dir: string) => void)[] = [
      () => undefined,
      (dir) => mkdirSync(join(dir, 'inc'), { mode: 0o700 }),
      (dir) => {
        mkdirSync(join(dir, 'inc'), { mode: 0o700 });
        writeFileSync(join(dir, 'inc/0000000000000001.seg'), '', { mode: 0o600 });
        writeFileSync(join(dir, '.anomaly-1-0123456789ab'), '0123', { mode: 0o600 });
        writeFileSync(join(dir, 'inc/.anomaly-1-0123456789ab'), 'half', { mode: 0o600 });
      },
    ];
    for (const [k, make] of made.entries()) {
      const dir = join(place, String(k));
      mkdirSync(dir, { mode: 0o700 });
      make(dir);
      const spool = openSpool(dir);
      expect([spool.before, spool.incidents.append(body(1))]).toEqual(['', 1]);
      expect(readdirSync(dir).sort()).toEqual(['id', 'inc']);
      expect(segments(dir)).toEqual(['0000000000000001.seg']);
    }
  });

  it('without its id is refused while it holds events, and without its segments is another spool', () => {
    const dir = join(folder(), 'spool');
    const spool = openSpool(dir);
    spool.incidents.append(body(1));
    spool.close();
    const id = readFileSync(join(dir, 'id'));
    rmSync(join(dir, 'id'));
    refused(dir, /holds events, but not the file "id"/);
    writeFileSync(join(dir, 'id'), id.subarray(0, 16), { mode: 0o600 });
    refused(dir, /id: is no spool's id; move .*spool away$/);
    writeFileSync(join(dir, 'id'), id);
    for (const name of segments(dir)) rmSync(join(dir, 'inc', name));
    const anew = openSpool(dir);
    expect(anew.before).toMatch(/spool: all segments are gone; it begins anew as another spool$/);
    expect(anew.id).not.toBe(spool.id);
    expect(anew.incidents.append(body(1))).toBe(1);
  });
});
