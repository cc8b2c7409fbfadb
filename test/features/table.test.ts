import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PacketFeatures } from '../../src/features/packet/index.ts';
import { openRecords } from '../../src/source/open.ts';
import { encodeRecord, HEADER_LINE, MAX_ROW_BYTES } from '../../src/table/encode.ts';
import { PacketRecord } from '../../src/table/record.ts';

const SAMPLE = join(import.meta.dirname, '../../data/mixed.pcap.gz');

/** Reads a file twice, as training does, and gives its feature rows. `visit` sees each record of the first reading. */
async function rowsOf(path: string, visit: (record: PacketRecord) => void = () => undefined): Promise<Float32Array> {
  const features = new PacketFeatures({ novelty: true });
  const width = features.schema.columns.length;
  const record = new PacketRecord();
  let count = 0;
  for await (const batch of (await openRecords([path])).batches) {
    for (let i = 0; i < batch.count; i++, count++) {
      batch.read(i, record);
      visit(record);
      features.learn(record, 0);
    }
  }
  features.freeze();
  const rows = new Float32Array(count * width);
  let at = 0;
  for await (const batch of (await openRecords([path])).batches) {
    for (let i = 0; i < batch.count; i++, at += width) {
      batch.read(i, record);
      features.transform(record, rows, at);
    }
  }
  return rows;
}

describe('packet features of the same traffic', () => {
  it('are the same bits from a capture and from its packet table', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'features-'));
    try {
      const capture = join(folder, 'sample.pcap');
      const table = join(folder, 'sample.csv');
      writeFileSync(capture, gunzipSync(readFileSync(SAMPLE)));
      const lines: Buffer[] = [Buffer.from(HEADER_LINE)];
      const buffer = new Uint8Array(MAX_ROW_BYTES);
      const fromCapture = await rowsOf(capture, (record) => {
        lines.push(Buffer.from(buffer.slice(0, encodeRecord(record, buffer, 0))));
      });
      writeFileSync(table, Buffer.concat(lines));
      const fromTable = await rowsOf(table);
      expect(fromCapture.length).toBeGreaterThan(100_000);
      expect(fromTable.length).toBe(fromCapture.length);
      expect(Buffer.compare(Buffer.from(fromTable.buffer), Buffer.from(fromCapture.buffer))).toBe(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
