import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { eveLines, eveProblems, lastWords } from '../support/eve.js';
import { anomaly, folder, has, sample } from '../support/program.js';
import { type Trained, trained } from '../support/trained.js';

const lines = (path: string): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');
const packets = (path: string): number =>
  Number(/(\d+)\s*$/.exec(execFileSync('capinfos', ['-cMT', '-r', path], { encoding: 'utf8' }).trim())?.[1]);

let model: Trained;
beforeAll(async () => {
  model = await trained();
}, 300_000);

describe('sniff, train, detect on the bundled recordings', () => {
  it.skipIf(!has('capinfos'))('write a row for each packet that capinfos counts', () => {
    expect(lines(model.table).length - 1).toBe(packets(sample('benign.pcap.gz')));
  });

  it('name the attackers, with reasons, in every output, and agree on counts', () => {
    const dir = folder();
    const at = (name: string): string => join(dir, name);
    const done = anomaly([
      'detect',
      '-r',
      sample('mixed.pcap.gz'),
      '--model',
      model.modelDir,
      '--labels',
      sample('mixed.labels.csv.gz'),
      '--out',
      at('report.txt'),
      at('report.html'),
      at('alerts.jsonl'),
      at('incidents.csv'),
      '--scores',
      at('scores.csv'),
      '--csv',
      at('packets.csv'),
    ]);
    expect(done.stderr).toContain('62,937 packets examined');
    expect(done.code).toBe(0);

    const report = readFileSync(at('report.txt'), 'utf8');
    expect(report).toContain('10.20.0.66');
    expect(report).toMatch(
      /[\d,]+ connections of one shape within 60 s; at most \d by any client of this service in\s+training/,
    );

    const alerts = eveLines(readFileSync(at('alerts.jsonl'), 'utf8'));
    const sources = new Set(alerts.map((alert) => alert.src_ip));
    expect(sources).toContain('10.20.0.66');
    for (const alert of alerts) {
      expect(eveProblems(alert)).toEqual([]);
      expect(alert.alert.context.reasons.length).toBeGreaterThan(0);
      expect(alert.alert.context.p).toBeLessThan(0.001);
    }
    const scores = lines(at('scores.csv'));
    expect(scores[0]).toBe('frame,ts,loss,score,smoothed,threshold,anomaly,reason');
    expect(scores.length - 1).toBe(62_937);
    expect(lines(at('packets.csv')).length - 1).toBe(62_937);
    expect(lines(at('incidents.csv')).length - 1).toBe(lastWords(readFileSync(at('alerts.jsonl'), 'utf8')).length);
    for (const name of ['report.txt', 'report.html', 'alerts.jsonl', 'scores.csv', 'packets.csv']) {
      expect(statSync(at(name)).mode & 0o777, name).toBe(0o600);
    }
  });

  it('flag ordinary traffic they have not seen far less than 5 %, and an attack far more', () => {
    const dir = folder();
    const scored = (input: string): number[] => {
      const scores = join(dir, 'scores.csv');
      const done = anomaly([
        'detect',
        '-r',
        input,
        '--model',
        model.modelDir,
        '--out',
        join(dir, 'r.txt'),
        '--scores',
        scores,
      ]);
      expect(done.code).toBe(0);
      return lines(scores)
        .slice(1)
        .map((line) => Number(line.split(',')[6]));
    };
    const share = (flags: number[]): number => flags.reduce((sum, flag) => sum + flag, 0) / flags.length;

    const mixed = scored(sample('mixed.pcap.gz'));
    const labels = execFileSync('gunzip', ['-c', sample('mixed.labels.csv.gz')], { encoding: 'utf8' })
      .trimEnd()
      .split('\n')
      .slice(1);
    const clean = share(mixed.filter((_, i) => labels[i]?.endsWith(',0,')));
    const scan = labels.flatMap((line, i) => (line.endsWith(',1,syn-scan') ? [mixed[i]] : []));
    console.log(
      `flagged: ordinary traffic ${(100 * clean).toFixed(3)} %, SYN scan ${(100 * share(scan)).toFixed(1)} % of ${scan.length} packets`,
    );
    expect(clean).toBeLessThan(0.005);
    expect(share(scan)).toBeGreaterThan(0.5);
  });

  it('give identical scores from pcap and from the table', () => {
    const dir = folder();
    const scores = (input: string, name: string): string => {
      const path = join(dir, name);
      const done = anomaly([
        'detect',
        '-r',
        input,
        '-c',
        '20000',
        '--model',
        model.modelDir,
        '--out',
        join(dir, 'r.txt'),
        '--scores',
        path,
        '--csv',
        join(dir, `${name}.table.csv`),
      ]);
      expect(done.code).toBe(0);
      return readFileSync(path, 'utf8');
    };
    const fromPcap = scores(sample('mixed.pcap.gz'), 'a');
    const fromTable = scores(join(dir, 'a.table.csv'), 'b');
    expect(fromTable).toBe(fromPcap);
    expect(readFileSync(join(dir, 'b.table.csv'), 'utf8')).toBe(readFileSync(join(dir, 'a.table.csv'), 'utf8'));
  });

  it('read a capture from standard input', () => {
    const dir = folder();
    const input = execFileSync('gunzip', ['-c', sample('mixed.pcap.gz')], { maxBuffer: 1 << 28 });
    const done = anomaly(['detect', '-r', '-', '-c', '5000', '--model', model.modelDir, '--out', join(dir, 'r.txt')], {
      input,
    });
    expect(done.stderr).toContain('5,000 packets examined');
    expect(done.code).toBe(0);
  });

  it('exit with 3 when asked to fail on anomalies', () => {
    const dir = folder();
    const done = anomaly([
      'detect',
      '-r',
      sample('mixed.pcap.gz'),
      '-c',
      '10000',
      '--model',
      model.modelDir,
      '--out',
      join(dir, 'r.txt'),
      '--fail-on-anomaly',
    ]);
    expect(done.code).toBe(3);
  });
});
