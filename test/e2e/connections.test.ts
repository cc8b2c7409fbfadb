import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EveLine } from '../../src/report/eve.js';
import { connLog, DROP, HEADER, SCAN_ROWS, SCANNER, UPLOADER } from '../support/conn-log.js';
import { eveLines, eveProblems, lastWords } from '../support/eve.js';
import { anomaly, bin, sample } from '../support/program.js';
import { query } from '../support/sqlite.js';

const ROWS = 6000;
const dir = mkdtempSync(join(tmpdir(), 'anomaly-test-'));
const at = (name: string): string => join(dir, name);
const model = at('model');
const detect = (log: string, args: readonly string[], input?: Buffer) =>
  anomaly(['detect', '-r', log, '--model', model, ...args], input && { input });

beforeAll(() => {
  // the attacks are in the training log too, and left out by its own label
  writeFileSync(at('train.log.gz'), gzipSync(HEADER + connLog(1, ROWS, true)));
  writeFileSync(at('test.log'), HEADER + connLog(2, ROWS, true, 86_400));
  const done = anomaly(['train', at('train.log.gz'), '--train-on-label', 'BENIGN', '--power', 'off', '--model', model]);
  expect(done.stderr).toContain('learned from 6,000 connections');
  expect(done.code).toBe(0);
}, 120_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const alarms = (path: string): EveLine[] =>
  lastWords(readFileSync(path, 'utf8')).filter(({ alert }) => alert.context.severity !== 'notice');

describe('train and detect on conn.logs', () => {
  it('find the scan and the upload, raise nothing else, and say why in every output', () => {
    const outputs = ['report.txt', 'report.html', 'alerts.jsonl', 'incidents.sqlite', 'incidents.csv'];
    const done = detect(at('test.log'), ['--out', ...outputs.map(at), '--scores', at('scores.csv')]);
    expect(done.stderr).toContain(`${(ROWS + 1 + SCAN_ROWS).toLocaleString('en')} connections examined`);
    expect(done.code).toBe(0);
    for (const name of [...outputs, 'scores.csv']) expect(statSync(at(name)).mode & 0o777, name).toBe(0o600);

    for (const line of eveLines(readFileSync(at('alerts.jsonl'), 'utf8'))) expect(eveProblems(line)).toEqual([]);
    expect(alarms(at('alerts.jsonl')).map((event) => [event.src_ip, event.dest_ip])).toEqual([
      [UPLOADER, DROP],
      [SCANNER, '10.0.0.1'],
    ]);
    const report = readFileSync(at('report.txt'), 'utf8');
    expect(report).toMatch(/30 MB sent within\s+60 s; at\s+most [\d.]+ kB\s+by anybody\s+in\s+training/);
    expect(report).toMatch(/\d+\s+(ports of one host|services)\s+tried/);
    // the log's own labels
    expect(report).toMatch(/ROC-AUC +(1\.0000|0\.99\d\d)\n/);

    const rows = readFileSync(at('scores.csv'), 'utf8').trimEnd().split('\n').slice(1);
    expect(rows).toHaveLength(ROWS + 1 + SCAN_ROWS);
    const flagged = rows.map((row) => row.split(',')).filter((cells) => cells[6] === '1');
    expect(flagged.every((cells) => Number(cells[0]) > ROWS)).toBe(true);
    expect(flagged.length).toBeGreaterThan(SCAN_ROWS / 5);

    const told = query(
      at('incidents.sqlite'),
      "SELECT i.src_ip, i.score, i.first, group_concat(r.text) AS reasons FROM incidents i JOIN reasons r USING (incident) WHERE severity <> 'notice' GROUP BY incident ORDER BY incident",
    );
    expect(told.map((row) => row.src_ip)).toEqual([UPLOADER, SCANNER]);
    for (const row of told) {
      expect(row.score).toBeGreaterThan(0);
      expect(row.first).toMatch(/^2023-11-1/);
      expect(row.reasons).toContain('in training');
    }
    const [records] = query(
      at('incidents.sqlite'),
      'SELECT count(*) AS n, min(score) AS least, min(length(reason)) AS named FROM flagged',
    );
    expect(records).toMatchObject({ n: flagged.length });
    expect(records?.least).toBeGreaterThan(0);
    expect(records?.named).toBeGreaterThan(0);
  });

  it('give the same scores from a pipe, compressed or not', () => {
    const log = readFileSync(at('test.log'));
    const scores = [log, gzipSync(log)].map((input, i) => {
      const done = detect('-', ['--out', at(`pipe${i}.txt`), '--scores', at(`pipe${i}.csv`)], input);
      expect(done.code).toBe(0);
      return readFileSync(at(`pipe${i}.csv`), 'utf8');
    });
    const done = detect(at('test.log'), ['--out', at('file.txt'), '--scores', at('file.csv')]);
    expect(done.code).toBe(0);
    const expected = readFileSync(at('file.csv'), 'utf8');
    expect(scores.every((text) => text === expected)).toBe(true);
  });

  it('name the labels there are when none is the one asked for', () => {
    const done = anomaly(['train', at('train.log.gz'), '--train-on-label', 'good', '--model', at('none')]);
    expect(done.code).toBe(65);
    expect(done.stderr).toBe(
      'anomaly: no record has the label "good" of --train-on-label; there are Benign, Malicious\n',
    );
  });

  it('say when it is the training that is examined', () => {
    const done = detect(at('train.log.gz'), ['--out', at('again.txt')]);
    expect(done.code).toBe(0);
    expect(done.stderr).toContain('most of these connections are of the time that the model was trained on');
    expect(done.stderr).not.toContain('drift');
    expect(readFileSync(at('again.txt'), 'utf8')).toContain('Most of these connections are of the time');
    // the rows left out of training by their label are found all the same
    expect(readFileSync(at('again.txt'), 'utf8')).toContain(`${SCANNER} tries many ports`);
  });

  it('refuse a mixture with packets, in training or with the model, in one line each', () => {
    const mixture = anomaly(['train', at('train.log.gz'), sample('mixed.pcap.gz'), '--model', at('other')]);
    const turned = anomaly(['train', sample('mixed.pcap.gz'), at('train.log.gz'), '--model', at('other')]);
    const judged = detect(sample('mixed.pcap.gz'), ['--out', at('none.txt')]);
    expect([mixture, turned, judged].map(({ code, stdout }) => [code, stdout])).toEqual([
      [2, ''],
      [2, ''],
      [65, ''],
    ]);
    const said = ({ stderr }: { stderr: string }): string[] =>
      stderr.split('\n').filter((line) => line !== '' && !line.startsWith('running as root'));
    expect(said(mixture)).toEqual([
      expect.stringMatching(/mixed\.pcap\.gz: is a pcap file, where a Zeek conn\.log or a flow table is needed$/),
    ]);
    expect(said(turned)).toEqual([expect.stringMatching(/train\.log\.gz: is a Zeek log, where packets are needed$/)]);
    expect(said(judged)).toHaveLength(1);
  });
});

describe('a Node without WebAssembly', () => {
  it('is told in one line', () => {
    const options = { env: { ...process.env, NODE_OPTIONS: '' }, encoding: 'utf8' } as const;
    const done = spawnSync(
      process.execPath,
      ['--jitless', bin, 'train', at('test.log'), '--model', at('none')],
      options,
    );
    expect(done.status).toBe(1);
    // Node itself may warn about the flag
    const said = done.stderr.split('\n').filter((line) => line !== '' && !/^(Warning:|running as root)/.test(line));
    expect(said).toEqual(['anomaly: this needs WebAssembly, which Node was started without; leave out --jitless']);
  });
});

describe('detect --follow', () => {
  it('says what happens in a growing log, through its rotation; Ctrl+C ends it with a report', async () => {
    const live = at('conn.log');
    writeFileSync(live, HEADER + connLog(3, 500));
    const program = spawn(
      process.execPath,
      [bin, 'detect', '--follow', live, '--model', model, '--out', at('follow.txt'), at('follow.jsonl')],
      { env: { ...process.env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let said = '';
    for (const stream of [program.stdout, program.stderr]) stream.on('data', (bytes) => (said += bytes));
    const ended = new Promise<number | null>((resolve) => program.on('exit', resolve));
    const until = async (condition: () => boolean): Promise<void> => {
      for (let waited = 0; !condition() && waited < 60_000; waited += 50) await new Promise((r) => setTimeout(r, 50));
      expect(condition(), said).toBe(true);
    };
    try {
      await until(() => said.includes('following'));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      appendFileSync(live, connLog(4, 300, false, 3000));
      renameSync(live, at('conn.old.log'));
      writeFileSync(live, HEADER + connLog(5, 300, true, 6000));
      await until(() => said.includes(`${SCANNER} tries many ports on 10.0.0.1`));
      program.kill('SIGINT');
      expect(await ended).toBe(0);
    } finally {
      program.kill('SIGKILL');
    }
    expect(said).toContain(`${600 + 1 + SCAN_ROWS} connections examined`);
    expect(readFileSync(at('follow.txt'), 'utf8')).toContain(SCANNER);
    expect(alarms(at('follow.jsonl')).map((event) => event.src_ip)).toEqual([UPLOADER, SCANNER]);
  });
});
