/** Logs that other programs have written again: the same values in other letters give the same records. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openConnLogs } from '../../src/zeek/reader.js';
import { ConnRecord } from '../../src/zeek/record.js';

const NAMES =
  'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state local_orig local_resp missed_bytes history orig_pkts resp_pkts'.split(
    ' ',
  );
const CELLS =
  '1700000000.5 CHhAvVGS1DHFjwGM9 10.7.0.5 40000 203.0.113.10 443 tcp ssl 1.5 100 2000 SF T F 0 ShADadFf 12 9'.split(
    ' ',
  );
type Cells = Record<string, string>;
const PLAIN: Cells = Object.fromEntries(NAMES.map((name, i) => [name, CELLS[i]]));

const tsv = (rows: readonly Cells[]): string =>
  `#separator \\x09\n#path\tconn\n#fields\t${NAMES.join('\t')}\n${rows.map((row) => `${NAMES.map((name) => row[name]).join('\t')}\n`).join('')}`;
/** Numbers and booleans bare, as JSON writers give them. */
const json = (rows: readonly Cells[]): string =>
  rows
    .map((row) => {
      const pairs = NAMES.filter((name) => row[name] !== '-').map((name) => {
        const cell = row[name];
        const bare = /^(NaN|null|\d+(\.\d+)?(e\d+)?)$/.test(cell) ? cell : JSON.stringify(cell);
        return `${JSON.stringify(name)}:${bare}`;
      });
      return `{${pairs.join(',')}}\n`;
    })
    .join('');

let folder = '';
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spelling-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function records(text: string | Uint8Array): Promise<ConnRecord[]> {
  const path = join(folder, `${files++}.log`);
  await writeFile(path, text);
  const source = await openConnLogs([path]);
  const found: ConnRecord[] = [];
  for await (const batch of source.batches) {
    for (let k = 0; k < batch.count; k++) {
      const record = new ConnRecord();
      batch.read(k, record);
      found.push(record);
    }
  }
  return found;
}

/** Everything of a record, addresses as far as they count. */
const valuesOf = (record: ConnRecord): unknown => {
  const length = record.ipVersion === 4 ? 4 : 16;
  const ends = [record.origH, record.respH].map((bytes) => [...bytes.subarray(0, length)]);
  // the rows of a test are of different connections
  return {
    ...record,
    uid: '',
    origH: ends[0],
    respH: ends[1],
    service: `${record.service}`,
    history: `${record.history}`,
  };
};

const SPELLINGS: [string, Cells, Cells?][] = [
  ['the protocol in capitals', { proto: 'TCP' }],
  ['a protocol with one capital', { proto: 'Udp' }, { proto: 'udp' }],
  ['ICMP in capitals', { proto: 'ICMP' }, { proto: 'icmp' }],
  ['the service in capitals', { service: 'SSL' }],
  ['several services in capitals', { service: 'SSL,HTTP' }, { service: 'http,ssl' }],
  ['the state in small letters', { conn_state: 'sf' }],
  ['a state with digits in small letters', { conn_state: 'rstos0' }, { conn_state: 'RSTOS0' }],
  ['flags as words', { local_orig: 'True', local_resp: 'FALSE' }],
  ['flags as numbers', { local_orig: '1.0', local_resp: '0.0' }],
  [
    'counts as decimal numbers',
    { orig_bytes: '100.0', orig_pkts: '12.0', 'id.resp_p': '443.0', 'id.orig_p': '40000.0' },
  ],
  ['a count with an exponent', { resp_bytes: '2e3' }],
  ['an originator mapped into IPv6', { 'id.orig_h': '::ffff:10.7.0.5' }],
  ['a responder mapped into IPv6', { 'id.resp_h': '::FFFF:203.0.113.10' }],
  ['both mapped, in hexadecimal', { 'id.orig_h': '::ffff:a07:5', 'id.resp_h': '0:0:0:0:0:ffff:cb00:710a' }],
  ['ICMP between mapped addresses', { proto: 'icmp', 'id.orig_h': '::ffff:10.7.0.5' }, { proto: 'icmp' }],
];

describe('a row of a conn.log', () => {
  for (const [format, write] of [
    ['tab-separated', tsv],
    ['JSON', json],
  ] as const) {
    it.each(SPELLINGS)(`gives the same record, ${format}, with %s`, async (_, other, usual = {}) => {
      const [expected, found] = await records(
        write([
          { ...PLAIN, ...usual },
          { ...PLAIN, uid: 'CdN3lW3iqJUlAZ3uUe', ...other },
        ]),
      );
      const plain = await records(tsv([{ ...PLAIN, ...usual }]));
      expect(valuesOf(expected)).toEqual(valuesOf(plain[0]));
      expect(valuesOf(found)).toEqual(valuesOf(plain[0]));
      expect([`${expected.uid}`, `${found.uid}`]).toEqual([PLAIN.uid, 'CdN3lW3iqJUlAZ3uUe']);
    });
  }

  it('with one address of each version keeps both: the IPv4 one is written as mapped', async () => {
    const [record] = await records(tsv([{ ...PLAIN, 'id.resp_h': '2001:db8::7' }]));
    expect(record.ipVersion).toBe(6);
    expect([...record.origH]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 7, 0, 5]);
    expect([...record.respH.subarray(0, 4)]).toEqual([0x20, 0x01, 0x0d, 0xb8]);
    const again = { ...record, origH: record.origH.slice(), respH: record.respH.slice() };
    expect(record.hash()).toEqual(again);
  });

  it.each([
    ['tab-separated', tsv],
    ['JSON', json],
  ] as const)('has no duration that is longer than any time, and no time beyond all dates (%s)', async (_, write) => {
    const cells: Cells[] = [{}, { duration: '1000000000000.000000' }, { ts: '1e300' }, { ts: '1e22' }];
    const found = await records(write(cells.map((cell, i) => ({ ...PLAIN, uid: `CHhAvVGS1DHFjwGM${i}`, ...cell }))));
    expect(found.map(({ duration }) => duration)).toEqual([1.5, -1]);
  });

  it('has no number where JSON says NaN', async () => {
    const [record] = await records(json([{ ...PLAIN, orig_bytes: 'NaN', service: 'NaN' }]));
    expect([record.origBytes, record.service.length]).toEqual([-1, 0]);
  });
});

it.each([
  ['tab-separated', tsv],
  ['JSON', json],
] as const)('a byte order mark before a %s log is passed over', async (_, write) => {
  expect(await records(`\ufeff${write([PLAIN])}`)).toHaveLength(1);
});
