/** What training finds in itself: made-up offices with a scan and an upload in several blocks of time. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { budgetOf, trainingFor, upperBound } from '../../src/detect/evidence/budget.js';
import type { TrainingFinding } from '../../src/detect/evidence/found.js';
import { learn } from '../../src/engine/learn.js';
import { openSource } from '../../src/engine/source.js';
import type { Bundle } from '../../src/model/bundle.js';
import { budgetText } from '../../src/report/budget.js';
import { evidenceLines, evidenceWarnings, findingText } from '../../src/report/evidence.js';
import { connLog, DROP, HEADER, SCAN_ROWS, SCANNER, UPLOADER } from '../support/conn-log.js';
import { folder } from '../support/program.js';

const ROWS = 400;
/** s between the beginnings of two parts: longer than any of them */
const PART_S = 1000;

interface Training {
  readonly bundle: Bundle;
  readonly leftOut: TrainingFinding[];
  readonly records: number;
}

/** Learns an office's log of five parts, with the attacks at the end of those that are named. */
async function office(attacked: readonly number[], trim = false): Promise<Training> {
  const path = join(folder(), 'conn.log');
  const parts = [0, 1, 2, 3, 4].map((part) => connLog(part + 1, ROWS, attacked.includes(part), part * PART_S));
  writeFileSync(path, HEADER + parts.join(''));
  const source = await openSource(path);
  const leftOut: TrainingFinding[] = [];
  let records = 0;
  try {
    const onLeftOut = (findings: readonly TrainingFinding[], count: number): void => {
      leftOut.push(...findings);
      records += count;
    };
    return { bundle: await learn(source, { layers: [], trim }, { onLeftOut }), leftOut, records };
  } finally {
    await source.close();
  }
}

const suspects = ({ bundle }: Training): string[] =>
  bundle.facts.warnings.filter((line) => line.startsWith('this may be an attack'));

it('names nobody of a harmless office', async () => {
  const harmless = await office([]);
  expect(suspects(harmless)).toEqual([]);
  expect(harmless.bundle.facts.evidence).toMatchObject({ raised: 0, forgotten: 0, beyond: 0 });
});

it('names a scan and an upload that are in several blocks, with what others did at most', async () => {
  const [upload, scan] = suspects(await office([0, 2, 3])).sort();
  expect(upload).toContain(`${UPLOADER} to ${DROP} port 4444 (TCP): `);
  expect(upload).toMatch(/30 MB sent \(others alike at most [\d.]+ kB\)/);
  expect(scan).toContain(`${SCANNER}: port scan within 1 min from 2023-`);
  expect(scan).toMatch(/\d\d ports of one host tried \(others alike at most \d+\)/);
});

it('leaves the scan out where it is told to, and then names it no more', async () => {
  const trimmed = await office([0, 2, 3], true);
  expect(trimmed.leftOut.map(({ who }) => who)).toContain(SCANNER);
  expect(trimmed.records).toBeGreaterThanOrEqual(3 * SCAN_ROWS);
  expect(suspects(trimmed).filter((line) => line.includes(SCANNER))).toEqual([]);
  expect(trimmed.bundle.facts.records).toBeLessThanOrEqual(5 * ROWS + 3);
});

it('says when a finding began and how much it was', () => {
  const finding = {
    who: '10.0.0.9',
    initiator: '10.0.0.9',
    responder: '',
    port: -1,
    protocolNumber: -2,
    pattern: 'port scan',
    startUs: 0,
    windowS: 60,
    figures: ['9 ports'],
  } as const;
  expect(findingText(finding)).toBe('10.0.0.9: port scan within 1 min from 1970-01-01 00:00:00 UTC: 9 ports');
});

it('says what memory did not hold', () => {
  const facts = { trainingS: 540, scales: 1, strata: 9, raised: 0, thinned: 2, beyond: 1, forgotten: 3 };
  expect(evidenceWarnings({ facts, findings: [] })).toEqual([
    '2 windows of evidence beyond the memory for them: a fair sample of all was learned',
    '1 time a host, a service or a zone found no place in memory: it will count as new',
    '3 windows of evidence ended early, to make room for others',
  ]);
});

it('promises one false alarm in two and a half times the training, and as few as asked for from there on', () => {
  expect(1 / budgetOf(1, 540)).toBeCloseTo(1350, 6);
  expect(1 / budgetOf(1, trainingFor(1))).toBeCloseTo(86_400, 6);
  expect(1 / budgetOf(1, 1e6)).toBeCloseTo(86_400, 6);
  expect(budgetText({ alertsPerDay: 1, trainingS: 540 })).toBe(
    'one in 23 min is the least that 9 min of training can promise; one a day from 9 h 36 min on',
  );
  expect(budgetText({ alertsPerDay: 2, trainingS: 86_400 })).toBe('at most 2 a day on traffic like that of training');
});

it('says what it looks at, and what the check of the budget came to', () => {
  const facts = { trainingS: 540, scales: 2, strata: 9, raised: 1, thinned: 0, beyond: 0, forgotten: 0 };
  expect(evidenceLines(facts)).toEqual([
    'evidence: windows of 1 min, 4 min; 9 strata, by newness and what leads, share the budget',
    'check: each fifth of the training, judged by the rest, raised 1 alarm; if none was an attack, one in 114 s is the upper 95 % bound',
  ]);
});

// chi2.ppf(0.95, 2 * (n + 1)) / 2 of SciPy
it.each([
  [0, 2.9957],
  [1, 4.7439],
  [10, 16.9622],
])('bounds the mean of which %i events were seen', (events, bound) => {
  expect(upperBound(events)).toBeCloseTo(bound, 3);
});
