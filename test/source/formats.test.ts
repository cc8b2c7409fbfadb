/** The forms of inputs that docs/inputs.md lists: each sample of the page is read, and says what the page says. */

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openConnLogs } from '../../src/zeek/reader.js';
import { ConnRecord } from '../../src/zeek/record.js';
import { root } from '../support/program.js';
import { rowsOf } from '../support/rows.js';

const page = readFileSync(join(root, 'docs/inputs.md'), 'utf8');
const folder = join(root, 'test/fixtures/formats');
const samples = [...page.matchAll(/^\| (.*) \| `(conn\..*)` \| (.*)\|$/gm)].map(([, form, name = '', said]) => ({
  form,
  path: join(folder, name),
  said: said?.trim() ?? '',
}));

async function connectionsOf(path: string) {
  const source = await openConnLogs([path]);
  const record = new ConnRecord();
  const rows: string[] = [];
  for await (const batch of source.batches) {
    for (let k = 0; k < batch.count; k++) {
      batch.read(k, record);
      const length = record.ipVersion === 4 ? 4 : 16;
      const { service, history, uid, origH, respH } = record;
      const ends = [origH, respH].map((bytes) => [...bytes.subarray(0, length)]);
      rows.push(
        JSON.stringify({
          ...record,
          service: `${service}`,
          history: `${history}`,
          uid: `${uid}`,
          origH: ends[0],
          respH: ends[1],
        }),
      );
    }
  }
  return { rows, warnings: source.facts.warnings };
}

const packetsOf = async (path: string): Promise<string> => (await rowsOf([path])).rows;

describe('the samples of docs/inputs.md', () => {
  it('are there', () => {
    const names = readdirSync(folder).filter((name) => name.startsWith('conn.'));
    expect(samples.map(({ path }) => basename(path)).sort()).toEqual(names.sort());
  });

  it.each(samples)('are ten connections, the same in each: $form', async ({ path, said }) => {
    const { rows, warnings } = await connectionsOf(path);
    expect(rows).toHaveLength(10);
    expect(rows).toEqual((await connectionsOf(join(folder, 'conn.log'))).rows);
    expect(warnings).toHaveLength(said === '' ? 0 : 1);
  });

  it('are ten packets, the same as a capture of either format and as a table', async () => {
    const [pcap = '', pcapng, table] = await Promise.all(
      ['pcap', 'pcapng', 'csv'].map((end) => packetsOf(join(folder, `packets.${end}`))),
    );
    expect(pcap.split('\n')).toHaveLength(11);
    expect(pcapng).toBe(pcap);
    expect(table).toBe(pcap);
  });
});
