/** What tunnels carry, judged: the same rows and the same incidents as without the tunnel. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pcapFile } from '../support/packets.js';
import { anomaly, folder, sample } from '../support/program.js';
import {
  COLLECTOR,
  carriedBy,
  recorded,
  SCANNED,
  SCANNER,
  VTEP,
  WRAPPINGS,
  withScan,
  wrapped,
} from '../support/wrap.js';

const PACKETS = 4000;
const mixed = recorded(sample('mixed.pcap.gz'));
const benign = recorded(sample('benign.pcap.gz'));
const VXLAN = WRAPPINGS.vxlan as (typeof WRAPPINGS)[string];

const rows = (path: string): string[][] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));

function sniffed(dir: string, name: string, capture: Uint8Array, ...options: string[]): string {
  const [pcap, table] = [join(dir, `${name}.pcap`), join(dir, `${name}.csv`)];
  writeFileSync(pcap, capture);
  const done = anomaly(['sniff', '-r', pcap, '--out', table, ...options]);
  expect(done.code, done.stderr).toBe(0);
  return table;
}

/** Without the frame's own lengths; where the tunnel carries IP, without the link layer, which is the one outside. */
const comparable = (cells: readonly string[], ip: boolean): string[] => [
  cells[0] ?? '',
  ...cells.slice(ip ? 7 : 3, 37),
];

describe('a recording in a tunnel', () => {
  it.each(Object.entries(WRAPPINGS))('gives the rows that it gives without: %s', (_name, wrapping) => {
    const dir = folder();
    const packets = mixed.slice(0, PACKETS);
    const plain = rows(sniffed(dir, 'plain', pcapFile(carriedBy(packets, wrapping))));
    const inner = rows(sniffed(dir, 'inner', wrapped(packets, wrapping), '--inner'));
    const ip = wrapping.ip !== undefined;
    expect(inner.length).toBe(plain.length);
    expect(plain.length).toBeGreaterThan(wrapping.ip === 6 ? 5 : 1000);
    expect(inner.map((cells) => comparable(cells, ip))).toEqual(plain.map((cells) => comparable(cells, ip)));
    expect(inner[0]?.at(-1)).toBe('encap');
    expect(new Set(inner.slice(1).map((cells) => cells.at(-1))).size).toBe(1);
  });

  it('reads the same from its table later, and is written again with the same bytes', () => {
    const dir = folder();
    const table = sniffed(dir, 'inner', wrapped(mixed.slice(0, PACKETS), VXLAN), '--inner');
    const again = join(dir, 'again.csv');
    expect(anomaly(['sniff', '-r', table, '--out', again]).code).toBe(0);
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(table, 'utf8'));
  });

  it('says that its contents can be judged, where they were not', () => {
    const dir = folder();
    const pcap = join(dir, 'outer.pcap');
    writeFileSync(pcap, wrapped(mixed.slice(0, PACKETS), VXLAN));
    const done = anomaly(['sniff', '-r', pcap, '--out', join(dir, 'outer.csv')]);
    const hint = `most packets are VXLAN to ${COLLECTOR}: with --inner (sniff, train, detect) their contents are judged`;
    expect(done.stderr).toContain(hint);
    expect(anomaly(['sniff', '-r', join(dir, 'outer.csv'), '--out', join(dir, 'copy.csv')]).stderr).toContain(hint);
    expect(anomaly(['sniff', '--inner', '-r', pcap, '--out', join(dir, 'inner.csv')]).stderr).not.toContain(
      'most packets',
    );
    expect(anomaly(['sniff', '-r', sample('mixed.pcap.gz'), '--out', join(dir, 'p.csv')]).stderr).not.toContain(
      'most packets',
    );
  });

  it('is learned from and judged as what it carries: harmless traffic is silent, and the scan has its own addresses', () => {
    const dir = folder();
    const at = (name: string): string => join(dir, name);
    const split = Math.floor(benign.length * 0.8);
    writeFileSync(at('train.pcap'), wrapped(benign.slice(0, split), VXLAN));
    writeFileSync(at('rest.pcap'), wrapped(benign.slice(split), VXLAN));
    writeFileSync(at('scanned.pcap'), wrapped(withScan(benign.slice(split)), VXLAN));
    const training = ['--epochs', '3', '--power', 'off', '--model'];
    const trained = anomaly(['train', '--inner', at('train.pcap'), ...training, at('inner')]);
    expect(trained.code, trained.stderr).toBe(0);

    // --inner is the model's: nothing has to be said again
    const quiet = anomaly(['detect', '-r', at('rest.pcap'), '--model', at('inner'), '--out', at('rest.txt')]);
    expect(quiet.code, quiet.stderr).toBe(0);
    expect(quiet.stderr).not.toMatch(/incidents: \d+ (high|medium|low)/);

    const found = anomaly([
      ...['detect', '--inner', '-r', at('scanned.pcap'), '--model', at('inner'), '--csv', at('scanned.csv')],
      ...['--out', at('report.txt'), at('report.json'), '--fail-on-anomaly'],
    ]);
    expect(found.code, found.stderr).toBe(3);
    const report = readFileSync(at('report.txt'), 'utf8');
    expect(report).toContain(`${SCANNER} tries many ports on ${SCANNED}`);
    expect(report).not.toContain(VTEP);
    expect(rows(at('scanned.csv'))[0]?.at(-1)).toBe('encap');

    // its table is of the inner packets, and says so
    const table = sniffed(dir, 'table', wrapped(mixed.slice(0, PACKETS), VXLAN), '--inner');
    const outer = sniffed(dir, 'outer', wrapped(mixed.slice(0, PACKETS), VXLAN));
    const detect = (...args: string[]) => anomaly(['detect', '--out', at('r.txt'), '--model', ...args]);
    expect(detect(at('inner'), '-r', table).code).toBe(0);
    expect(detect(at('inner'), '-r', outer)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('outer.csv: the table is of the outermost headers'),
    });

    const plain = anomaly(['train', at('train.pcap'), '--layers', '4', ...training, at('plain')]);
    expect(plain.code, plain.stderr).toBe(0);
    expect(detect(at('plain'), '--inner', '-r', at('rest.pcap'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('was trained without --inner; train again with it, or leave it away'),
    });
    expect(detect(at('plain'), '-r', table)).toMatchObject({
      code: 65,
      stderr: expect.stringContaining('was trained without --inner'),
    });
  }, 300_000);

  it('is refused where --inner means nothing, in one line', () => {
    const dir = folder();
    const at = (name: string): string => join(dir, name);
    writeFileSync(
      at('conn.log'),
      '{"ts":1,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":1,"id.resp_h":"10.0.0.2","id.resp_p":2,"proto":"tcp"}\n',
    );
    expect(anomaly(['train', '--inner', at('conn.log'), '--model', at('m')])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^anomaly: .*conn\.log: --inner is for packets: .*\n$/),
    });
    expect(anomaly(['sniff', '--inner', '-r', sample('mixed.pcap.gz'), '-w', at('x.pcap')])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--inner goes with --out'),
    });
    const outer = sniffed(dir, 'outer', pcapFile(mixed.slice(0, 50)));
    const inner = sniffed(dir, 'inner', pcapFile(mixed.slice(0, 50)), '--inner');
    expect(anomaly(['train', '--inner', outer, '--model', at('m')]).stderr).toContain(
      'sniff its capture again with --inner',
    );
    expect(anomaly(['sniff', '-r', outer, inner, '--out', at('both.csv')])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('packet tables written with --inner and without cannot be read together'),
    });
    writeFileSync(at('cat.csv'), readFileSync(outer, 'utf8') + readFileSync(inner, 'utf8'));
    expect(anomaly(['sniff', '-r', at('cat.csv'), '--out', at('c.csv')])).toMatchObject({
      code: 65,
      stderr: expect.stringContaining(
        'line 52: a table of inner packets (--inner) and one of the outermost ones cannot be one',
      ),
    });
  });
});
