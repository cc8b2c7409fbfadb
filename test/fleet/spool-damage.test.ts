import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, saltOf, scan } from '../../src/fleet/spool/record.js';
import type { Spool } from '../../src/fleet/spool/spool.js';
import { folder } from '../support/program.js';
import { all, body, gapText, MIB, openSpool, text, told } from '../support/spool.js';

/** A closed spool; `make` says what is in it. */
function made(make: (spool: Spool) => void): { dir: string; segments: string[]; id: string } {
  const dir = join(folder(), 'spool');
  const spool = openSpool(dir);
  make(spool);
  spool.close();
  const segments = readdirSync(join(dir, 'inc')).sort();
  return { dir, id: spool.id, segments: segments.map((name) => join(dir, 'inc', name)) };
}

const few = (count: number, size = 0) =>
  made(({ incidents }) => {
    for (let seq = 1; seq <= count; seq++) incidents.append(body(seq, size));
  });

/** Opens it, looks that all that comes out is right and without holes, and gives what it is, what was said, and what is lost. */
function opened(dir: string): { told: string; before: string; gaps: number; last: number } {
  const spool = openSpool(dir);
  try {
    let next = spool.incidents.first;
    const records = all(spool.incidents);
    for (const { seq, to, gap, payload } of records) {
      expect(seq).toBe(next);
      if (gap) expect(text(payload)).toMatch(new RegExp(`^gap ${seq}-${to} `));
      else expect(text(payload).startsWith(`event ${seq} `)).toBe(true);
      next = to + 1;
    }
    expect(next).toBe(spool.incidents.last + 1);
    const { before } = spool;
    expect(before).not.toContain('\n');
    return { told: told(records), before, gaps: spool.incidents.gaps, last: spool.incidents.last };
  } finally {
    spool.close();
  }
}

describe('a torn end', () => {
  it('is cut wherever it was torn, said, and its number is given to the next event', () => {
    const { dir, segments } = few(3, 40);
    const bytes = readFileSync(segments[0]);
    const third = bytes.length - 40 - 16;
    for (let length = third + 1; length < bytes.length; length++) {
      writeFileSync(segments[0], bytes.subarray(0, length));
      expect(opened(dir)).toEqual({
        told: '1 2',
        before: expect.stringMatching(
          new RegExp(`spool: cut ${length - third} bytes of an event that was not written to its end$`),
        ),
        gaps: 0,
        last: 2,
      });
      const spool = openSpool(dir);
      expect(spool.before).toBe('');
      expect(spool.incidents.append(body(3))).toBe(3);
      expect(told(spool.incidents.read(1))).toBe('1 2 3');
      spool.close();
    }
  });

  it('of a gap is cut, too', () => {
    const { dir, segments } = made(({ incidents }) => {
      incidents.append(body(1));
      incidents.gap(5, (from, to) => Buffer.from(gapText(from, to, 'rate')));
    });
    const bytes = readFileSync(segments[0]);
    for (let length = bytes.length - 12 - 24; length < bytes.length; length++) {
      writeFileSync(segments[0], bytes.subarray(0, length));
      expect(opened(dir)).toMatchObject({ told: '1', last: 1 });
    }
  });

  it('of the only event leaves a spool that begins with it', () => {
    const { dir, segments } = few(1, 30);
    const bytes = readFileSync(segments[0]);
    for (let length = 45; length >= 0; length -= 5) {
      writeFileSync(segments[0], bytes.subarray(0, length));
      expect(opened(dir)).toMatchObject({ told: '', last: 0, gaps: 0 });
    }
  });
});

describe('damage', () => {
  it('of any byte of any event is noticed: a gap takes its place, and no number is given twice', () => {
    const { dir, segments } = made(({ incidents }) => {
      incidents.append(body(1));
      incidents.append(body(2));
      incidents.gap(4, (from, to) => Buffer.from(gapText(from, to, 'rate')));
      incidents.append(body(7));
    });
    const bytes = readFileSync(segments[0]);
    // the head of an event has 16 bytes, that of a gap 24
    const ends = [24, 48, 48 + 24 + 'gap 3-6 rate'.length, bytes.length];
    const expected = ['[1-1] 2 [3-6] 7', '1 [2-2] [3-6] 7', '1 2 [3-6] 7', '1 2 [3-6] [7-'];
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of [1 << (at % 8), 0x80]) {
        const copy = Buffer.from(bytes);
        copy[at] ^= mask;
        writeFileSync(segments[0], copy);
        const { told: found, before, gaps, last } = opened(dir);
        const which = ends.findIndex((end) => at < end);
        expect(found.startsWith(expected[which])).toBe(true);
        expect(before).toMatch(/: \d+ events are damaged; a gap stands for them now$/);
        // of the last event alone, how many there were cannot always be known
        expect(last).toBeGreaterThanOrEqual(7);
        if (which < 3) expect([last, gaps]).toEqual([7, which === 2 ? 4 : 5]);
        else expect(gaps).toBe(4 + last - 6);
        if (at % 8 === 0) expect(opened(dir)).toEqual({ told: found, before: '', gaps, last });
      }
    }
  });

  it('of the newest event costs one number, but where its length and more are unreadable', () => {
    const { dir, segments } = few(2, 40);
    const bytes = readFileSync(segments[0]);
    const second = bytes.length / 2;
    for (let at = second; at < bytes.length; at++) {
      const copy = Buffer.from(bytes);
      copy[at] ^= 0x11;
      writeFileSync(segments[0], copy);
      expect(opened(dir)).toMatchObject({ told: '1 [2-2]', last: 2 });
    }
    // zeros, as after a power loss
    writeFileSync(segments[0], Buffer.from(bytes).fill(0, second));
    expect(opened(dir)).toMatchObject({ told: `1 [2-${1 + Math.floor(second / 16)}]` });
  });

  it('of much at once, anywhere, loses what it hits and never gives another payload', () => {
    const many = made(({ incidents }) => {
      for (let seq = 1; seq <= 40; seq++)
        if (seq % 10 === 0) incidents.gap(1, () => Buffer.from(gapText(seq, seq, 'rate')));
        else incidents.append(body(seq, 20 + 7 * seq));
    });
    const bytes = readFileSync(many.segments[0]);
    const hit = fc.record({ at: fc.nat(bytes.length - 1), length: fc.nat(400), value: fc.option(fc.nat(255)) });
    fc.assert(
      fc.property(fc.array(hit, { minLength: 1, maxLength: 4 }), fc.option(fc.nat(bytes.length)), (hits, cut) => {
        const copy = Buffer.from(bytes);
        for (const { at, length, value } of hits)
          if (value === null) randomBytes(length).copy(copy, at);
          else copy.fill(value, at, Math.min(at + length, copy.length));
        writeFileSync(many.segments[0], copy.subarray(0, cut ?? copy.length));
        const first = opened(many.dir);
        const intact = [...first.told.matchAll(/(?<!\[)\b\d+\b(?!-|\])/g)].length;
        // a hit of 400 bytes is in at most as many of the shortest records, and two more at its ends
        if (cut === null) expect(intact).toBeGreaterThanOrEqual(40 - hits.length * (400 / 40 + 2));
        expect(opened(many.dir)).toEqual({ ...first, before: '' });
      }),
      { numRuns: 60 },
    );
  });

  it('of a segment that is not the newest costs no number of the next one', () => {
    const { dir, segments, id } = few(9, 300_000);
    expect(segments.length).toBe(3);
    const [first, second, third] = segments.map((path) => readFileSync(path));
    const again = (...contents: (Buffer | undefined)[]): string => {
      for (const name of readdirSync(join(dir, 'inc'))) rmSync(join(dir, 'inc', name));
      for (const [k, bytes] of contents.entries()) if (bytes) writeFileSync(segments[k], bytes, { mode: 0o600 });
      const { told: found, gaps } = opened(dir);
      expect(opened(dir)).toMatchObject({ told: found, gaps, before: '' });
      return found;
    };
    expect(again(first.subarray(0, -1), second, third)).toBe('1 2 [3-3] 4 5 6 7 8 9');
    expect(again(first, second.subarray(0, 1000), third)).toBe('1 2 3 [4-6] 7 8 9');
    expect(again(Buffer.alloc(0), second, third)).toBe('[1-3] 4 5 6 7 8 9');
    expect(again(first, undefined, third)).toBe('1 2 3 [4-6] 7 8 9');
    expect(again(undefined, second, third)).toBe('4 5 6 7 8 9');
    expect(again(first, Buffer.alloc(second.length), third)).toBe('1 2 3 [4-6] 7 8 9');
    expect(again(Buffer.concat([first, Buffer.from('what was left of a failed write')]), second, third)).toBe(
      '1 2 3 4 5 6 7 8 9',
    );
    expect(again(first, second)).toBe('1 2 3 4 5 6');
    const gap = encode(saltOf(id, 'inc'), 1, 5, Buffer.from(gapText(1, 5, 'of somebody')));
    expect(again(gap, second, third)).toBe('[1-5] [6-6] 7 8 9');
    expect(again(gap, second)).toBe('[1-5] [6-6]');
    expect(again(Buffer.concat([first, Buffer.alloc(MIB)]), second)).toBe('1 2 3 4 5 6');
  });

  it('is noticed while the spool is open, and becomes a gap', () => {
    const { dir, segments } = few(9, 300_000);
    const spool = openSpool(dir);
    const { incidents } = spool;
    const copy = readFileSync(segments[1]);
    copy[300_500] ^= 1;
    writeFileSync(segments[1], copy);
    rmSync(segments[0]);
    expect(told(incidents.read(1))).toBe('[1-3] 4 [5-5] 6 7 8 9');
    expect(incidents.gaps).toBe(4);
    // in the segment that is written to
    const active = readFileSync(segments[2]);
    active[600_500] ^= 1;
    writeFileSync(segments[2], active);
    expect(incidents.append(body(10))).toBe(10);
    expect(told(incidents.read(6))).toBe('6 7 8 [9-9] 10');
    expect(incidents.append(body(11))).toBe(11);
    spool.close();
    expect(opened(dir)).toMatchObject({ told: '[1-3] 4 [5-5] 6 7 8 [9-9] 10 11', before: '', gaps: 5 });
  });

  it('that would make a segment too large when mended makes one gap of more', () => {
    const size = 16 + 9;
    const count = Math.floor(MIB / size);
    const { dir, segments } = made(({ incidents }) => {
      for (let seq = 1; seq <= count; seq++) incidents.append(Buffer.from(`event ${seq} `.slice(0, 8).padEnd(9)));
    });
    expect(segments.length).toBe(1);
    const bytes = readFileSync(segments[0]);
    // every second one of the second half: each gap is larger than what it stands for
    for (let k = Math.floor(count / 2); k < count; k += 2) bytes[k * size + 20] ^= 1;
    writeFileSync(segments[0], bytes);
    const spool = openSpool(dir);
    const gaps = all(spool.incidents).filter(({ gap }) => gap);
    expect(gaps.map(({ seq, to }) => [seq, to])).toEqual([[Math.floor(count / 2) + 1, count]]);
    expect(spool.incidents.gaps).toBe(count - Math.floor(count / 2));
  });
});

describe('what is no record of the lane', () => {
  it('is not taken from another spool, nor from inside a payload', () => {
    const mine = few(3, 300);
    const theirs = few(3, 300);
    cpSync(theirs.segments[0], mine.segments[0]);
    const { told: found, before } = opened(mine.dir);
    expect(found).toMatch(/^\[1-\d+\]$/);
    expect(before).toMatch(/damaged/);

    const dir = join(folder(), 'spool');
    const spool = openSpool(dir);
    const forged = encode(saltOf('0123456789abcdef', 'inc'), 2, undefined, Buffer.from('forged'));
    spool.incidents.append(Buffer.concat([Buffer.from('event 1 '), forged, forged]));
    spool.incidents.append(body(2));
    spool.close();
    const segment = join(dir, 'inc/0000000000000001.seg');
    const bytes = readFileSync(segment);
    bytes[0] ^= 0x40;
    writeFileSync(segment, bytes);
    expect(opened(dir).told).toBe('[1-1] 2');
  });

  it('is no number that was never given: records before, far away, or beyond what numbers can be', () => {
    const salt = saltOf('0123456789abcdef', 'inc');
    const record = (seq: number, to?: number) => encode(salt, seq, to, Buffer.from('x'));
    expect(decode(record(5), 0, 5, salt)).toMatchObject({ seq: 5, to: 5, gap: false });
    expect(decode(record(5, 9), 0, 5, salt)).toMatchObject({ seq: 5, to: 9, gap: true });
    expect(decode(record(5), 0, 6, salt)).toBeUndefined();
    expect(decode(record(5 + 2 ** 32), 0, 5, salt)).toBeUndefined();
    expect(decode(record(9, 5), 0, 9, salt)).toBeUndefined();
    expect(decode(record(9, 2 ** 60), 0, 9, salt)).toBeUndefined();
    expect(scan(Buffer.alloc(100), 1, false, salt)).toMatchObject({ parts: [], next: 1, end: 0 });
  });

  it('that lies beside, because a run was killed, goes; a file of nobody we know does not', () => {
    const { dir, segments } = few(2);
    const left = join(dir, 'inc/.anomaly-4000000-00112233aabb');
    renameSync(segments[0], left);
    cpSync(left, segments[0]);
    appendFileSync(left, 'half of it');
    expect(opened(dir)).toMatchObject({ told: '1 2', before: '' });
    expect(existsSync(left)).toBe(false);
    writeFileSync(join(dir, 'inc/notes.txt'), 'mine');
    expect(() => openSpool(dir)).toThrow(/holds notes\.txt, which is no spool's/);
    expect(readFileSync(join(dir, 'inc/notes.txt'), 'utf8')).toBe('mine');
  });
});
