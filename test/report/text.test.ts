import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Incident } from '../../src/detect/incident.js';
import type { RunFacts } from '../../src/detect/run-facts.js';
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
  const see = (places: readonly object[] | undefined, changes: Partial<Incident> = {}, run: Partial<RunFacts> = {}) => {
    const of = places && { places: { 1: places as never } };
    const report = { facts: facts({ ...run, ...of }), incidents: [incident(1, changes)] };
    const lines = renderText(report).split('\n');
    const at = lines.findIndex((line) => line.startsWith('  See'));
    const end = lines.findIndex((line, i) => i > at && /^ {2}\S/.test(line));
    return lines
      .slice(at, end)
      .map((line) => line.slice(12))
      .join('\n');
  };
  const numbers = [3, 4, 5, 9];

  it('is tshark with frame ranges for a capture', () => {
    expect(see([{ word: 'a.pcap', format: 'pcapng, gzip', numbers }])).toBe(
      "tshark -r a.pcap -Y 'frame.number in {3..5, 9}'",
    );
  });

  it('has a line for each of the first three files, and says how many there are', () => {
    const files = [
      { word: 'b.pcap', format: 'pcap', numbers: [1, 2] },
      { word: 'c.csv', format: 'table, gzip', numbers: [7] },
      { word: 'd.pcap', format: 'pcapng', numbers },
      { word: 'a.pcap', format: 'pcap', numbers: [1] },
    ];
    expect(see(files)).toBe(
      "tshark -r b.pcap -Y 'frame.number in {1..2}'\nzcat c.csv | sed -n '7p'\n" +
        "tshark -r d.pcap -Y 'frame.number in {3..5, 9}'",
    );
    const report = { facts: facts({ places: { 1: files as never } }), incidents: [incident(1)] };
    expect(renderText(report).replace(/\s+/g, ' ')).toContain('(240 in all; in 4 files, See has the first 3)');
  });

  it('is broken where a shell goes on reading when the name is long, and the name is whole', () => {
    for (const word of [`${'long/'.repeat(12)}a.pcap`, 'x'.repeat(300)]) {
      expect(see([{ word, format: 'pcap', numbers }])).toBe(`tshark -r ${word} \\\n  -Y 'frame.number in {3..5, 9}'`);
      expect(see([{ word, format: 'table', numbers }])).toBe(`sed -n '3,5p;9p' \\\n  ${word}`);
      expect(see([{ word, format: 'zeek-tsv, gzip', numbers }])).toBe(`zcat ${word} |\n  sed -n '3,5p;9p'`);
    }
  });

  it('reads standard input where records came that way, and the report says so', () => {
    expect(see([{ word: '-', format: 'pcap', numbers }])).toBe("tshark -r - -Y 'frame.number in {3..5, 9}'");
    expect(see([{ word: '-', format: 'zeek-json', numbers }])).toBe("sed -n '3,5p;9p'");
    expect(see([{ word: '-', format: 'table, gzip', numbers }])).toBe("zcat | sed -n '3,5p;9p'");
    expect(renderText({ facts: facts(), incidents: [incident(1)] })).toMatch(/--pcap-out\s+FILE: it keeps them/);
  });

  it('looks in a log that is followed, and in what it was moved to, for the ids or else for the hosts', () => {
    const place = { word: 'conn.log', format: 'zeek', followed: true, numbers };
    expect(see([place], { uids: ['CHhAvVGS1DHFjwGM9', "C'x"] })).toBe(
      "zgrep -hwF -e CHhAvVGS1DHFjwGM9 -e 'C'\\''x' \\\n  conn.log*",
    );
    expect(see([place])).toBe('zgrep -hwF 10.0.0.9 conn.log* |\n  grep -wF 10.0.0.5');
  });

  it('is a display filter by parties and time for what came live', () => {
    const filter = (changes: Partial<Incident> = {}): string => see(undefined, changes).replace(/\n */g, ' ');
    const time = "frame.time_epoch >= 1795456860.000000 && frame.time_epoch <= 1795456902.000000'";
    expect(filter()).toBe(`tshark -r - -Y 'ip.addr == 10.0.0.9 && ip.addr == 10.0.0.5 && ${time}`);
    expect(filter({ others: ['10.0.0.6'] })).toBe(
      `tshark -r - -Y 'ip.src in {10.0.0.9, 10.0.0.5, 10.0.0.6} && ip.dst in {10.0.0.9, 10.0.0.5, 10.0.0.6} && ${time}`,
    );
    expect(filter({ others: Array.from({ length: 40 }, (_, k) => `10.0.1.${k}`) })).toBe(
      `tshark -r - -Y 'ip.addr == 10.0.0.9 && ${time}`,
    );
    expect(filter({ initiator: '2001:db8::1', others: ['2001:db8::2'] })).toBe(
      `tshark -r - -Y '((ipv6.addr == 2001:db8::1 && ipv6.addr == 2001:db8::2) || (ip.addr == 10.0.0.5)) && ${time}`,
    );
    expect(filter({ protocolNumber: -1 })).toBe(`tshark -r - -Y 'arp && ${time}`);
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
