/** Large logs are read in a thread of the built program: same rows, warnings and errors, and nothing left behind. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnSource } from '../../src/zeek/logs.js';
import { openConnLogs } from '../../src/zeek/reader.js';
import { ConnRecord } from '../../src/zeek/record.js';
import { THREAD_FROM_BYTES } from '../../src/zeek/threaded.js';
import { root } from '../support/program.js';

const HEADER = `#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tconn_state\thistory\n`;
const row = (i: number): string =>
  `${1.7e9 + i}.000001\tC${i}\t10.0.${(i >> 8) & 255}.${i & 255}\t${i % 65536}\t2001:db8::1\t443\ttcp\tssl\tSF\tShADadFf\n`;
const ROWS = 120_000;

let folder = '';
let large = '';
/** of the built program, whose thread can be started */
let built: typeof openConnLogs;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conn-'));
  large = join(folder, 'conn.log');
  await writeFile(large, HEADER + Array.from({ length: ROWS }, (_, i) => row(i)).join(''));
  built = (await import(join(root, 'dist/zeek/reader.js'))).openConnLogs;
});
afterAll(() => rm(folder, { recursive: true }));

/** Threads of this process. The kernel lists one for a moment after it was joined, and Node may start some of its own. */
const threads = (): number => (existsSync('/proc/self/task') ? readdirSync('/proc/self/task').length : 0);

async function contents(source: ConnSource): Promise<{ ports: number; times: number; rows: number }> {
  const record = new ConnRecord();
  const sums = { ports: 0, times: 0, rows: 0 };
  for await (const batch of source.batches) {
    for (let k = 0; k < batch.count; k++) {
      batch.read(k, record);
      sums.rows++;
      sums.ports += record.origP * (sums.rows % 7);
      sums.times += record.timestampUs / 1e6 - 1.7e9;
    }
  }
  return sums;
}

describe('a large log', () => {
  it('gives the same rows and facts from the thread as without one', async () => {
    expect(statSync(large).size).toBeGreaterThan(THREAD_FROM_BYTES);
    // whatever else a first reading starts stays
    await contents(await built([large]));
    const threaded = await built([large]);
    const reading = threads();
    // the sources have no compiled thread to start: they read here
    const plain = await openConnLogs([large]);
    const sums = await contents(threaded);
    expect(sums).toEqual(await contents(plain));
    expect(sums.rows).toBe(ROWS);
    expect(threaded.facts).toEqual(plain.facts);
    if (reading > 0) await expect.poll(threads, { timeout: 10_000 }).toBeLessThan(reading);
  }, 30_000);

  it('leaves no thread behind, read whole or closed early', async () => {
    const times = 5;
    const ways: ((source: ConnSource) => Promise<void>)[] = [
      async (source) => {
        expect((await contents(source)).rows).toBe(ROWS);
      },
      async (source) => {
        for await (const batch of source.batches) {
          expect(batch.count).toBeGreaterThan(0);
          break;
        }
      },
      async (source) => {
        const rest = contents(source);
        await source.close();
        expect((await rest).rows).toBeLessThan(ROWS);
      },
    ];
    for (const way of ways) {
      const before = threads();
      for (let i = 0; i < times; i++) await way(await built([large]));
      await expect.poll(threads, { timeout: 10_000 }).toBeLessThan(before + times);
    }
  }, 30_000);

  it('tells of cut tails, bad lines and damage as a small one does', async () => {
    const cut = join(folder, 'cut.log');
    await writeFile(cut, `${HEADER}rubbish\n${Array.from({ length: ROWS }, (_, i) => row(i)).join('')}1700`);
    const source = await built([cut]);
    expect((await contents(source)).rows).toBe(ROWS);
    expect(source.facts.warnings.join('\n')).toMatch(/1 line left out .* line 4 .*\n.*ends in the middle of line \d+/);

    const damaged = join(folder, 'damaged.log.gz');
    const noise = Array.from({ length: 300_000 }, (_, i) => row(Math.imul(i, 2654435761) >>> 8)).join('');
    const bytes = gzipSync(HEADER + noise, { level: 1 });
    bytes.fill(0xff, bytes.length - 3000, bytes.length - 2000);
    await writeFile(damaged, Buffer.concat([bytes, Buffer.alloc(THREAD_FROM_BYTES)]));
    await expect(built([damaged]).then(contents)).rejects.toMatchObject({
      code: 'BAD_DATA',
      message: expect.stringContaining('gzip data damaged'),
    });

    const other = join(folder, 'dns.log');
    await writeFile(other, '#separator \\x09\n#path\tdns\n');
    await truncate(other, THREAD_FROM_BYTES);
    await expect(built([other])).rejects.toMatchObject({
      code: 'BAD_DATA',
      message: expect.stringContaining('is a Zeek dns log'),
    });
  });
});
