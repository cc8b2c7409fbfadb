/** All that a source has, as rows of a packet table. */

import { openRecords, type RecordHooks } from '../../src/source/open.ts';
import { encodeRecord, MAX_ROW_BYTES } from '../../src/table/encode.ts';
import { PacketRecord } from '../../src/table/record.ts';

/** All rows of a source as text. */
export async function rowsOf(
  paths: string[],
  hooks?: RecordHooks,
): Promise<{ rows: string; warnings: string[]; stops: [string, number][] }> {
  const source = await openRecords(paths, hooks);
  const record = new PacketRecord();
  const buffer = new Uint8Array(MAX_ROW_BYTES);
  let rows = '';
  for await (const batch of source.batches) {
    for (let k = 0; k < batch.count; k++) {
      batch.read(k, record);
      rows += Buffer.from(buffer.subarray(0, encodeRecord(record, buffer, 0))).toString('latin1');
    }
  }
  await source.close();
  return { rows, warnings: source.facts.warnings, stops: [...source.stops] };
}
