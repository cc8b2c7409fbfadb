import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCaptures } from '../../src/source/captures.js';
import { openInput } from '../../src/source/input.js';
import { HEADER } from '../../src/table/columns.js';
import { asLines, drain, enhanced, interfaceBlock, pcap, readFiles, section, somePackets } from './captures.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'input-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
function file(content: Uint8Array | string): string {
  const path = join(folder, `input-${++made}`);
  writeFileSync(path, content);
  return path;
}

async function bytesOf(path: string): Promise<{ bytes: Buffer; warnings: string[] }> {
  const input = await openInput(path);
  const parts: Uint8Array[] = [];
  for await (const chunk of input.chunks) parts.push(Uint8Array.from(chunk));
  return { bytes: Buffer.concat(parts), warnings: input.warnings };
}

const packets = somePackets(3000);
const capture = pcap(packets);

describe('the kind of an input', () => {
  it.each<[string, string, Uint8Array | string]>([
    ['pcap', 'little-endian', capture.subarray(0, 24)],
    ['pcap', 'big-endian', pcap(packets, { order: 'big' })],
    ['pcap', 'nanoseconds', pcap(packets, { magic: 0xa1b23c4d })],
    ['pcapng', '', Buffer.concat([section('big'), interfaceBlock(1, 'big')])],
    ['table', '', `${HEADER}\n`],
    ['table', 'from a spreadsheet', `\ufeff"frame.time_epoch","frame.len"\r\n`],
    ['zeek-tsv', '', '#separator \\x09\n#set_separator\t,\n'],
    ['zeek-tsv', 'without the first line', '#path\tconn\n'],
    ['zeek-json', '', '{"ts":1.5,"uid":"C1"}\n'],
  ])('is %s (%s) by its first bytes, gzipped or not', async (format, _, content) => {
    for (const compressed of [false, true]) {
      const input = await openInput(file(compressed ? gzipSync(content) : content));
      expect([input.format, input.wrappings]).toEqual([format, compressed ? ['gzip'] : []]);
      await input.close();
    }
  });

  it.each<[string, Uint8Array | string, string]>([
    ['nothing', '', 'is empty; capture again, or name another file'],
    ['gzipped nothing', gzipSync(''), 'is empty; capture again, or name another file'],
    ['one byte', 'x', 'is no capture (pcap, pcapng), packet table, Zeek conn.log or flow table, compressed or not'],
    [
      'another table',
      'a,b,c\n1,2,3\n',
      'is no capture (pcap, pcapng), packet table, Zeek conn.log or flow table, compressed or not',
    ],
    [
      'a zip archive',
      Buffer.from('504b030414000000', 'hex'),
      'is a zip archive; give what is in it: unzip -p FILE | … -r -',
    ],
    [
      'a tar archive',
      Buffer.concat([Buffer.from('capture.pcap'.padEnd(257, '\0')), Buffer.from('ustar\x0000')]),
      'is a tar archive; give what is in it: tar -xOf FILE | … -r -',
    ],
    ['snoop', 'snoop\0\0\0', 'is a snoop capture; convert it with: editcap -F pcap IN OUT'],
  ])('is refused where it is %s', async (_, content, message) => {
    const path = file(content);
    await expect(openInput(path)).rejects.toMatchObject({ code: 'BAD_DATA', message: `${path}: ${message}` });
  });

  it.each<[string, string, Uint8Array]>([
    ['with a byte order mark', 'utf-16le', Buffer.from(`\ufeff${HEADER}\n`, 'utf16le')],
    ['big-endian with a byte order mark', 'utf-16be', Buffer.from(`\ufeff${HEADER}\n`, 'utf16le').swap16()],
    ['without one', 'utf-16le', Buffer.from(`${HEADER}\n`, 'utf16le')],
    ['big-endian without one', 'utf-16be', Buffer.from(`${HEADER}\n`, 'utf16le').swap16()],
  ])('is told of UTF-16 text, which is read and said: %s', async (_, encoding, content) => {
    const path = file(content);
    const input = await openInput(path);
    expect([input.format, input.wrappings]).toEqual(['table', [encoding]]);
    expect(input.warnings).toEqual([
      `${path}: is UTF-16 text and was read as such; iconv -f ${encoding.toUpperCase()} -t UTF-8 converts it`,
    ]);
    let text = '';
    for await (const chunk of input.chunks) text += Buffer.from(chunk).toString();
    expect(text).toBe(`${HEADER}\n`);
  });

  it('is not asked of what does not exist, is a folder or may not be read', async () => {
    await expect(openInput(join(folder, 'none'))).rejects.toMatchObject({ code: 'NO_INPUT' });
    await expect(openInput(folder)).rejects.toMatchObject({ code: 'NO_INPUT' });
    const path = file(capture);
    chmodSync(path, 0);
    if (process.getuid?.() !== 0) await expect(openInput(path)).rejects.toMatchObject({ code: 'NO_PERMISSION' });
  });

  it('is said with a name that no terminal acts upon', async () => {
    const path = join(folder, 'a\u001b[31mb');
    await expect(openInput(path)).rejects.toMatchObject({
      message: `${join(folder, 'a')}\\u{1b}[31mb: no such file`,
    });
  });
});

describe('gzip', () => {
  it('gives the same packets, one member or several', async () => {
    const cut = 50_001;
    const several = Buffer.concat([gzipSync(capture.subarray(0, cut)), gzipSync(capture.subarray(cut))]);
    for (const content of [gzipSync(capture), several]) {
      const read = await readFiles(file(content));
      expect(asLines(read.packets)).toEqual(asLines(packets));
      expect(read.warnings).toEqual([]);
    }
  });

  it('of pcapng gives the same packets', async () => {
    const few = packets.slice(0, 50);
    const body = few.map((p) => enhanced(0, BigInt(p.us), p.data, p.wireLen, 'big'));
    const content = gzipSync(Buffer.concat([section('big'), interfaceBlock(1, 'big'), ...body]));
    expect(asLines((await readFiles(file(content))).packets)).toEqual(asLines(few));
  });

  it('cut off gives everything before the cut, and says so', async () => {
    const large = pcap(somePackets(30_000));
    const compressed = gzipSync(large, { level: 1 });
    for (const share of [0.1, 0.5, 0.9, 0.9999]) {
      const path = file(compressed.subarray(0, Math.floor(compressed.length * share)));
      const { bytes, warnings } = await bytesOf(path);
      expect(bytes.equals(large.subarray(0, bytes.length))).toBe(true);
      expect(bytes.length).toBeGreaterThan(large.length * (share - 0.05));
      expect(warnings).toEqual([`${path}: gzip data cut off; everything before the cut was read`]);
    }
  });

  it('damaged gives what came before (all but 64 KiB), then names the place', async () => {
    const compressed = gzipSync(capture, { level: 0 });
    compressed[compressed.length - 6] ^= 0xff; // its check sum
    const path = file(compressed);
    const read = await readFiles(path);
    expect(asLines(read.packets)).toEqual(asLines(packets.slice(0, read.packets.length)));
    expect(pcap(read.packets).length).toBeGreaterThan(capture.length - 65_536 - 200);
    expect(read.error).toMatchObject({ code: 'BAD_DATA' });
    expect(read.error?.message).toMatch(/: gzip data damaged near byte \d+ \(incorrect data check\)$/);
  });

  it('that inflates a thousandfold takes no more memory than its pieces', async () => {
    const bomb = gzipSync(Buffer.concat([pcap([]), Buffer.alloc(100_000_000)]));
    const before = process.memoryUsage().rss;
    const source = await openCaptures([file(bomb)]);
    let count = 0;
    for await (const batch of source) count += batch.count;
    expect(count).toBe(100_000_000 / 16);
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
  });
});

describe('streams', () => {
  it('are read from a named pipe, packet by packet as they come', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const half = 24 + 16 * 10;
    const source = file(capture.subarray(0, half * 2));
    const writer = spawn('sh', [
      '-c',
      `(head -c ${half} ${source}; sleep 0.2; tail -c +${half + 1} ${source}) > ${path}`,
    ]);
    const read = await drain(await openCaptures([path]));
    const whole = await readFiles(source);
    expect(asLines(read.packets)).toEqual(asLines(whole.packets));
    expect(read.warnings.length).toBe(whole.warnings.length);
    writer.kill();
  });

  it('can be closed while they wait', async () => {
    const path = join(folder, 'idle');
    execFileSync('mkfifo', [path]);
    const writer = spawn('sh', ['-c', `(cat ${file(capture)}; exec sleep 30) > ${path}`], { detached: true });
    const source = await openCaptures([path]);
    let count = 0;
    const reading = (async () => {
      for await (const batch of source) count += batch.count;
    })();
    while (count < packets.length) await new Promise((resolve) => setTimeout(resolve, 5));
    await source.close();
    await reading;
    expect(count).toBe(packets.length);
    process.kill(-(writer.pid as number));
  });
});
