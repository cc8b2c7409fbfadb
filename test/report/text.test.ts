import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { displayWidth, WIDTH, wrap } from '../../src/report/layout.js';
import { renderText, TOLD_IN_FULL } from '../../src/report/text.js';
import { facts, hostile, incident, mixed } from './sample.js';

const golden = new URL('../fixtures/report/mixed.txt', import.meta.url);

describe('the text report', () => {
  it('is the golden one for a mixed recording', () => {
    expect(renderText(mixed())).toBe(readFileSync(golden, 'utf8'));
  });

  it('fits 100 columns and keeps every control character out, whatever the names are', () => {
    const text = renderText(hostile(TOLD_IN_FULL + 50));
    expect(text.split('\n').filter((line) => displayWidth(line) > WIDTH)).toEqual([]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is the point
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
  });

  it('names every incident once, worst first, the many later ones on one line each', () => {
    const report = hostile(TOLD_IN_FULL + 50);
    const text = renderText(report);
    const full = [...text.matchAll(/^\[(HIGH|MEDIUM|LOW|NOTICE)\] +#(\d+)/gm)];
    const short = [...text.matchAll(/^ {2}(?:high|medium|low|notice) +#(\d+)/gm)];
    expect(full).toHaveLength(TOLD_IN_FULL);
    const ids = [...full.map((m) => m[2]), ...short.map((m) => m[1])].map(Number);
    expect(ids.toSorted((a, b) => a - b)).toEqual(report.incidents.map((i) => i.id));
    const order = full.map((m) => ['NOTICE', 'LOW', 'MEDIUM', 'HIGH'].indexOf(m[1]));
    expect(order).toEqual(order.toSorted((a, b) => b - a));
  });

  it('says so when there was nothing, and when nothing was found', () => {
    const empty = facts({ records: 0, firstUs: 0, lastUs: 0, anomalous: 0, timeline: [], stops: [], drift: [] });
    expect(renderText({ facts: empty, incidents: [] })).toContain('Nothing was examined');
    expect(renderText({ facts: facts(), incidents: [] })).toContain('No incident in 12,345 packets over 4 min 5 s.');
  });

  it('says what is known of drops, and what is not', () => {
    const source = { name: 'eth0', format: 'pcap', driver: 'cap', gaps: [], warnings: [] };
    const drops = (extra: object): string => {
      const text = renderText({ facts: facts({ sources: [{ ...source, ...extra }] }), incidents: [] });
      return text.split('\n').find((line) => line.startsWith('  Drops')) as string;
    };
    expect(drops({})).toContain('unknown');
    expect(drops({ droppedEstimate: 12 })).toContain('about 12 packets');
    expect(drops({ driver: 'tcpdump', dropped: 0 })).toContain('none');
    expect(drops({ driver: 'tcpdump', dropped: 1 })).toContain('1 packet');
  });
});

describe('the command that shows an incident', () => {
  const see = (sources: object[], changes = {}, places?: object): string => {
    const base = { gaps: [], warnings: [] };
    const report = {
      facts: facts({
        sources: sources.map((s) => ({ ...base, ...s })) as never,
        ...(places && { places: places as never }),
      }),
      incidents: [incident(1, { frames: [3, 4, 5, 9], ...changes })],
    };
    const lines = renderText(report).split('\n');
    const at = lines.findIndex((line) => line.startsWith('  See'));
    const end = lines.findIndex((line, i) => i > at && /^ {2}\S/.test(line));
    return lines
      .slice(at, end)
      .map((line) => line.slice(12))
      .join('\n');
  };

  it('is tshark with frame ranges for one capture, its name quoted for a shell', () => {
    expect(see([{ name: 'a.pcap', format: 'pcap' }])).toBe("tshark -r a.pcap -Y 'frame.number in {3..5, 9}'");
    expect(see([{ name: "it's $(id).pcap", format: 'pcapng' }])).toBe(
      "tshark -r 'it'\\''s $(id).pcap' -Y 'frame.number in {3..5, 9}'",
    );
    expect(see([{ name: '-Xlua.pcap', format: 'pcap' }])).toContain('tshark -r ./-Xlua.pcap ');
  });

  it('has the file and its own numbers where there are several, one line for each of the first three', () => {
    const all = { name: 'a.pcap, b.pcap, c.csv, d.pcap', format: 'pcap' };
    const files = [
      { name: 'b.pcap', format: 'pcap', frames: [1, 2] },
      { name: 'c.csv', format: 'table, gzip', frames: [7] },
      { name: 'd.pcap', format: 'pcapng', frames: [3, 4, 5, 9] },
      { name: 'a.pcap', format: 'pcap', frames: [1] },
    ];
    expect(see([all], {}, { 1: files })).toBe(
      "tshark -r b.pcap -Y 'frame.number in {1..2}'\nzcat c.csv | grep -v '^[^0-9]*frame.time_epoch' | sed -n '7p'\n" +
        "tshark -r d.pcap -Y 'frame.number in {3..5, 9}'",
    );
    expect(see([all], {}, { 1: [] })).toContain('tshark -r CAPTURE -Y ');
  });

  it('is broken where a shell goes on reading when the name is long', () => {
    const name = `${'long/'.repeat(12)}a.pcap`;
    expect(see([{ name, format: 'pcap' }])).toBe(`tshark -r ${name} \\\n  -Y 'frame.number in {3..5, 9}'`);
    expect(see([{ name, format: 'table' }])).toBe(
      `cat ${name} |\n  grep -v '^[^0-9]*frame.time_epoch' |\n  sed -n '3,5p;9p'`,
    );
    expect(see([{ name: 'x'.repeat(100), format: 'pcap' }])).toContain('tshark -r FILE ');
  });

  it('is sed for a packet table and a log', () => {
    expect(see([{ name: 'p.csv', format: 'table' }])).toBe(
      "cat p.csv | grep -v '^[^0-9]*frame.time_epoch' | sed -n '3,5p;9p'",
    );
    expect(see([{ name: 'conn.log.gz', format: 'zeek-tsv' }])).toBe(
      "zcat conn.log.gz | grep -v '^#' | sed -n '3,5p;9p'",
    );
  });

  it('is a display filter by address and time for what came live', () => {
    const text = see([{ name: 'eth0', format: 'pcap', driver: 'cap' }]).replace(/\n */g, ' ');
    expect(text).toBe(
      "tshark -r CAPTURE -Y 'ip.addr == 10.0.0.9 && ip.addr == 10.0.0.5 && frame.time_epoch >= 1795456860.000000 && frame.time_epoch <= 1795456902.000000'",
    );
  });
});

describe('the layout', () => {
  it('wraps at spaces and breaks only what is too long', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrap('', 10)).toEqual(['']);
  });

  it('counts wide characters twice and marks not at all', () => {
    expect(displayWidth('日本')).toBe(4);
    expect(displayWidth('e\u0301')).toBe(1);
  });
});
