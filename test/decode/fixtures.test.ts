/**
 * Fixture twins: every capture in test/fixtures/packets has its packet table beside it. `FIXTURES=write` writes both anew from
 * the cases; the tables are then checked by eye and by the tshark oracle.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodePacket } from '../../src/decode/packet.ts';
import { encodeRecord, HEADER_LINE, INNER_HEADER_LINE, MAX_ROW_BYTES } from '../../src/table/encode.ts';
import { PacketRecord } from '../../src/table/record.ts';
import { concat, pcapFile, readPcap } from '../support/packets.ts';
import { CASES } from './cases.ts';

const FOLDER = resolve(import.meta.dirname, '../fixtures/packets');
const WRITE = process.env.FIXTURES === 'write';

function tableOf(capture: Uint8Array, inner = false): string {
  const { linkType, packets } = readPcap(capture)!;
  const record = new PacketRecord();
  const rows = packets.map(({ data, wireLen, timestamp }) => {
    const row = new Uint8Array(MAX_ROW_BYTES);
    decodePacket(data, 0, data.length, wireLen, linkType, record, inner);
    record.timestampUs = timestamp;
    return row.subarray(0, encodeRecord(record, row, 0, inner));
  });
  return new TextDecoder().decode(concat(inner ? INNER_HEADER_LINE : HEADER_LINE, ...rows));
}

if (WRITE) {
  for (const [name, { linkType, packets, inner }] of Object.entries(CASES)) {
    const capture = pcapFile(packets, { linkType });
    writeFileSync(join(FOLDER, `${name}.pcap`), capture);
    writeFileSync(join(FOLDER, `${name}.table.csv`), tableOf(capture));
    if (inner) writeFileSync(join(FOLDER, `${name}.inner.csv`), tableOf(capture, true));
  }
}

const captures = readdirSync(FOLDER).filter((name) => name.endsWith('.pcap'));

describe('packet fixtures', () => {
  test('are the packets of the cases', () => {
    expect(captures.sort()).toEqual(
      Object.keys(CASES)
        .map((name) => `${name}.pcap`)
        .sort(),
    );
    for (const [name, { linkType, packets }] of Object.entries(CASES)) {
      expect(pcapFile(packets, { linkType }), name).toEqual(new Uint8Array(readFileSync(join(FOLDER, `${name}.pcap`))));
    }
  });

  test.each(captures)('decode to their table: %s', (name) => {
    const table = readFileSync(join(FOLDER, name.replace('.pcap', '.table.csv')), 'utf8');
    const capture = new Uint8Array(readFileSync(join(FOLDER, name)));
    expect(tableOf(capture)).toBe(table);
    if (!CASES[name.replace('.pcap', '')]?.inner) return;
    expect(tableOf(capture, true)).toBe(readFileSync(join(FOLDER, name.replace('.pcap', '.inner.csv')), 'utf8'));
  });
});
