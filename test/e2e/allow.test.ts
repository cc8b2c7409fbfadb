import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anomaly, sample } from '../support/program.js';
import { trained } from '../support/trained.js';

const RANGE = fileURLToPath(new URL('../../../shared/range/', import.meta.url));
const OTHERS = ['syn-scan', 'ssh-brute', 'http-enum', 'exfil', 'icmp-flood', 'ping-sweep', 'syn-flood', 'udp-scan'].map(
  (name) => `${RANGE}${name}.pcap.gz`,
);

interface Told {
  readonly head: string;
  /** as printed */
  readonly silence: string;
}

let folder = '';
let model = '';

beforeAll(async () => {
  model = (await trained()).modelDir;
  folder = mkdtempSync(join(tmpdir(), 'anomaly-allow-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The incidents of the text report; their numbers may change, for what is kept back has one too. */
function detect(capture: string, ...args: string[]): { told: Told[]; code: number | null; report: string } {
  const out = join(folder, 'report.txt');
  const { code, stderr } = anomaly(['detect', '-r', capture, '--model', model, '--out', out, ...args]);
  expect(stderr).not.toContain('allow-list:');
  const report = readFileSync(out, 'utf8');
  const told = report
    .split(/^(?=\[(?:HIGH|MEDIUM|LOW|NOTICE)\])/m)
    .slice(1)
    .map((text) => {
      const [, silence = ''] = /^ {2}Silence {3}((?:.*\n(?= {12}))*.*)/m.exec(text) ?? [];
      const [whole] = /^[\s\S]*?(?=\n {2}(?:Score|Why))/.exec(text) ?? [''];
      return { head: whole.replace(/#\d+ /, '').replace(/\n {2}When[\s\S]*/, ''), silence };
    });
  return { told, code, report };
}

function allow(...silences: string[]): string[] {
  const file = join(folder, 'allow.json');
  writeFileSync(file, `[${silences.join(',\n')}]`);
  return ['--allow', file];
}

/** Each incident, silenced as its report says: it is gone, and all others are there. */
function everyIncidentOf(capture: string): number {
  const { told } = detect(capture);
  for (const { head, silence } of told) {
    const under = detect(capture, ...allow(silence));
    expect(under.told.map((one) => one.head)).toEqual(told.map((one) => one.head).filter((one) => one !== head));
    expect(under.report).toContain('SUPPRESSED');
  }
  return told.length;
}

describe('what a report offers to paste into an allow-list', () => {
  it('silences its incident and no other one', { timeout: 120_000 }, () => {
    expect(everyIncidentOf(sample('mixed.pcap.gz'))).toBeGreaterThan(2);
  });

  it('leaves nothing to fail for where all of it is allowed', { timeout: 120_000 }, () => {
    const { told, code } = detect(sample('mixed.pcap.gz'), '--fail-on-anomaly');
    expect(code).toBe(3);
    const under = detect(sample('mixed.pcap.gz'), '--fail-on-anomaly', ...allow(...told.map(({ silence }) => silence)));
    expect(under.code).toBe(0);
    expect(under.told).toEqual([]);
    expect(under.report).toContain(`The allow-list kept back ${told.length} incidents`);
  });

  const slow = process.env.SLOW !== undefined && existsSync(RANGE);
  it.skipIf(!slow)('does so for recordings of other attacks', { timeout: 600_000 }, () => {
    for (const capture of OTHERS) everyIncidentOf(capture);
  });
});
