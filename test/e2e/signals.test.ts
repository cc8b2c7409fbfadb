/** Ctrl+C is answered soon, whatever is being read and whatever is being worked out. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, interrupted } from '../support/answer.js';
import { connLog, HEADER } from '../support/conn-log.js';
import { HOSTILE } from '../support/hostile.js';
import { anomaly, folder } from '../support/program.js';
import { trained } from '../support/trained.js';

/** s: what the longest answer may take of a processor */
const LONGEST = 2;
const SLOW = process.env.SLOW !== undefined;
const TIMES = SLOW ? 20 : 1;
/** ms after it began to listen */
const MOMENT = 800;
const WAITING = { 'a pipe without a writer': fifo, 'standard input that sends nothing': () => '-' };
type Make = (place: string) => string;
const PACKETS: readonly [string, Make][] = Object.entries({ ...HOSTILE.packets, ...WAITING });
const ALL: readonly [string, Make][] = Object.entries({ ...HOSTILE.packets, ...HOSTILE.logs, ...WAITING });
/** Detection is tried with every kind of input; the other commands read by the same code, and with all of them where there is time. */
const some = (inputs: typeof ALL): typeof ALL => (SLOW ? inputs : inputs.filter((_, k) => k % 3 === 1));

let inputs = '';
const made = new Map<string, string>();
/** Made once, for some take longer than their test. */
function inputOf(name: string, make: Make): string {
  const path = made.get(name) ?? make(mkdtempSync(join(inputs, 'input-')));
  made.set(name, path);
  return path;
}

let models: { packet: string; connection: string };
let table = '';
beforeAll(async () => {
  inputs = mkdtempSync(join(tmpdir(), 'anomaly-test-'));
  const learned = await trained();
  table = learned.table;
  const place = join(learned.modelDir, '..', 'of-connections');
  const log = join(learned.modelDir, '..', 'conn.log');
  writeFileSync(log, HEADER + connLog(5, 3000));
  const { code, stderr } = anomaly(['train', log, '--epochs', '2', '--power', 'off', '--model', place]);
  expect(code, stderr).toBe(0);
  models = { packet: learned.modelDir, connection: place };
}, 300_000);
afterAll(() => rmSync(inputs, { recursive: true, force: true }));

function fifo(place: string): string {
  execFileSync('mkfifo', [join(place, 'fifo')]);
  return join(place, 'fifo');
}

describe.runIf(process.platform === 'linux')('Ctrl+C', () => {
  it.each(ALL)(
    'ends a detection of %s with its report',
    async (name, make) => {
      const place = folder();
      const input = inputOf(name, make);
      const model = name in HOSTILE.logs ? models.connection : models.packet;
      const report = join(place, 'r.txt');
      for (let k = 0; k < TIMES; k++) {
        const answer = await interrupted(['detect', '-r', input, '--model', model, '--out', report], MOMENT);
        expect(answer).toMatchObject({ code: 0 });
        expect(answer.seconds).toBeLessThan(LONGEST);
        expect(readFileSync(report, 'utf8')).toContain('Anomaly report');
      }
    },
    600_000,
  );

  it.each(some(PACKETS))(
    'ends a recording of %s with what was read',
    async (name, make) => {
      const place = folder();
      const input = inputOf(name, make);
      for (let k = 0; k < TIMES; k++) {
        const answer = await interrupted(['sniff', '-r', input, '--force', '--out', join(place, 't.csv')], MOMENT);
        expect(answer).toMatchObject({ code: 0 });
        expect(answer.seconds).toBeLessThan(LONGEST);
      }
    },
    600_000,
  );

  const train = (input: string, place: string, afterMs: number, more: string[] = []): Promise<Answer> => {
    const answered = (stderr: string): boolean => stderr.includes('interrupted: ');
    return interrupted(['train', input, '--model', join(place, 'm'), ...more], afterMs, answered);
  };

  // of one packet, and read within a second: a training on it is over before it is asked to end
  const long = ALL.filter(([name]) => name !== 'a gzip of empty members');
  it.each(some(long))(
    'ends a training on %s',
    async (name, make) => {
      const place = folder();
      const input = inputOf(name, make);
      for (let k = 0; k < TIMES; k++) {
        const answer = await train(input, place, MOMENT);
        expect(answer).toMatchObject({ code: 130 });
        expect(answer.seconds).toBeLessThan(LONGEST);
      }
    },
    600_000,
  );

  it.each(SLOW ? [0, 1, 2, 3, 5, 8, 12, 16, 20, 25] : [0, 2, 5, 9])(
    'is answered %i s after training began',
    async (seconds) => {
      const answer = await train(table, folder(), 1000 * seconds, ['--epochs', '4']);
      // nothing to keep yet; or what was learned so far; or it was done before
      expect([0, 130]).toContain(answer.code);
      expect(answer.seconds).toBeLessThan(LONGEST);
    },
    600_000,
  );
});
