/** Inputs that cost a reader as much as they can: great once unpacked, or of parts that come to nothing. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ether, frame, ipv4, pcapFile, tcp } from './packets.js';

const LINK_NOBODY_KNOWS = 147;
const PCAP_HEADER = 24;

/** A gzip of a head, and of one body again and again: a member each, so that a file of megabytes is gigabytes of content. */
function repeated(path: string, head: Uint8Array | string, body: Uint8Array | string, times: number): void {
  writeFileSync(path, gzipSync(head));
  const member = gzipSync(body, { level: 9 });
  const many = Buffer.concat(Array.from({ length: times }, () => member));
  appendFileSync(path, many);
}

function capture(path: string, packet: Uint8Array, linkType: number, packets: number, times: number): void {
  const all = pcapFile(
    Array.from({ length: packets }, () => ({ data: packet, timestamp: 1_700_000_000e6 })),
    { linkType },
  );
  repeated(path, all.subarray(0, PCAP_HEADER), all.subarray(PCAP_HEADER), times);
}

const words = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);
const SECTION = words(0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28);
const INTERFACE = words(1, 20, 1, 0, 20);

export const CONN_HEAD = `#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#fields\t${[
  'ts',
  'uid',
  'id.orig_h',
  'id.orig_p',
  'id.resp_h',
  'id.resp_p',
  'proto',
  'service',
  'duration',
  'orig_bytes',
  'resp_bytes',
  'conn_state',
  'history',
].join('\t')}\n`;
const ROW = '1700000000.000000\tC1\t10.0.0.1\t40000\t192.0.2.7\t443\ttcp\tssl\t0.5\t100\t2000\tSF\tShADadFf\n';
const MILLION = 1_000_000;

/** A row of its own kind each: who, whom, what and how much are new every time. */
export function oneRowFlood(rows: number): string {
  const address = (n: number): string => `${20 + (n % 150)}.${(n >> 3) % 256}.${(n >> 11) % 256}.${1 + (n % 250)}`;
  const lines = Array.from({ length: rows }, (_, i) =>
    [
      (1_700_000_000 + 0.2 * i).toFixed(6),
      `C${i}`,
      address(i * 7919),
      1024 + (i % 60_000),
      address(i * 104_729 + 13),
      1 + ((i * 31) % 65_000),
      'tcp',
      '-',
      '5.0',
      1_000_000,
      100,
      'SF',
      'ShADadFf',
    ].join('\t'),
  );
  return `${CONN_HEAD}${lines.join('\n')}\n`;
}

/** By what is hostile about it: writes one and says its path. */
export const HOSTILE: Readonly<Record<'packets' | 'logs', Readonly<Record<string, (folder: string) => string>>>> = {
  packets: {
    'a capture that is a thousandth of its packets': (folder) => {
      const path = join(folder, 'bomb.pcap.gz');
      const syn = frame(ether(), ipv4({ src: '10.0.0.5', dst: '10.0.0.1' }), tcp({ dst: 80 }));
      capture(path, syn, 1, MILLION / 10, 400);
      return path;
    },
    'a capture that nobody can decode': (folder) => {
      const path = join(folder, 'link.pcap.gz');
      capture(path, new Uint8Array(0), LINK_NOBODY_KNOWS, MILLION / 10, 1000);
      return path;
    },
    'a pcapng of empty packets': (folder) => {
      const path = join(folder, 'simple.pcapng.gz');
      const packet = words(3, 16, 0, 16);
      repeated(path, Buffer.concat([SECTION, INTERFACE]), Buffer.alloc(16 * MILLION, packet), 100);
      return path;
    },
    'a pcapng of blocks that are none': (folder) => {
      const path = join(folder, 'blocks.pcapng.gz');
      const block = words(0xbad, 12, 12);
      repeated(path, Buffer.concat([SECTION, INTERFACE]), Buffer.alloc(12 * MILLION, block), 600);
      return path;
    },
    'a gzip of empty members': (folder) => {
      const path = join(folder, 'members.pcap.gz');
      const all = pcapFile([new Uint8Array(60)]);
      repeated(path, all, '', 4 * MILLION);
      return path;
    },
    'a folder of 20,000 captures': (folder) => {
      const path = join(folder, 'many');
      mkdirSync(path);
      const one = pcapFile([new Uint8Array(60)]);
      for (let i = 0; i < 20_000; i++) writeFileSync(join(path, `${i}.pcap`), one);
      return path;
    },
  },
  logs: {
    'a conn.log of lines that are no rows': (folder) => {
      const path = join(folder, 'bad.conn.log.gz');
      repeated(path, CONN_HEAD + ROW, 'x\n'.repeat(10 * MILLION), 80);
      return path;
    },
    'a conn.log of comments': (folder) => {
      const path = join(folder, 'comment.conn.log.gz');
      repeated(path, CONN_HEAD + ROW, '#\n'.repeat(10 * MILLION), 80);
      return path;
    },
    'a conn.log of one connection again and again': (folder) => {
      const path = join(folder, 'repeat.conn.log.gz');
      repeated(path, CONN_HEAD, ROW.repeat(MILLION / 10), 400);
      return path;
    },
    'a log of empty JSON objects': (folder) => {
      const path = join(folder, 'bad.json.log.gz');
      const row =
        '{"ts":1700000000.0,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":1,"id.resp_h":"192.0.2.7","id.resp_p":443,"proto":"tcp","conn_state":"SF"}\n';
      repeated(path, row, '{}\n'.repeat(5 * MILLION), 80);
      return path;
    },
    'a flood of connections, each of its own': (folder) => {
      const path = join(folder, 'conn.log');
      writeFileSync(path, oneRowFlood(200_000));
      return path;
    },
  },
};
