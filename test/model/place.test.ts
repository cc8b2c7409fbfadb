/** Where models are kept: dated folders, the link to the one in use, and what is found when a process dies in between. */
import { spawnSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addBundle, type Bundle, loadBundle, saveBundle } from '../../src/model/bundle.js';
import { ModelPlace } from '../../src/model/place.js';
import { trainModel } from '../../src/model/train.js';
import { filledSpool, schemaOf, trainOptions } from './support/model.js';

const WIDTH = 12;
const SCRIPT = join(import.meta.dirname, '../../dist/model/bundle.js');
const DIES = join(import.meta.dirname, 'support/dies.js');
let model: Bundle;
let root: string;
let folder: string;
let dir: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'anomaly-place-'));
  const spool = await filledSpool(1500, WIDTH, 4);
  const { folds: _, ...trained } = await trainModel(spool, schemaOf(WIDTH), trainOptions({ epochs: 1 }));
  await spool.close();
  model = {
    ...trained,
    extractorState: {},
    detectorState: {},
    sources: ['first'],
    versions: { anomaly: '0.1.0', node: process.version },
  };
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  folder = mkdtempSync(join(root, 'models-'));
  dir = join(folder, 'default');
});

const of = (source: string): Bundle => ({ ...model, sources: [source] });
const inUse = async (): Promise<string | undefined> => (await loadBundle(dir)).sources[0];
const dated = (): string[] => readdirSync(folder).filter((name) => name.startsWith('default.'));

/** As versions before this one had it. */
async function plainFolder(source: string, at = dir): Promise<void> {
  const elsewhere = mkdtempSync(join(root, 'older-'));
  await saveBundle(join(elsewhere, 'm'), of(source));
  cpSync(join(elsewhere, readlinkSync(join(elsewhere, 'm'))), at, { recursive: true });
}

describe('a model', () => {
  it('is a link to a dated folder beside it, and the ones before stay', async () => {
    for (const source of ['one', 'two', 'three']) await saveBundle(dir, of(source));
    expect(lstatSync(dir).isSymbolicLink()).toBe(true);
    const names = dated();
    expect(names).toHaveLength(3);
    for (const name of names) expect(name).toMatch(/^default\.\d{8}T\d{6}Z$/);
    // saved within a second or two: their order is that of saving all the same
    expect(readlinkSync(dir)).toBe(names.at(-1));
    const sources = await Promise.all(names.map(async (name) => (await loadBundle(join(folder, name))).sources[0]));
    expect(sources).toEqual(['one', 'two', 'three']);
    expect(await inUse()).toBe('three');
    expect(readdirSync(folder).sort()).toEqual(['default', ...names]);
  });

  it('gets a name after all there are, though the clock was set back', async () => {
    await saveBundle(dir, of('one'));
    const [name = ''] = dated();
    renameSync(join(folder, name), join(folder, 'default.20991231T235959Z'));
    rmSync(dir);
    symlinkSync('default.20991231T235959Z', dir);
    await saveBundle(dir, of('two'));
    expect(readlinkSync(dir)).toBe('default.21000101T000000Z');
  });

  it('is taken over from a plain folder of an older version', async () => {
    await plainFolder('old');
    expect(await inUse()).toBe('old');
    const place = new ModelPlace(dir);
    const name = await addBundle(place, of('new'));
    // a model that is not in use yet moves the old one already, and loses nothing
    expect(await inUse()).toBe('old');
    expect(lstatSync(dir).isSymbolicLink()).toBe(true);
    await place.use(name);
    expect(await inUse()).toBe('new');
    expect(await place.kept()).toHaveLength(2);
  });

  it('that an older version left aside is found, and taken over', async () => {
    await plainFolder('aside', join(folder, '.default.previous'));
    expect(await inUse()).toBe('aside');
    const place = new ModelPlace(dir);
    await place.use(await addBundle(place, of('new')));
    expect(await inUse()).toBe('new');
    expect(await place.kept()).toHaveLength(2);
    expect(existsSync(join(folder, '.default.previous'))).toBe(false);
  });

  it('takes the place of a folder in which something is missing', async () => {
    await plainFolder('damaged');
    rmSync(join(dir, 'weights.bin'));
    await saveBundle(dir, of('new'));
    expect(await inUse()).toBe('new');
    expect(dated()).toHaveLength(1);
  });

  it('is loaded again where it is switched and removed while it is read', async () => {
    await saveBundle(dir, of('one'));
    const reading = Array.from({ length: 40 }, () => loadBundle(dir));
    const place = new ModelPlace(dir);
    for (const source of ['two', 'three', 'four']) {
      await place.use(await addBundle(place, of(source)));
      await place.prune(1);
      reading.push(loadBundle(dir));
    }
    for (const { sources } of await Promise.all(reading)) expect(['one', 'two', 'three', 'four']).toContain(sources[0]);
  });
});

describe('a process that dies at any of its steps', () => {
  const save = (before: number | undefined, source: string): ReturnType<typeof spawnSync> =>
    spawnSync(
      process.execPath,
      [
        '--import',
        DIES,
        '--input-type=module',
        '-e',
        `import { loadBundle, saveBundle } from ${JSON.stringify(SCRIPT)};
         const model = await loadBundle(process.env.FROM);
         await saveBundle(process.env.DIR, { ...model, sources: [process.env.SOURCE] });`,
      ],
      {
        encoding: 'utf8',
        env: {
          ...process.env,
          DIR: dir,
          FROM: join(root, 'template'),
          SOURCE: source,
          ...(before !== undefined && { DIES_BEFORE: String(before) }),
        },
      },
    );

  it.each([
    ['there is a link', (): Promise<void> => saveBundle(dir, of('old'))],
    ['there is a plain folder of an older version', (): Promise<void> => plainFolder('old')],
    [
      'an older version left the model aside',
      (): Promise<void> => plainFolder('old', join(folder, '.default.previous')),
    ],
  ])(
    'leaves the old model or the new one where %s, and the next one cleans up',
    { timeout: 120_000 },
    async (_, begin) => {
      if (!existsSync(SCRIPT)) throw new Error('needs the build');
      await saveBundle(join(root, 'template'), of('template'));
      await begin();
      const whole = save(undefined, 'new');
      const steps = Number(String(whole.stdout).trim());
      expect(await inUse()).toBe('new');
      const found: (string | undefined)[] = [];
      const ended = [];
      for (let step = 1; step <= steps; step++) {
        rmSync(folder, { recursive: true });
        mkdirSync(folder);
        await begin();
        ended.push(save(step, 'new').signal);
        const one = await inUse();
        found.push(one);
        expect(['old', 'new'], `step ${step}`).toContain(one);
        await saveBundle(dir, of('next'));
        expect(await inUse()).toBe('next');
        // of a plain folder taken over, a model written and one more: nothing is lost, and no link is left over
        const sources = await Promise.all(
          dated().map(async (name) => (await loadBundle(join(folder, name))).sources[0]),
        );
        expect(sources, `step ${step}`).toContain('old');
        expect(readdirSync(folder).filter((name) => name.startsWith('.') && !/\.[0-9a-f]{12}$/.test(name))).toEqual([]);
      }
      console.log(
        `killed before each of ${steps} steps: ${found.filter((one) => one === 'old').length} times the old model`,
      );
      expect(new Set(ended)).toEqual(new Set(['SIGKILL']));
      expect(new Set(found)).toEqual(new Set(['old', 'new']));
    },
  );
});

describe('a link', () => {
  const refused = async (): Promise<string> => {
    const error = await loadBundle(dir).then(
      () => undefined,
      (cause: Error & { code: string }) => cause,
    );
    expect(error).toMatchObject({ code: 'BAD_MODEL' });
    await expect(saveBundle(dir, model)).rejects.toMatchObject({ code: 'CANNOT_CREATE', message: error?.message });
    expect(error?.message).not.toContain('\n');
    return error?.message ?? '';
  };

  it('to another place is neither followed nor replaced', async () => {
    const elsewhere = mkdtempSync(join(root, 'elsewhere-'));
    await saveBundle(join(elsewhere, 'default'), of('theirs'));
    const theirs = readlinkSync(join(elsewhere, 'default'));
    await saveBundle(join(folder, 'other'), of('other'));
    for (const target of [
      join(elsewhere, theirs),
      `../${elsewhere.split('/').at(-1)}/${theirs}`,
      `./${theirs}`,
      readlinkSync(join(folder, 'other')),
      'other',
      '..',
    ]) {
      symlinkSync(target, dir);
      expect(await refused()).toMatch(
        /default: is a symbolic link to .*, which is not followed; name the model's own folder$/,
      );
      expect(readlinkSync(dir)).toBe(target);
      rmSync(dir);
    }
  });

  it('to another link is not followed', async () => {
    await saveBundle(join(folder, 'other'), of('other'));
    symlinkSync(readlinkSync(join(folder, 'other')), join(folder, 'default.20261127T210146Z'));
    symlinkSync('default.20261127T210146Z', dir);
    expect(await refused()).toContain('to another link');
  });

  it.skipIf(process.getuid?.() !== 0)(
    'of another user is not followed in a folder that is open to all, that of its owner is',
    async () => {
      await saveBundle(dir, of('mine'));
      lchownSync(dir, 65_533, 65_533);
      expect(await refused()).toContain('of another user');
      chownSync(folder, 65_533, 65_533);
      expect(await inUse()).toBe('mine');
    },
  );

  it('that means nothing any more is told as that, and the next model mends it', async () => {
    symlinkSync('default.20261127T210146Z', dir);
    await expect(loadBundle(dir)).rejects.toMatchObject({ code: 'NO_INPUT' });
    await saveBundle(dir, of('new'));
    expect(await inUse()).toBe('new');
  });
});

describe('a place', () => {
  it('that holds something else is never replaced', async () => {
    mkdirSync(dir);
    writeFileSync(join(dir, 'precious'), 'x');
    await expect(saveBundle(dir, model)).rejects.toMatchObject({ code: 'CANNOT_CREATE' });
    expect(readFileSync(join(dir, 'precious'), 'utf8')).toBe('x');
    await expect(saveBundle(join(dir, 'precious'), model)).rejects.toMatchObject({ code: 'CANNOT_CREATE' });
  });

  it('that is a kept model is not trained over', async () => {
    await saveBundle(dir, of('one'));
    const kept = join(folder, readlinkSync(dir));
    expect((await loadBundle(kept)).sources).toEqual(['one']);
    await expect(saveBundle(kept, of('two'))).rejects.toMatchObject({
      code: 'CANNOT_CREATE',
      message: expect.stringMatching(/is a model that default keeps, and stays as it is/),
    });
  });
});

describe('pruning', () => {
  it('removes the oldest beyond so many, never the one in use nor what is no whole model', async () => {
    const place = new ModelPlace(dir);
    const names: string[] = [];
    for (const source of ['1', '2', '3', '4', '5']) names.push(await addBundle(place, of(source)));
    const [one = '', two = '', three = '', four = '', five = ''] = names;
    await place.use(one);
    writeFileSync(join(place.pathOf(three), 'notes.txt'), 'mine');
    mkdirSync(join(folder, 'default.20200101T000000Z'));
    await saveBundle(join(folder, 'default-2'), of('neighbour'));
    expect(await place.prune(1)).toEqual({ removed: [two, four], odd: ['default.20200101T000000Z', three] });
    expect(await place.kept()).toEqual([one, five]);
    expect((await loadBundle(join(folder, 'default-2'))).sources).toEqual(['neighbour']);
    expect(readFileSync(join(place.pathOf(three), 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('clears away what killed processes left, once nobody can be writing it any more', async () => {
    await saveBundle(dir, of('one'));
    const [old, young] = ['.default.0123456789ab', '.default.ba9876543210'].map((name) => join(folder, name));
    for (const left of [old, young]) mkdirSync(left as string);
    const yesterday = Date.now() / 1000 - 90_000;
    utimesSync(old as string, yesterday, yesterday);
    expect(await new ModelPlace(dir).sweep()).toBe(`removed what killed runs left: ${old}`);
    expect(await new ModelPlace(dir).sweep()).toBe('');
    expect([old, young].map((left) => existsSync(left as string))).toEqual([false, true]);
    expect(dirname(young as string)).toBe(folder);
  });
});
