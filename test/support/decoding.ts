/** Decoding for tests: a record and its row as text. */

import { decodePacket } from '../../src/decode/packet.ts';
import { COLUMNS, type ColumnName } from '../../src/table/columns.ts';
import { encodeRecord, MAX_ROW_BYTES } from '../../src/table/encode.ts';
import { PacketRecord } from '../../src/table/record.ts';

const ETHERNET = 1;

interface DecodeOptions {
  linkType?: number;
  wireLen?: number;
  capLen?: number;
  offset?: number;
  /** the innermost packet of tunnels */
  inner?: boolean;
}

export function decode(data: Uint8Array, options: DecodeOptions = {}): PacketRecord {
  const record = new PacketRecord();
  const offset = options.offset ?? 0;
  const capLen = options.capLen ?? data.length - offset;
  decodePacket(data, offset, capLen, options.wireLen ?? capLen, options.linkType ?? ETHERNET, record, options.inner);
  return record;
}

const buffer = new Uint8Array(MAX_ROW_BYTES);

/** The table's row of a record. Names hold no comma, so it splits at commas. */
export function rowOf(record: PacketRecord): string {
  return new TextDecoder().decode(buffer.subarray(0, encodeRecord(record, buffer, 0) - 1));
}

/** The cells that are not empty, without the frame's own three. */
export function cellsOf(record: PacketRecord): Partial<Record<ColumnName, string>> {
  const cells = rowOf(record).split(',');
  return Object.fromEntries(
    COLUMNS.map(({ name }, i) => [name, cells[i]]).filter(([, cell], i) => i > 2 && cell !== ''),
  );
}

export const stopOf = (record: PacketRecord): string => cellsOf(record).stop ?? '';
