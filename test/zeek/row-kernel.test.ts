import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConnBatch } from '../../src/zeek/conn-batch.js';
import { Rows } from '../../src/zeek/lines.js';
import { ConnRecord } from '../../src/zeek/record.js';
import { RowKernel } from '../../src/zeek/row-kernel.js';
import { type LineParser, TsvParser } from '../../src/zeek/tsv.js';

const NAMES =
  'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents ip_proto label detailed-label'.split(
    ' ',
  );
const HEAD = `#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n`;

/** Cells that are usual, unusual and damaged, by column. */
const CELLS: Record<string, readonly string[]> = {
  ts: ['1700000000.123457', '1700000000', '1700000000.1', '1.5e9', '1700000000123', '1700000000.1234567', '-', '2023'],
  address: [
    '10.0.0.1',
    '255.255.255.255',
    '0.0.0.0',
    '2001:db8::1',
    '::ffff:10.0.0.9',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    '-',
  ],
  port: ['0', '443', '65535', '65536', '-', 'x', '12.0'],
  proto: ['tcp', 'udp', 'icmp', 'TCP', 'Udp', 'ICMP', 'unknown_transport', 'tcpx', 'tc', '-', 'icmp6'],
  service: [
    '-',
    'ssl',
    'http,ssl',
    'ssl,http',
    '(empty)',
    'a'.repeat(140),
    'dn\u00fcs',
    'x y',
    'b'.repeat(128),
    'DNS',
    'gss-Api,KRB',
    `${'c'.repeat(20)}X`,
  ],
  duration: ['-', '0.000002', '3', '12345678901234.123456', '1e-3', '0.1234567', '.5', '5.'],
  count: ['0', '7', '123456789012345', '1234567890123456', '1e3', '12.0', '-', '', '-5', '9'.repeat(25)],
  conn_state: ['S0', 'SF', 'RSTOS0', 'OTH', 'SHR', 'sf', 'rstoS0', 'XX', '-', 'RSTOS0RSTO', ''],
  flag: ['T', 'F', '-', 'true', '1', '0', 'maybe'],
  history: ['ShADadFf', '-', 'S', '^dD', 'D'.repeat(64), 'D'.repeat(70), 'a\u0001b'],
  ip_proto: ['6', '17', '1', '99', '-', '70000'],
  label: ['Benign', '-', 'Malicious', 'x'.repeat(65), 'a b', '(empty)'],
  uid: ['CHhAvVGS1DHFjwGM9', '-', '', 'C'.repeat(40)],
};
const KIND: Record<string, string> = {
  'id.orig_h': 'address',
  'id.resp_h': 'address',
  'id.orig_p': 'port',
  'id.resp_p': 'port',
  local_orig: 'flag',
  local_resp: 'flag',
  tunnel_parents: 'label',
  'detailed-label': 'label',
};
const cellsOf = (name: string): readonly string[] => CELLS[KIND[name] ?? name] ?? CELLS.count;

/** Each row as text, and what became of the lines. */
function read(text: Buffer, sizes: readonly number[], parser: LineParser, kernel: RowKernel | null) {
  const rows = new Rows('x', parser, undefined, 0, kernel);
  const found: string[] = [];
  const record = new ConnRecord();
  const take = (batches: Iterable<ConnBatch>): void => {
    for (const batch of batches) {
      for (let k = 0; k < batch.count; k++) {
        batch.read(k, record);
        const length = record.ipVersion === 4 ? 4 : 16;
        const texts = [record.service, record.history, record.label, record.detailedLabel].map((field) =>
          Buffer.from(field.bytes.subarray(0, field.length)).toString('latin1'),
        );
        const ends = [record.origH, record.respH].map((bytes) => bytes.slice(0, length).join('.'));
        const numbers = Object.values(record).filter((value) => typeof value === 'number');
        found.push(JSON.stringify([numbers, ends, texts]));
      }
    }
  };
  for (let at = 0, i = 0; at < text.length; i++) {
    const end = at + sizes[i % sizes.length];
    take(rows.take(text.subarray(at, end)));
    at = end;
  }
  take(rows.finish());
  return { found, counts: { ...rows.counts } };
}

describe('the compiled reader of rows', () => {
  const kernel = RowKernel.shared() as RowKernel;

  it('is there', () => {
    expect(kernel).toBeDefined();
  });

  it('gives the same rows, faults and counts as the parser alone, whatever the cells are', () => {
    const line = fc
      .tuple(...NAMES.map((name) => fc.nat({ max: 1000 }).map((n) => [name, n] as const)))
      .chain((cells) =>
        fc.tuple(fc.constant(cells), fc.nat({ max: 3 }), fc.constantFrom('\n', '\n', '\n', '\r\n', '\tmore\n', '\n\n')),
      )
      .map(([cells, odd, end]) => {
        // mostly the first, usual cell of a column
        const words = cells.map(([name, n]) => {
          const values = cellsOf(name);
          return n < 20 * odd ? values[n % values.length] : values[n % Math.min(2, values.length)];
        });
        return words.join('\t') + end;
      });
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 40 }),
        fc.shuffledSubarray(NAMES, { minLength: NAMES.length }),
        fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (lines, order, sizes, cut) => {
          const index = order.map((name) => NAMES.indexOf(name));
          const shuffled = lines.map((text) => {
            const body = text.replace(/\r?\n+$/, '');
            const cells = body.split('\t');
            const rest = cells.slice(NAMES.length);
            return [...index.map((i) => cells[i]), ...rest].join('\t') + text.slice(body.length);
          });
          const head = `${HEAD}#fields\t${order.join('\t')}\n`;
          const whole = Buffer.from(head + shuffled.join(''));
          const text = cut ? whole.subarray(0, -7) : whole;
          const fast = read(text, sizes, new TsvParser('x'), kernel);
          const slow = read(text, sizes, new TsvParser('x'), null);
          expect(fast).toEqual(slow);
        },
      ),
      { seed: 61, numRuns: 300 },
    );
  });

  it('reads usual lines itself, over the edge of a batch and of a piece of text', () => {
    const row = NAMES.map((name) => cellsOf(name)[0]).join('\t');
    const text = Buffer.from(`${HEAD}#fields\t${NAMES.join('\t')}\n${`${row}\n`.repeat(2000)}`);
    let lines = 0;
    const parser = new TsvParser('x');
    const { line } = parser;
    Object.assign(parser, {
      line(...cell: Parameters<typeof line>) {
        lines++;
        return line.apply(parser, cell);
      },
    });
    const { found, counts } = read(text, [text.length], parser, kernel);
    expect(found).toHaveLength(2000);
    expect(new Set(found).size).toBe(1);
    expect(counts.lines).toBe(2006);
    // the header, and a line over each edge of a piece of text
    expect(lines).toBeLessThan(20);
  });
});
