import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecords } from '../../src/source/open.js';
import { PcapFile } from '../../src/source/pcap-file.js';
import { HEADER_LINE } from '../../src/table/encode.js';
import { TableFile } from '../../src/table/file.js';
import { PacketRecord } from '../../src/table/record.js';
import { ACK, dns, ether, frame, ipv4, pcapFile, tcp, udp } from '../support/packets.js';
import { rowsOf } from '../support/rows.js';
import { asLines, type Packet, pcap, readFiles } from './captures.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'open-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
function file(content: Uint8Array | string, extension = 'bin'): string {
  const path = join(folder, `${++made}.${extension}`);
  writeFileSync(path, content);
  return path;
}

const packets: Packet[] = Array.from({ length: 9000 }, (_, k) => {
  const data =
    k % 3 === 0
      ? frame(ether(), ipv4(), udp({ dst: 53 }), dns({ name: `host-${k}.example` }))
      : frame(ether(), ipv4({ src: `10.0.${k % 256}.1` }), tcp({ src: 1024 + k, dst: 443, flags: ACK }));
  return { us: 1_700_000_000_000_000 + k * 777, data, wireLen: data.length, linkType: 1 };
});

const table = (rows: string): string => Buffer.from(HEADER_LINE).toString() + rows;

describe('records', () => {
  it('are the same from a capture and from the table written of it, plain or gzipped, one file or several', async () => {
    const { rows } = await rowsOf([file(pcap(packets))]);
    expect(rows.split('\n').length - 1).toBe(packets.length);
    expect((await rowsOf([file(table(rows))])).rows).toBe(rows);
    expect((await rowsOf([file(gzipSync(table(rows)))])).rows).toBe(rows);
    const lines = rows.split(/(?<=\n)/);
    const odd = file(table(lines.filter((_, k) => k % 2 === 1).join('')));
    const even = file(gzipSync(table(lines.filter((_, k) => k % 2 === 0).join(''))));
    expect((await rowsOf([odd, even])).rows).toBe(rows);
  });

  it('come after the raw packets were shown to the hook', async () => {
    const seen: number[] = [];
    const { rows } = await rowsOf([file(pcap(packets))], {
      onPackets: async (batch) => {
        await Promise.resolve();
        for (let k = 0; k < batch.count; k++) seen.push(batch.timestampUs[k]);
      },
    });
    expect(seen).toEqual(packets.map((p) => p.us));
    expect(rows.split('\n').length - 1).toBe(packets.length);
  });

  it('count how decoding stopped, and name link types that are not decoded', async () => {
    const short = packets.slice(0, 10).map((p) => ({ ...p, data: p.data.subarray(0, 20) }));
    const { stops, rows } = await rowsOf([file(pcap(short))]);
    expect(stops).toEqual([['truncated:ip', 10]]);
    expect((await rowsOf([file(table(rows))])).stops).toEqual(stops);
    const path = file(pcap(packets.slice(0, 3).map((p) => ({ ...p, linkType: 189 }))));
    const foreign = await rowsOf([path]);
    expect(foreign.stops).toEqual([['unsupported:link', 3]]);
    expect(foreign.warnings).toEqual([
      expect.stringMatching(/: 3 packets of link type 189 \(USB_LINUX, USB transfers\) could not be decoded$/),
    ]);
  });

  it('are refused of Zeek logs and of mixtures', async () => {
    const log = file('#separator \\x09\n#path\tconn\n');
    await expect(openRecords([log])).rejects.toMatchObject({ code: 'BAD_DATA', message: expect.stringContaining(log) });
    const capture = file(pcap(packets));
    await expect(openRecords([capture, log])).rejects.toMatchObject({ code: 'USAGE' });
    await expect(openRecords([capture, file(table(''))])).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('of a table of which the last line is cut off are those of its whole lines', async () => {
    const { rows } = await rowsOf([file(pcap(packets.slice(0, 20)))]);
    const lastStart = rows.slice(0, -1).lastIndexOf('\n') + 1;
    for (let length = lastStart + 1; length < rows.length; length++) {
      const path = file(table(rows.slice(0, length)));
      const read = await rowsOf([path]);
      expect(read.rows).toBe(rows.slice(0, lastStart));
      expect(read.warnings).toEqual([`${path}: line 21 is cut off and was left out; the 19 rows before it were read`]);
    }
    const zeros = await rowsOf([file(table(rows.slice(0, lastStart)) + '\0'.repeat(200_000))]);
    expect([zeros.rows, zeros.warnings.length]).toEqual([rows.slice(0, lastStart), 1]);
  });

  it('of a table with a bad cell are all others, and one of nobody; then line and column are named', async () => {
    const { rows } = await rowsOf([file(pcap(packets.slice(0, 20)))]);
    const lines = rows.split('\n');
    lines[10] = lines[10].replace(',10.0.', ',10.x.');
    const path = file(table(lines.join('\n')));
    await expect(rowsOf([path])).rejects.toMatchObject({
      code: 'BAD_DATA',
      message: `${path}: line 12: ip.src: no IPv4 address; all else was read`,
    });
    const foreign = file('frame.time_epoch,frame.len\n1,2\n');
    await expect(rowsOf([foreign])).rejects.toMatchObject({
      message: `${foreign}: line 1: column frame.cap_len is missing; version 2 of the packet table has it; sniff the capture again`,
    });
    const endless = file(`${table('')}1,${'9'.repeat(400_000)}`);
    await expect(rowsOf([endless])).rejects.toMatchObject({
      message: `${endless}: line 2 is longer than any row of a packet table`,
    });
    const headless = file(table('').slice(0, 100));
    await expect(rowsOf([headless])).rejects.toMatchObject({ code: 'BAD_DATA' });
  });

  it('of tables put together with cat are those of all rows; header lines between them are left out and counted', async () => {
    const { rows } = await rowsOf([file(pcap(packets))]);
    const lines = rows.split(/(?<=\n)/);
    const parts = [0, 4096, 4097, 9000].map((from, k, all) => lines.slice(from, all[k + 1]).join(''));
    const path = file(`${table(parts[0])}\ufeff${table(parts[1])}${table(parts[2])}${table('')}`);
    const read = await rowsOf([path]);
    expect(read.rows).toBe(rows);
    expect(read.warnings).toEqual([`${path}: 3 repeated header lines left out, the first is line 4098`]);
    const bad = file(`${table(parts[0])}${table('x,y\n')}`);
    await expect(rowsOf([bad])).rejects.toMatchObject({
      message: `${bad}: line 4099: frame.time_epoch: no time; all else was read`,
    });
    const older = file(`${table(parts[0])}frame.time_epoch,colour\n1,red\n`);
    await expect(rowsOf([older])).rejects.toMatchObject({
      message: `${older}: line 4098: column frame.len is missing; version 2 of the packet table has it; sniff the capture again`,
    });
  });

  it('come of several files without the empty ones, which are named; all empty, or one alone, they are refused', async () => {
    const some = pcap(packets.slice(0, 10));
    const { rows } = await rowsOf([file(some)]);
    const empty = file('');
    const packed = file(gzipSync(''));
    const begun = file(some.subarray(0, 20));
    const without = file(pcap([]));
    for (const full of [file(some), file(table(rows))]) {
      const read = await rowsOf([empty, packed, full]);
      expect(read.rows).toBe(rows);
      expect(read.warnings).toEqual([`${empty}: is empty; left out`, `${packed}: is empty; left out`]);
    }
    const captures = await rowsOf([begun, file(some), without, empty]);
    expect(captures.rows).toBe(rows);
    expect(captures.warnings.sort()).toEqual(
      [
        `${begun}: ends inside the capture's file header; left out`,
        `${without}: holds no packet`,
        `${empty}: is empty; left out`,
      ].sort(),
    );
    for (const paths of [[empty], [empty, packed], [begun, begun]]) {
      await expect(rowsOf(paths)).rejects.toMatchObject({
        code: 'BAD_DATA',
        message: expect.stringMatching(/(is empty|ends inside .*); capture again, or name another file$/),
      });
    }
  });

  it('of a table without rows are none', async () => {
    expect(await rowsOf([file(table(''))])).toMatchObject({ rows: '', warnings: [] });
  });

  it('survive being written by the table file and read again', async () => {
    const capture = file(pcap(packets));
    const path = join(folder, 'out.csv');
    const out = await TableFile.open(path);
    const source = await openRecords([capture]);
    const record = new PacketRecord();
    for await (const batch of source.batches) {
      for (let k = 0; k < batch.count; k++) {
        batch.read(k, record);
        await out.append(record);
      }
    }
    await out.close();
    expect((await rowsOf([path])).rows).toBe((await rowsOf([capture])).rows);
  });
});

describe('a folder', () => {
  const folderOf = (files: Readonly<Record<string, Uint8Array | string>>): string => {
    const path = join(folder, String(++made));
    mkdirSync(join(path, 'below'), { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
    return path;
  };

  it('stands for the captures in it and below it, in the order of time; what else is there is named', async () => {
    const path = folderOf({
      'z first': pcap(packets.slice(0, 3000)),
      'below/second.pcap.gz': gzipSync(pcap(packets.slice(3000, 6000))),
      'a.pcapng': pcap(packets.slice(6000)),
      'empty.pcap': '',
      'dns.log': '#separator \\x09\n#path\tdns\n',
      'letter.txt': 'Dear network',
    });
    const { rows, warnings } = await rowsOf([path]);
    expect(rows).toBe((await rowsOf([file(pcap(packets))])).rows);
    expect(warnings).toEqual([
      `${path}: dns.log, letter.txt left out: no packets inside`,
      `${join(path, 'empty.pcap')}: is empty; left out`,
    ]);
  });

  it('without packets is refused, and one of two kinds', async () => {
    await expect(openRecords([folderOf({ 'letter.txt': 'Dear network' })])).rejects.toMatchObject({ code: 'NO_INPUT' });
    const mixed = folderOf({ 'a.pcap': pcap(packets.slice(0, 9)), 'b.csv': HEADER_LINE });
    await expect(openRecords([mixed])).rejects.toMatchObject({ code: 'USAGE', message: /name one kind/ });
  });
});

describe('a written capture', () => {
  it.each(['pcap', 'pcapng'])(
    'holds its packets exactly, privately, of one link type or of all: %s',
    async (format) => {
      const path = join(folder, `written.${format}`);
      const written = await PcapFile.open(path);
      const mixed = packets.map((p, k) => ({ ...p, linkType: k % 100 === 7 ? 101 : 1 }));
      const batch = {
        count: mixed.length,
        data: Buffer.concat(mixed.map((p) => p.data)),
        offset: new Int32Array(mixed.length),
        capLen: Int32Array.from(mixed, (p) => p.data.length),
        wireLen: Int32Array.from(mixed, (p) => p.wireLen),
        timestampUs: Float64Array.from(mixed, (p) => p.us),
        linkType: Int32Array.from(mixed, (p) => p.linkType),
      };
      for (let k = 1; k < mixed.length; k++) batch.offset[k] = batch.offset[k - 1] + batch.capLen[k - 1];
      for (let k = 0; k < mixed.length; k++) await written.append(batch, k);
      await written.close();
      const kept = format === 'pcapng' ? mixed : mixed.filter((p) => p.linkType === 1);
      expect([written.packets, written.skipped]).toEqual([kept.length, mixed.length - kept.length]);
      expect(asLines((await readFiles(path)).packets)).toEqual(asLines(kept));
      expect(statSync(path).mode & 0o777).toBe(0o600);
      await expect(PcapFile.open(path)).rejects.toMatchObject({ code: 'CANNOT_CREATE' });
    },
  );

  it('without a packet is an empty capture', async () => {
    for (const [name, size] of [
      ['empty.pcap', pcapFile([]).length],
      ['empty.pcapng', 28 + 20],
    ] as const) {
      const path = join(folder, name);
      await (await PcapFile.open(path)).close();
      expect(await readFiles(path)).toMatchObject({ packets: [], warnings: [], error: undefined });
      expect(statSync(path).size).toBe(size);
    }
  });
});
