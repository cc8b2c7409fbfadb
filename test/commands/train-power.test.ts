/** What train makes of the power that was measured, or could not be; what the measurement finds is chosen here. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AnomalyError } from '../../src/base/errors.js';
import { train } from '../../src/commands/train/index.js';
import { budgetFor, power } from '../../src/engine/power.js';
import { Interrupted } from '../../src/engine/training-rows.js';
import { type Bundle, loadBundle } from '../../src/model/bundle.js';
import { trainOptions } from '../../src/options.js';
import type { ExplorationData } from '../../src/report/explore/data.js';
import { raisedFrom, samplePower } from '../report/power-sample.js';
import { connLog, HEADER } from '../support/conn-log.js';

vi.mock('../../src/engine/power.js', async (original) => ({ ...((await original()) as object), power: vi.fn() }));
const measuring = vi.mocked(power);

/** Learns once: what is learned from the same log is the same, but for its time. */
vi.mock('../../src/engine/learn.js', async (original) => {
  const { learn } = (await original()) as { learn: Learn };
  const known: { bundle?: Bundle; exploration?: ExplorationData } = {};
  const once: Learn = async (source, options, hooks) => {
    if (options?.trainOnLabel !== undefined) return learn(source, options, hooks);
    known.bundle ??= await learn(source, options, {
      onExploration: (data) => {
        known.exploration = data;
      },
    });
    if (options?.seed === INTERRUPTED) process.emit('SIGINT');
    hooks?.onSource?.(source);
    hooks?.onExploration?.(known.exploration as ExplorationData);
    return { ...known.bundle, facts: { ...known.bundle.facts, trainedAt: `time ${times++}` } };
  };
  return { learn: once };
});
type Learn = typeof import('../../src/engine/learn.js').learn;
let times = 0;

const ROWS = 1500;
/** a seed with which learning is interrupted */
const INTERRUPTED = 130;
const NAMES = ['SYN scan', 'UDP scan', 'slow connect scan', 'ssh guessing', 'http guessing'];
const seenFrom = (missed: number) => samplePower(NAMES.map((name) => raisedFrom(name, 'ports', missed, 2 * missed)));
const GOOD = seenFrom(10);
const BAD = seenFrom(50);

describe('train', { timeout: 300_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'anomaly-test-'));
  const log = join(dir, 'conn.log');
  const model = join(dir, 'm');
  const said: string[] = [];

  const run = async (raw: object = {}): Promise<number> => {
    said.length = 0;
    const files = 'use' in raw || 'rollback' in raw ? [] : [log];
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
    try {
      return await train(trainOptions({ epochs: 1, layers: [], modelDir: model, ...raw }, files));
    } finally {
      write.mockRestore();
    }
  };
  const lines = () => said.join('');
  const kept = () => readdirSync(dir).filter((name) => name.startsWith('m.'));

  beforeAll(() => writeFileSync(log, HEADER + connLog(1, ROWS)));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  beforeEach(() => {
    for (const name of kept()) rmSync(join(dir, name), { recursive: true });
    rmSync(model, { force: true });
    measuring.mockReset();
  });

  it('keeps the model first, then measures, and tells it in the bundle, in the report and in three lines', async () => {
    measuring.mockImplementation(async (bundle, source, options) => {
      expect((await loadBundle(model)).power).toBeUndefined();
      expect(readFileSync(join(model, 'report.html'), 'utf8')).toContain('Not measured');
      expect(options).toMatchObject({ effort: 'quick', alertsPerDay: 1 });
      expect([bundle.facts.records, source.repeatable]).toEqual([ROWS, true]);
      return samplePower();
    });
    expect(await run()).toBe(0);
    // a third of so short a training is less than what is always there
    expect(measuring.mock.lastCall?.[2]?.budgetMs).toBe(budgetFor(1000));
    expect(budgetFor(90_000)).toBe(3 * budgetFor(1000));
    expect((await loadBundle(model)).power).toEqual(samplePower());
    expect(lines().match(/^power, (best|worst|open): /gm)).toHaveLength(3);
    expect(lines()).toMatch(/\nmodel: .*m\n$/);
    expect(readFileSync(join(model, 'report.html'), 'utf8')).toContain('missed up to 3 MB');
  });

  it('measures on what the model was learned from', async () => {
    let records = 0;
    measuring.mockImplementation(async (_bundle, source) => {
      const stream = await source.open();
      for await (const batch of stream.batches) records += batch.count;
      await stream.close();
      return samplePower();
    });
    const odd = HEADER + connLog(1, ROWS).replace(/Benign$/gm, (label, at) => (at % 2 === 0 ? label : 'Odd'));
    writeFileSync(log, odd);
    expect(await run({ trainOnLabel: 'Benign' })).toBe(0);
    writeFileSync(log, HEADER + connLog(1, ROWS));
    expect(records).toBe((await loadBundle(model)).facts.records);
    expect(records).toBeLessThan(ROWS);
  });

  it('does not measure with --power off, and says nothing of it', async () => {
    expect(await run({ power: 'off' })).toBe(0);
    expect(measuring).not.toHaveBeenCalled();
    expect(lines()).not.toContain('power');
    expect(existsSync(join(model, 'power.json'))).toBe(false);
  });

  it('does not begin to measure where training itself was interrupted', async () => {
    expect(await run({ seed: INTERRUPTED })).toBe(0);
    expect(measuring).not.toHaveBeenCalled();
    expect(lines()).toContain('interrupted: finishing with what was learned so far');
    expect(lines()).toMatch(/\npower: not measured, for training was interrupted\nmodel: /);
  });

  it('keeps the model at Ctrl+C while it measures, and says that power is absent', async () => {
    measuring.mockImplementation(async (_bundle, _source, options) => {
      process.emit('SIGINT');
      expect(options?.signal?.aborted).toBe(true);
      throw new Interrupted();
    });
    expect(await run()).toBe(0);
    expect((await loadBundle(model)).power).toBeUndefined();
    expect(lines()).toMatch(/\ninterrupted: the model is kept in .*m, its power is not measured\nmodel: /);
  });

  it('believes no measurement that was cut short in its last pass', async () => {
    measuring.mockImplementation(async () => {
      process.emit('SIGINT');
      return samplePower();
    });
    expect(await run()).toBe(0);
    expect((await loadBundle(model)).power).toBeUndefined();
  });

  it('keeps the model where power cannot be measured, and says why', async () => {
    measuring.mockRejectedValue(new AnomalyError('BAD_DATA', 'too few records'));
    expect(await run()).toBe(0);
    expect((await loadBundle(model)).power).toBeUndefined();
    expect(lines()).toContain('\npower: not measured: too few records\n');
  });

  it('says what is less well seen than by the model before', async () => {
    measuring.mockResolvedValueOnce(GOOD).mockResolvedValueOnce(BAD);
    await run();
    expect(lines()).not.toContain('the model before');
    const { trainedAt } = (await loadBundle(model)).facts;
    expect(await run()).toBe(0);
    expect((await loadBundle(model)).power?.compared).toMatchObject({ weaker: true, trained_at: trainedAt });
    expect(lines()).toContain('power against the model before, worse: SYN scan (from 100 ports on, before from 20');
    expect(readFileSync(join(model, 'report.html'), 'utf8')).toContain('power against the model before, worse');
  });

  it('leaves a model in use that saw more, with --keep-if-worse, and exits with 4', async () => {
    measuring.mockResolvedValueOnce(GOOD).mockResolvedValueOnce(BAD);
    expect(await run({ keepIfWorse: true })).toBe(0);
    const before = await loadBundle(model);
    expect(await run({ keepIfWorse: true })).toBe(4);
    expect(await loadBundle(model)).toEqual(before);
    const [older, newer = ''] = kept();
    expect(readlinkSync(model)).toBe(older);
    expect((await loadBundle(join(dir, newer))).power?.compared?.weaker).toBe(true);
    const said =
      /\nthe model before stays in use: it sees fewer attacks; to go over all the same: anomaly train --model (\S+) --use (\S+)\n$/;
    expect(said.exec(lines())?.slice(1)).toEqual([model, newer]);
    expect(await run({ use: newer })).toBe(0);
    expect(lines()).toMatch(/m is now m\.\S+Z \(trained .* UTC\); a running detect takes it at SIGHUP\n$/);
    expect(readlinkSync(model)).toBe(newer);
  });

  it('goes over to one that sees as much', async () => {
    measuring.mockResolvedValue(GOOD);
    await run({ keepIfWorse: true });
    const { trainedAt } = (await loadBundle(model)).facts;
    expect(await run({ keepIfWorse: true })).toBe(0);
    const now = await loadBundle(model);
    expect(now.facts.trainedAt).not.toBe(trainedAt);
    expect(now.power?.compared).toMatchObject({ weaker: false, same: NAMES.length });
    // of the new one that without power went before the one with it
    expect(kept()).toHaveLength(2);
  });

  it('does not go over to one whose power nobody knows', async () => {
    measuring.mockResolvedValueOnce(GOOD).mockRejectedValueOnce(new AnomalyError('BAD_DATA', 'too few'));
    await run({ keepIfWorse: true });
    const before = await loadBundle(model);
    expect(await run({ keepIfWorse: true })).toBe(4);
    expect(lines()).toContain('stays in use: its power was not measured;');
    expect(await loadBundle(model)).toEqual(before);
  });

  it('compares no power that was not asked for, and none with a model that has none', async () => {
    measuring.mockResolvedValue(BAD);
    expect(await run({ power: 'off' })).toBe(0);
    expect(await run({ keepIfWorse: true })).toBe(0);
    expect(await run({ keepIfWorse: true, power: 'off' })).toBe(0);
    expect(kept()).toHaveLength(3);
  });

  it('keeps as many models as it is told, and says which it removed', async () => {
    for (let k = 0; k < 3; k++) await run({ power: 'off', keepModels: 2 });
    expect(kept()).toHaveLength(2);
    expect(lines()).toMatch(/\nremoved 1 older model: m\.\S+Z\nmodel: /);
    mkdirSync(`${model}.20260101T000000Z`);
    await run({ power: 'off', keepModels: 1 });
    expect(lines()).toMatch(
      /\nremoved 2 older models: m\.\S+Z, m\.\S+Z\nm\.20260101T000000Z is no whole model, and was left where it is\n/,
    );
  });

  it('lists the models, and goes back to older ones step by step', async () => {
    for (let k = 0; k < 3; k++) await run({ power: 'off' });
    const [one, two, three] = kept();
    const list = async (): Promise<string> => {
      const written: string[] = [];
      const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
      await train(trainOptions({ listModels: true, modelDir: model }, [])).finally(() => write.mockRestore());
      return written.join('');
    };
    expect(await list()).toMatch(
      new RegExp(
        `^\\* ${three} .*\\n {2}${two} .*\\n {2}${one}  trained .* UTC from 1,500 records of .*, power not measured\\n$`,
      ),
    );
    for (const back of [two, one]) {
      expect(await run({ rollback: true })).toBe(0);
      expect(lines()).toContain(`is now ${back} (`);
      expect(readlinkSync(model)).toBe(back);
    }
    expect(await list()).toMatch(new RegExp(`^ {2}${three} .*\\n {2}${two} .*\\n\\* ${one} `));
    await expect(run({ rollback: true })).rejects.toThrow(`no model is kept that is older than ${one}`);
    // by its path too
    expect(await run({ use: join(dir, three) })).toBe(0);
    expect(readlinkSync(model)).toBe(three);
    await expect(run({ use: 'm.20260101T000000Z' })).rejects.toThrow(`there are ${one}, ${two}, ${three}`);
    await expect(run({ use: three, modelDir: join(dir, 'none') })).rejects.toThrow(/no models are kept there/);
  });

  it('goes over to no model that is damaged', async () => {
    for (let k = 0; k < 2; k++) await run({ power: 'off' });
    const [older = '', newer] = kept();
    writeFileSync(join(dir, older, 'weights.bin'), 'x');
    await expect(run({ rollback: true })).rejects.toMatchObject({ code: 'BAD_MODEL' });
    expect(readlinkSync(model)).toBe(newer);
  });

  it('refuses a place that holds something else before it learns', async () => {
    const held = join(dir, 'other');
    mkdirSync(held);
    writeFileSync(join(held, 'mine'), '');
    await expect(run({ modelDir: held })).rejects.toThrow('holds mine, which is no part of a model');
    await expect(run({ keepIfWorse: true, allow: join(dir, 'missing') })).rejects.toMatchObject({ code: 'NO_INPUT' });
    expect(lines()).not.toContain('learned from');
  });
});
