import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLUMNS } from '../../src/table/columns.js';
import { encodeRecord, HEADER_LINE, MAX_ROW_BYTES } from '../../src/table/encode.js';
import { RowParser } from '../../src/table/parse.js';
import { PacketRecord } from '../../src/table/record.js';
import { anyRecord, cellsOf } from './records.js';

const seeded = { seed: 20_240_517, numRuns: 2000 };
const buffer = new Uint8Array(3 + MAX_ROW_BYTES);

function encode(record: PacketRecord): string {
  const end = encodeRecord(record, buffer, 3);
  expect(end - 3).toBeLessThanOrEqual(MAX_ROW_BYTES);
  return Buffer.from(buffer.subarray(3, end)).toString('latin1');
}

function parseRow(row: string, into = new PacketRecord()): PacketRecord {
  const bytes = Buffer.from(row, 'latin1');
  new RowParser().parse(bytes, 0, bytes.length - 1, into);
  return into;
}

describe('the table codec', () => {
  it('writes what csv-stringify writes', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        expect(encode(record)).toBe(stringify([cellsOf(record)]));
      }),
      seeded,
    );
  });

  it('writes what csv-parse reads', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 5 }), (records) => {
        const text = Buffer.from(HEADER_LINE).toString() + records.map(encode).join('');
        const [header, ...rows] = parse(text);
        expect(header).toEqual(COLUMNS.map((column) => column.name));
        expect(rows).toEqual(records.map(cellsOf));
      }),
      { ...seeded, numRuns: 500 },
    );
  });

  it('reads back the record it wrote, whatever was in the record before', () => {
    fc.assert(
      fc.property(anyRecord, anyRecord, (record, before) => {
        const row = encode(record);
        const again = parseRow(row, before);
        expect(cellsOf(again)).toEqual(cellsOf(record));
        expect(again.timestampUs).toBe(record.timestampUs);
        expect(again.payloadEntropy).toBe(record.payloadEntropy);
        expect(again.payloadPrintable).toBe(record.payloadPrintable);
        expect(again.ethSrc).toBe(record.ethSrc);
        expect(encode(again)).toBe(row);
      }),
      seeded,
    );
  });

  it('reads rows of other writers: every cell quoted, CRLF', () => {
    fc.assert(
      fc.property(anyRecord, fc.boolean(), (record, crlf) => {
        const row = stringify([cellsOf(record)], { quoted: true, quoted_empty: true });
        expect(cellsOf(parseRow(crlf ? row.replace(/\n$/, '\r\n') : row))).toEqual(cellsOf(record));
        const plain = encode(record).replace(/\n$/, '\r\n');
        expect(cellsOf(parseRow(plain))).toEqual(cellsOf(record));
      }),
      seeded,
    );
  });

  it('never reads outside the row or fails otherwise than by a message, on rows that were tampered with', () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(), fc.integer({ min: 32, max: 126 }), fc.boolean(), (record, at, byte, cut) => {
        const row = Buffer.from(encode(record), 'latin1');
        const where = at % (row.length - 1);
        const tampered = cut ? Buffer.concat([row.subarray(0, where), Buffer.from('\n')]) : row;
        if (!cut) tampered[where] = byte;
        try {
          const again = new PacketRecord();
          new RowParser().parse(tampered, 0, tampered.length - 1, again);
          expect(cellsOf(parseRow(encode(again)))).toEqual(cellsOf(again));
        } catch (error) {
          expect((error as Error).name).toBe('CellError');
        }
      }),
      seeded,
    );
  });
});
