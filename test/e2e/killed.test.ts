/** detect is killed at any moment: what it told stays, whole, and the next run goes on. With SLOW set it happens 20 times. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { toldBy } from '../../src/report/told.js';
import { bin, folder, has, sample } from '../support/program.js';
import { random } from '../support/random.js';
import { trained } from '../support/trained.js';

const KILLS = process.env.SLOW ? 20 : 3;
const PCAP_HEADER = 24;
const PACKET_HEADER = 16;
const ROUND_S = 2 * 3600;
const CHUNK = 96 * 1024;
const CHUNK_MS = 15;

/** A capture without end: the attacks of the bundled recording come again every two hours of its time. */
class Endless {
  private readonly header: Buffer;
  private readonly packets: Buffer;
  private readonly times: number[] = [];
  private round = 0;

  constructor() {
    const all = gunzipSync(readFileSync(sample('mixed.pcap.gz')));
    this.header = all.subarray(0, PCAP_HEADER);
    this.packets = Buffer.from(all.subarray(PCAP_HEADER));
    for (let at = 0; at < this.packets.length; at += PACKET_HEADER + this.packets.readUInt32LE(at + 8))
      this.times.push(at);
  }

  async feed(input: NodeJS.WritableStream, isOver: () => boolean): Promise<void> {
    input.on('error', () => undefined);
    input.write(this.header);
    while (!isOver()) {
      this.round++;
      const now = Buffer.from(this.packets);
      for (const at of this.times) now.writeUInt32LE(now.readUInt32LE(at) + this.round * ROUND_S, at);
      for (let at = 0; at < now.length && !isOver(); at += CHUNK) {
        input.write(now.subarray(at, at + CHUNK));
        await sleep(CHUNK_MS);
      }
    }
  }
}

const query = (path: string, sql: string): string => execFileSync('sqlite3', [path, sql], { encoding: 'utf8' }).trim();

/** Standard output of `sqlite3`, which is not our own SQLite; a database that is locked or damaged ends it with an error. */
const reads = (path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const sql = 'SELECT count(*) FROM incidents; SELECT count(*) FROM reasons';
    execFile('sqlite3', [path, sql], (error, out) => (error ? reject(error) : resolve(out)));
  });

describe.skipIf(!has('sqlite3'))('detect, killed at any moment', () => {
  it(
    `keeps what it told a second before, whole, and goes on (${KILLS} times)`,
    async () => {
      const { modelDir } = await trained();
      const place = folder();
      const [jsonl, sqlite] = [join(place, 'r.jsonl'), join(place, 'r.sqlite')];
      const next = random(7);
      const traffic = new Endless();
      let opened = 0;
      let readings = 0;
      let mended = 0;
      const numbers: number[] = [];
      for (let k = 0; k < KILLS; k++) {
        const sizeBefore = existsSync(jsonl) ? readFileSync(jsonl).length : 0;
        const args = ['detect', '-r', '-', '--model', modelDir, '--out', jsonl, sqlite, join(place, 'r.txt')];
        const child = spawn(process.execPath, [bin, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
        const told: { number: number; atMs: number }[] = [];
        let [stdout, stderr, over] = ['', '', false];
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          const whole = (stdout + text).split('\n');
          stdout = whole.pop() ?? '';
          for (const line of whole) {
            const number = /#(\d+) opened/.exec(line)?.[1];
            if (number !== undefined) told.push({ number: Number(number), atMs: performance.now() });
          }
        });
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          stderr += text;
        });
        const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
        const feeding = traffic.feed(child.stdin, () => over);
        while (told.length === 0) await sleep(20);
        const until = performance.now() + 500 + 3000 * next();
        while (performance.now() < until) {
          await reads(sqlite);
          readings++;
          await sleep(50);
        }
        const killedMs = performance.now();
        child.kill('SIGKILL');
        over = true;
        await ended;
        await feeding;

        // the run before was found, and its line said so, in both files
        if (k > 0) {
          expect(stderr).toMatch(
            /r\.jsonl: the run before \(started [\dT:.-]+Z, run [\da-f-]+\) ended without its end/,
          );
          expect(stderr).toMatch(/r\.sqlite: the run before .* ended without its end/);
        }
        const bytes = readFileSync(jsonl);
        const whole = bytes.subarray(sizeBefore, bytes.lastIndexOf(10) + 1).toString();
        mended += bytes.length > bytes.lastIndexOf(10) + 1 ? 1 : 0;
        const lines = whole.split('\n').filter((line) => line !== '');
        const told2 = lines.map((line) => toldBy(JSON.parse(line)));
        const inLines = new Set(told2.map((one) => one?.number));
        expect(query(sqlite, 'PRAGMA integrity_check; PRAGMA foreign_key_check')).toBe('ok');
        const inTable = new Set(query(sqlite, 'SELECT incident FROM incidents').split('\n').map(Number));
        for (const { number, atMs } of told) {
          if (killedMs - atMs < 1000) continue;
          expect(inLines, `incident ${number}`).toContain(number);
          expect(inTable, `incident ${number}`).toContain(number);
        }
        for (const one of told2) if (one?.event === 'opened') numbers.push(one.number);
        opened += told.length;
      }
      // numbers rise over all runs, and none is given twice
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      expect(query(sqlite, 'SELECT count(*) = count(DISTINCT incident) FROM incidents')).toBe('1');
      expect(query(sqlite, "SELECT count(*) FROM runs WHERE outcome = 'cut off'")).toBe(String(KILLS - 1));
      console.log(
        `killed ${KILLS} times: ${opened} incidents opened, ${mended} torn lines, read ${readings} times meanwhile`,
      );
    },
    60_000 + KILLS * 20_000,
  );
});
