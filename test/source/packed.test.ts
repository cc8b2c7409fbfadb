/** Packed inputs, also cut off, damaged, put together with cat, and without the program that unpacks them. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openInput } from '../../src/source/input.js';
import { HEADER_LINE } from '../../src/table/encode.js';
import { pcap, readFiles, somePackets } from './captures.js';

const HEADER = Buffer.from(HEADER_LINE).toString();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packed-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
function file(content: Uint8Array | string): string {
  const path = join(folder, `packed-${++made}`);
  writeFileSync(path, content);
  return path;
}

/** Blocks as small as can be, so that what is cut off loses little. */
const PROGRAMS: Record<string, readonly string[]> = {
  gzip: ['-c'],
  zstd: ['-qc'],
  xz: ['-c', '--block-size=65536'],
  lz4: ['-qc', '-B4', '-z'],
  bzip2: ['-c', '-1'],
};
const there = Object.keys(PROGRAMS).filter((program) => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log(`skipped: ${program} is not installed`);
    return false;
  }
});
const pack = (program: string, bytes: Uint8Array): Buffer =>
  execFileSync(program, PROGRAMS[program], { input: bytes, maxBuffer: 1 << 26 });

async function textOf(path: string): Promise<{ text: string; warnings: string[] }> {
  const input = await openInput(path);
  let text = '';
  for await (const chunk of input.chunks) text += Buffer.from(chunk).toString('latin1');
  return { text, warnings: input.warnings };
}

const packets = somePackets(4000);
const capture = pcap(packets);

describe.each(there)('a capture packed with %s', (program) => {
  it('is read as it is, in one piece or several', async () => {
    const packed = pack(program, capture);
    expect((await readFiles(file(packed))).packets).toEqual(packets);
    const half = Math.floor(capture.length / 2);
    const two = file(Buffer.concat([pack(program, capture.subarray(0, half)), pack(program, capture.subarray(half))]));
    expect((await readFiles(two)).packets).toEqual(packets);
  });

  it('gives whole packets and a warning where it is cut off', async () => {
    const packed = pack(program, capture);
    const read = await readFiles(file(packed.subarray(0, packed.length - 20)));
    expect(read.error).toBeUndefined();
    expect(read.packets).toEqual(packets.slice(0, read.packets.length));
    expect(read.packets.length).toBeGreaterThan(1000);
    expect(read.warnings.join()).toContain(`${program} data cut off; everything before the cut was read`);
  });

  it('is bad data where it is damaged', async () => {
    const packed = Buffer.from(pack(program, capture));
    packed.fill(0x58, packed.length - 3000, packed.length - 2900);
    const { error } = await readFiles(file(packed));
    expect(error).toMatchObject({ code: 'BAD_DATA', message: expect.stringMatching(/damaged/) });
  });

  it('is left by its reader without a process or an error behind it', async () => {
    const input = await openInput(file(pack(program, capture)));
    for await (const _ of input.chunks) break;
    await input.close();
  });
});

it('a bomb is read piece by piece, not into memory', async () => {
  const program = there.includes('zstd') ? 'zstd' : 'gzip';
  const rows = Buffer.from(`${'x'.repeat(99)}\n`.repeat(2_000_000));
  const path = file(Buffer.concat([pack(program, Buffer.concat([Buffer.from(HEADER_LINE), rows]))]));
  expect(readFileSync(path).length).toBeLessThan(400_000);
  const before = process.memoryUsage().rss;
  const input = await openInput(path);
  let bytes = 0;
  let most = 0;
  let chunks = 0;
  for await (const chunk of input.chunks) {
    bytes += chunk.length;
    if (chunks++ % 64 === 0) most = Math.max(most, process.memoryUsage().rss);
  }
  expect(bytes).toBeGreaterThan(200_000_000);
  expect(most - before).toBeLessThan(100e6);
});

it('a program that is missing is named, with what to do', async () => {
  vi.resetModules();
  vi.stubEnv('PATH', folder);
  const { openInput: open } = await import('../../src/source/input.js');
  for (const [program, magic] of [
    ['zstd', '28b52ffd00000000'],
    ['xz', 'fd377a585a000000'],
    ['lz4', '04224d1800000000'],
    ['bzip2', '425a683900000000'],
  ]) {
    const path = file(Buffer.from(magic, 'hex'));
    await expect(open(path)).rejects.toMatchObject({
      code: 'NO_INPUT',
      message: `${path}: is compressed with ${program}: install ${program}, or: ${program} -dc FILE | … -r -`,
    });
  }
  vi.unstubAllEnvs();
});

describe('put together with cat', () => {
  it.each([
    ['plain, then gzip', capture, gzipSync(capture)],
    ['gzip, then plain', gzipSync(capture), capture],
    ['gzip, then big-endian nanoseconds', gzipSync(capture), pcap(packets, { order: 'big', magic: 0xa1b23c4d })],
  ])('captures are read one after the other, and it is said: %s', async (_, first, second) => {
    const { packets: read, warnings } = await readFiles(file(Buffer.concat([first, second])));
    expect(read).toHaveLength(2 * packets.length);
    expect(warnings.join()).toMatch(/one behind the other/);
  });

  it('texts are read to the end of both', async () => {
    const text = `${HEADER}${'a,b,c\n'.repeat(60_000)}`;
    for (const parts of [
      [text, gzipSync(text)],
      [gzipSync(text), text],
      [text, gzipSync(text), text, gzipSync(text)],
    ]) {
      const read = await textOf(file(Buffer.concat(parts.map((part) => Buffer.from(part)))));
      expect(read.text).toBe(text.repeat(parts.length));
      expect(read.warnings).toHaveLength(parts.length - 1);
    }
  });

  it('what a line of a text lacks at its end does not join it with the next', async () => {
    const text = `${HEADER}a,b`;
    expect((await textOf(file(Buffer.concat([Buffer.from(text), gzipSync('c,d\n')])))).text).toBe(`${text}\nc,d\n`);
  });
});
