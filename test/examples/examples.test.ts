/** The programs in examples/, run as they stand against the built library. */
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { hasNative } from '../support/engines.js';
import { folder, root, sample } from '../support/program.js';
import { trained } from '../support/trained.js';

const examples = join(root, 'examples');
const capture = sample('mixed.pcap.gz');

function run(name: string, ...args: string[]): string {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 } as const;
  return execFileSync(process.execPath, [join(examples, `${name}.js`), ...args], options);
}

describe('the examples', () => {
  it('learn.js keeps a model that another program can load', () => {
    const model = join(folder(), 'mine');
    expect(run('learn', sample('benign.pcap.gz'), model, '1')).toMatch(/^77744 packets, \d+ features\nthreshold \d/);
    expect(existsSync(join(model, 'bundle.json'))).toBe(true);
  });

  it('score.js prints the records that are evidence', async () => {
    const { modelDir } = await trained();
    const [header, ...rows] = parse(run('score', modelDir, capture)) as string[][];
    expect(header).toEqual(['frame', 'score', 'smoothed', 'feature']);
    expect(rows.length).toBeGreaterThan(1000);
    const frames = rows.map(([frame]) => Number(frame));
    expect(frames).toEqual([...frames].sort((a, b) => a - b));
  });

  it('own-sink.js posts every incident, from its opening on', async () => {
    const { modelDir } = await trained();
    const told: { type: string; id: number; title: string; why: string[] }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        told.push(JSON.parse(body));
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const args = [join(examples, 'own-sink.js'), modelDir, capture, `http://127.0.0.1:${port}/`];
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
      const opened = told.filter(({ type }) => type === 'opened');
      expect(stdout).toBe(`${opened.length} incidents\n`);
      expect(opened.map(({ title }) => title).join('; ')).toContain('tries many ports');
      expect(opened.every(({ why }) => why.length > 0)).toBe(true);
    } finally {
      server.close();
    }
  });

  it('feature-matrix.js writes a column for each feature and a row for each record', async () => {
    const { modelDir } = await trained();
    const { schema } = JSON.parse(readFileSync(join(modelDir, 'bundle.json'), 'utf8')) as {
      schema: { columns: { name: string }[] };
    };
    const small = sample('../test/fixtures/packets/transport.pcap');
    const [header, ...rows] = parse(run('feature-matrix', modelDir, small), { cast: true }) as [
      string[],
      ...number[][],
    ];
    expect(header).toEqual(['ts', ...schema.columns.map(({ name }) => name)]);
    expect(rows.length).toBe(13);
    expect(rows.every((row) => row.length === header.length && row.every(Number.isFinite))).toBe(true);
  });

  it('evaluate.js prints the evaluation as JSON', async () => {
    const { modelDir } = await trained();
    const found = JSON.parse(run('evaluate', modelDir, capture, sample('mixed.labels.csv.gz')));
    expect(found.records).toBe(62_937);
    expect(found.rocAuc).toBeGreaterThan(0.9);
    expect(found.attacks.map(({ attack }: { attack: string }) => attack)).toContain('syn-scan');
  });

  it('power.js says from which size on attacks are raised', () => {
    const told = run('power', capture.replace('mixed', 'benign'), '1', 'rogue DHCP server');
    expect(told).toMatch(/^\d+ placements of each size, [\d.]+ s\nrogue DHCP server: /);
  });

  it.runIf(hasNative)('danfo.js groups a packet table and correlates its columns on TensorFlow', async () => {
    const { table } = await trained();
    const [small, page] = [join(folder(), 'small.csv'), join(folder(), 'packets.html')];
    writeFileSync(small, readFileSync(table, 'utf8').split('\n', 5001).join('\n'));
    const told = run('danfo', small, page);
    expect(told).toMatch(/count +│ 5000/);
    expect(told).toMatch(/ip\.src +│ frame\.len_sum +│ frame\.len_count/);
    expect(Number(/correlation of frame.len and payload.len: ([\d.]+) \(tensorflow\)/.exec(told)?.[1])).toBeGreaterThan(
      0.9,
    );
    expect(readFileSync(page, 'utf8').match(/<svg /g)?.length).toBe(2);
  });

  it('are all run here', () => {
    const tests = readFileSync(import.meta.filename, 'utf8');
    const names = readdirSync(examples).filter((name) => name.endsWith('.js'));
    expect(names.length).toBe(7);
    for (const name of names) expect(tests, name).toContain(`${name} `);
  });

  it('agree with the types of the library', () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const options =
      '--noEmit --allowJs --checkJs --strict --noImplicitAny false --skipLibCheck --module nodenext --target es2022 --types node';
    const files = readdirSync(examples).map((name) => join(examples, name));
    const checked = execFileSync(process.execPath, [tsc, ...options.split(' '), ...files], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(checked).toBe('');
  });
});
