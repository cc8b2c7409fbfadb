/** A running detect takes the model in use on disk at a real SIGHUP, while packets come through a pipe. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { addBundle, type Bundle, loadBundle, saveBundle } from '../../src/model/bundle.js';
import { ModelPlace } from '../../src/model/place.js';
import { anomaly, bin, folder, sample } from '../support/program.js';
import { trained } from '../support/trained.js';

let bundle: Bundle;
let dir: string;
let model: string;
/** in the midst of the first scan, at no packet's beginning */
const MIDST = 2_000_003;

/** A detect that reads a pipe, with what it said. */
class Reading {
  said = '';
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcessWithoutNullStreams;

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, [bin, 'detect', '-r', '-', '--model', model, ...args], { cwd: dir });
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
    for (const stream of [this.child.stderr, this.child.stdout])
      stream.on('data', (text) => (this.said += String(text)));
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  write(bytes: Buffer): void {
    this.child.stdin.write(bytes);
  }

  end(bytes: Buffer): Promise<number | null> {
    this.child.stdin.end(bytes);
    return this.ended;
  }

  /** What it says that is like `answer`; to a signal, which is sent until it does. */
  async says(answer: RegExp, signal?: NodeJS.Signals): Promise<RegExpExecArray> {
    const from = signal ? this.said.length : 0;
    for (let tries = 0; tries < 400; tries++) {
      if (signal && tries % 20 === 0) this.child.kill(signal);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const found = answer.exec(this.said.slice(from));
      if (found) return found;
    }
    throw new Error(`no ${answer} in ${this.said}`);
  }
}

const another = async (source: string): Promise<string> => {
  const place = new ModelPlace(model);
  const name = await addBundle(place, { ...bundle, sources: [source] });
  await place.use(name);
  return name;
};

describe('detect', { timeout: 300_000 }, () => {
  const packets = gunzipSync(readFileSync(sample('mixed.pcap.gz')));
  beforeAll(async () => {
    bundle = await loadBundle((await trained()).modelDir);
  }, 300_000);

  it('goes over to the new model at SIGHUP, writes its reports then, and loses no record and no incident', async () => {
    dir = folder();
    model = join(dir, 'models/default');
    await saveBundle(model, bundle);
    const whole = anomaly(['detect', '-r', sample('mixed.pcap.gz'), '--model', model, '--out', join(dir, 'whole.csv')]);

    const reading = new Reading('--out', 'report.txt', 'incidents.csv');
    reading.write(packets.subarray(0, MIDST));
    await reading.says(/^model default/m);
    await reading.says(/[1-9]\d* records, [1-9]\d* flagged, [1-9] open incidents/, 'SIGUSR1');
    const first = (await loadBundle(model)).id;
    await another('second');
    const second = (await loadBundle(model)).id;
    const [line] = await reading.says(/^from now on model default .*$/m, 'SIGHUP');
    expect(line).toMatch(
      new RegExp(`\\(77,744 records, trained .*; id ${second}; counters, windows and open incidents go on; who is at `),
    );
    for (let waited = 0; !existsSync(join(dir, 'report.txt')) && waited < 200; waited++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(readFileSync(join(dir, 'report.txt'), 'utf8')).toContain('still going on');

    // the same model again: nothing to say
    await reading.says(/records/, 'SIGUSR1');
    // one that is damaged, one that is of other records, one that is gone
    const damaged = await another('damaged');
    writeFileSync(join(dir, 'models', damaged, 'weights.bin'), 'x');
    await reading.says(
      /^.*default: weights.bin is damaged: its checksum does not match; .*; the model before stays in use$/m,
      'SIGHUP',
    );
    const place = new ModelPlace(model);
    const conn = { ...bundle, schema: { ...bundle.schema, kind: 'connection' as const } };
    // connections are not smoothed
    Object.assign(conn, { calibration: { ...bundle.calibration, smoothing: 1 } });
    await place.use(await addBundle(place, conn));
    await reading.says(
      /^.*the model is for connection records, .* packet records; .*; the model before stays in use$/m,
      'SIGHUP',
    );

    expect(await reading.end(packets.subarray(MIDST))).toBe(0);
    expect(reading.said.match(/^from now on/gm)).toHaveLength(1);
    expect(reading.said).toContain('62,937 packets examined');
    const counted = /62,937 packets examined, .* incidents: .*/;
    expect(counted.exec(reading.said)?.[0]).toBe(counted.exec(whole.stderr)?.[0]);
    const titles = (name: string): string[] =>
      readFileSync(join(dir, name), 'utf8')
        .split('\n')
        .map((row) => /"?[^",]* (?:tries|looks|floods|sends|asks|guesses|calls)[^,"]*/.exec(row)?.[0] ?? '')
        .filter(Boolean);
    expect(titles('incidents.csv').length).toBeGreaterThan(0);
    expect(titles('incidents.csv')).toEqual(titles('whole.csv'));
    expect(readFileSync(join(dir, 'report.txt'), 'utf8')).toMatch(
      new RegExp(`Before +default \\(${first}\\), trained .* UTC, until 2026-11-23\\s+17:1`),
    );
  });
});
