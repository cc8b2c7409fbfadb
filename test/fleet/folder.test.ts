/** What is a shared folder's own: several writers at once, what others put there, and what is kept. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FolderPlace } from '../../src/fleet/carriers/folder-place.js';
import { FolderSubject } from '../../src/fleet/carriers/folder-subject.js';
import { Slots } from '../../src/fleet/carriers/slots.js';
import { STREAMS } from '../../src/fleet/contract.js';
import { bytesOf, opened, publishTo, reading, textOf, until } from '../support/carriers.js';
import { writer } from '../support/fleet-writer.js';
import { folder } from '../support/program.js';

const INC = 'a1.inc.web-1';

const prepared = async (hub = join(folder(), 'fleet')) => {
  const sink = await opened(hub, undefined);
  await sink.prepare();
  const sensor = await opened(hub, 'web-1');
  return { hub, sink, sensor };
};

const filesOf = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesOf(join(path, entry.name)) : [join(path, entry.name)]))
    .sort();

const upTo = (prefix: string, n: number): string[] => Array.from({ length: n }, (_, k) => `${prefix}${k + 1}`);
/** Those of one writer, as they came. */
const of = (read: readonly string[], prefix: string): string[] => read.filter((text) => text.startsWith(prefix));

describe('several processes', () => {
  it('write at once, for two sensors and twice for one: each message comes once, in its writer’s order', async () => {
    const { hub, sink } = await prepared();
    const read = reading(sink, 'a1.inc.*');
    const writers = [writer(hub, 'web-1', 'a', 150), writer(hub, 'web-1', 'b', 150), writer(hub, 'web-2', 'c', 150)];
    await Promise.all(writers.map(({ over }) => over));
    await until(() => read.length >= 450, 'all');
    const texts = read.map(textOf);
    for (const prefix of ['a', 'b', 'c']) expect(of(texts, prefix)).toEqual(upTo(prefix, 150));
    // and the same to who begins somewhere in between
    const later = reading(sink, 'a1.inc.*', read[199]?.position);
    await until(() => later.length >= 250, 'the rest');
    expect(later.map(textOf).sort()).toEqual(texts.slice(200).sort());
  });

  it('are killed while they write: what was said to be stored is there once, and nothing is in halves', async () => {
    const { hub, sink } = await prepared();
    const read = reading(sink, 'a1.inc.*');
    const stored: string[] = [];
    for (let k = 0; k < 5; k++) {
      const one = writer(hub, 'web-1', `${'abcde'[k]}`, 10_000);
      await until(() => one.stored.length > 15, 'some are stored');
      await one.kill();
      stored.push(...one.stored);
    }
    const after = writer(hub, 'web-1', 'z', 3);
    await after.over;
    await until(() => read.some((message) => textOf(message) === 'z3'), 'the last');
    const texts = read.map(textOf);
    expect(new Set(texts).size).toBe(texts.length);
    for (const text of stored) expect(texts).toContain(text);
    for (const prefix of 'abcde') expect(of(texts, prefix)).toEqual(upTo(prefix, of(texts, prefix).length));
    expect(sink.notes).toEqual([]);
  });

  it('share an id: it is stored once, also after a restart', async () => {
    const { hub, sink } = await prepared();
    const read = reading(sink, 'a1.inc.*');
    const pair = [writer(hub, 'web-1', 's', 40), writer(hub, 'web-1', 's', 40)];
    await Promise.all(pair.map(({ over }) => over));
    await writer(hub, 'web-1', 's', 41).over;
    await until(() => read.length >= 41, 'all');
    expect(read.map(textOf).sort()).toEqual(upTo('s', 41).sort());
  });
});

describe('a folder', () => {
  it('is made with a marker by the hub’s side; a sensor waits for that', async () => {
    const hub = join(folder(), 'fleet');
    const sensor = await opened(hub, 'web-1');
    await expect(sensor.publish(INC, 'a', bytesOf('a'))).rejects.toMatchObject({ trouble: 'unreachable' });
    expect(() => statSync(hub)).toThrow('ENOENT');
    const { sink } = await prepared(hub);
    await sensor.publish(INC, 'a', bytesOf('a'));
    expect(sensor.connected).toBe(true);
    expect(statSync(hub).mode & 0o777).toBe(0o700);
    for (const path of filesOf(hub)) expect(statSync(path).mode & 0o777, path).toBe(0o600);
    expect(sink.connected).toBe(true);
  });

  it('gives its own rights on, to its owner and group', async () => {
    const hub = join(folder(), 'fleet');
    mkdirSync(hub);
    chmodSync(hub, 0o2775);
    const { sensor } = await prepared(hub);
    await sensor.publish(INC, 'a', bytesOf('a'));
    const [path = ''] = filesOf(join(hub, 'A1_INC'));
    expect(statSync(path).mode & 0o7777).toBe(0o660);
    expect(statSync(join(path, '..')).mode & 0o7777).toBe(0o2770);
  });

  it.each([undefined, 'web-1'])('that holds something else is left alone (%s)', async (sensor) => {
    const hub = folder();
    writeFileSync(join(hub, 'thesis.tex'), '');
    await expect(opened(hub, sensor)).rejects.toMatchObject({ code: 'USAGE' });
    expect(readdirSync(hub)).toEqual(['thesis.tex']);
    await expect(opened(join(hub, 'thesis.tex'), sensor)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('that is not mounted gets nothing written to; reading goes on when it is back', async () => {
    const { hub, sink, sensor } = await prepared();
    await sensor.publish(INC, 'a', bytesOf('a'));
    const read = reading(sink, 'a1.inc.*');
    await until(() => read.length === 1, 'the first');
    renameSync(hub, `${hub}-away`);
    mkdirSync(hub);
    await expect(sensor.publish(INC, 'b', bytesOf('b'))).rejects.toMatchObject({ trouble: 'unreachable' });
    await expect(sink.prepare()).rejects.toMatchObject({ trouble: 'unreachable' });
    await until(() => sink.notes.length > 0, 'said');
    expect(sink.notes.join()).toMatch(/not mounted/);
    expect(readdirSync(hub)).toEqual([]);
    rmSync(hub, { recursive: true });
    renameSync(`${hub}-away`, hub);
    await sensor.publish(INC, 'b', bytesOf('b'));
    await until(() => read.length >= 2, 'the second');
    expect(read.map(textOf)).toEqual(['a', 'b']);
  });

  it('that is wiped and made anew is read from its beginning', async () => {
    const { hub, sink, sensor } = await prepared();
    for (const k of [1, 2, 3]) await sensor.publish(INC, `${k}`, bytesOf(`${k}`));
    const read = reading(sink, 'a1.inc.*');
    await until(() => read.length === 3, 'all');
    rmSync(hub, { recursive: true });
    const again = await opened(hub, undefined);
    await again.prepare();
    await publishTo(sensor, INC, '1', 'new');
    await until(() => read.length >= 4, 'the new one');
    const later = reading(again, 'a1.inc.*', read[2]?.position);
    await until(() => later.length >= 1, 'the new one');
    expect([read[3], ...later].map((message) => message && textOf(message))).toEqual(['new', 'new']);
  });

  it('that is set back to an older copy is read from before the position', async () => {
    const { hub, sink, sensor } = await prepared();
    for (const k of [1, 2]) await sensor.publish(INC, `${k}`, bytesOf(`${k}`));
    cpSync(hub, `${hub}-copy`, { recursive: true, preserveTimestamps: true });
    for (const k of [3, 4]) await sensor.publish(INC, `${k}`, bytesOf(`${k}`));
    const read = reading(sink, 'a1.inc.*');
    await until(() => read.length === 4, 'all');
    rmSync(hub, { recursive: true });
    cpSync(`${hub}-copy`, hub, { recursive: true, preserveTimestamps: true });
    const other = await opened(hub, 'web-1');
    for (const k of [5, 6, 7]) await other.publish(INC, `${k}`, bytesOf(`${k}`));
    const texts = (): Set<string> => new Set(read.map(textOf));
    await until(() => texts().size === 7, 'what took the place of others');
    const later = reading(sink, 'a1.inc.*', read[3]?.position);
    await until(() => later.length >= 5, 'all of it');
    expect(later.map(textOf)).toEqual(['1', '2', '5', '6', '7']);
  });

  it('leaves out what is damaged, or is no file, and says so', async () => {
    const { hub, sink, sensor } = await prepared();
    for (const k of [1, 2, 3, 4, 5]) await sensor.publish(INC, `${k}`, bytesOf(`${k}`));
    const files = filesOf(join(hub, 'A1_INC'));
    writeFileSync(files[1] as string, '{"id":"2","t":');
    const elsewhere = join(folder(), 'secret');
    writeFileSync(elsewhere, readFileSync(files[2] as string));
    unlinkSync(files[2] as string);
    symlinkSync(elsewhere, files[2] as string);
    writeFileSync(join(hub, 'A1_INC', INC, 'notes.txt'), 'x');
    const read = reading(sink, 'a1.inc.*');
    await until(() => read.length >= 3, 'the others');
    expect(read.map(textOf)).toEqual(['1', '4', '5']);
    for (const k of [2, 3]) expect(sink.notes.join()).toContain(`message ${k} of ${INC} is damaged and is left out`);
    await sensor.publish(INC, '6', bytesOf('6'));
    await until(() => read.length >= 4, 'the next');
  });

  it('is written to through no link', async () => {
    const { hub, sensor } = await prepared();
    const elsewhere = folder();
    symlinkSync(elsewhere, join(hub, 'A1_INC', INC));
    await expect(sensor.publish(INC, 'a', bytesOf('a'))).rejects.toMatchObject({ trouble: 'refused' });
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it('takes no subject that is a path', async () => {
    const { sensor } = await prepared();
    for (const subject of ['a1.inc...', 'a1.inc./etc', 'a1.ctl.x/../../y'])
      await expect(sensor.publish(subject, 'a', bytesOf('a'))).rejects.toMatchObject({ name: 'CarrierError' });
  });

  it.skipIf(process.getuid?.() === 0)('that may not be written to says so', async () => {
    const { hub, sensor } = await prepared();
    chmodSync(join(hub, 'A1_INC'), 0o500);
    await expect(sensor.publish(INC, 'a', bytesOf('a'))).rejects.toMatchObject({ trouble: 'refused' });
  });
});

describe('what is kept', () => {
  it('is no more of a sensor than its share, and no older than the stream says; numbers go on', async () => {
    const { hub } = await prepared();
    const place = await FolderPlace.at(hub);
    const spec = { ...STREAMS.incidents, maxBytes: 2_000_000 };
    mkdirSync(join(hub, 'A1_INC', 'a1.inc.web-2'));
    const body = new Uint8Array(1_000);
    // as many as a sensor publishes in months
    for (let sequence = 1; sequence < 3_070; sequence++) {
      const bucket = join(hub, 'A1_INC', INC, (sequence >> 10).toString(16).padStart(12, '0'));
      mkdirSync(bucket, { recursive: true });
      const head = `${JSON.stringify({ id: `${sequence}`, t: Date.now() })}\n`;
      writeFileSync(join(bucket, sequence.toString(16).padStart(16, '0')), Buffer.concat([Buffer.from(head), body]));
    }
    const files = new FolderSubject(place, spec, INC);
    for (let k = 0; k < 30; k++) await files.inTurn((self) => self.append(`new-${k}`, body));
    const kept = filesOf(join(hub, 'A1_INC', INC));
    const bytes = kept.reduce((sum, path) => sum + statSync(path).size, 0);
    // its half, and the folder that is not full yet
    expect(bytes).toBeLessThan(1_000_000 + 1024 * 1_100);
    expect(kept.length).toBeGreaterThan(20);
    const old = new Date(Date.now() - 31 * 86_400_000);
    for (const path of kept) utimesSync(path, old, old);
    await files.prune();
    expect(filesOf(join(hub, 'A1_INC', INC))).toEqual(kept.slice(-1));
    const other = new FolderSubject(place, spec, INC);
    await other.inTurn((self) => self.append('next', body));
    expect(filesOf(join(hub, 'A1_INC', INC)).at(-1)).toMatch(/0{13}c1c$/);
  });

  it('of a sensor that is gone is removed by the hub', async () => {
    const { hub, sink, sensor } = await prepared();
    for (const k of [1, 2, 3]) await sensor.publish(INC, `${k}`, bytesOf(`${k}`));
    await sensor.close();
    const files = filesOf(join(hub, 'A1_INC'));
    const old = new Date(Date.now() - 31 * 86_400_000);
    for (const path of files) utimesSync(path, old, old);
    await sink.prepare();
    expect(filesOf(join(hub, 'A1_INC'))).toEqual(files.slice(2));
  });
});

describe('a folder in which somebody puts other things', () => {
  it.each([
    ['a pipe', (path: string): void => void execFileSync('mkfifo', [path])],
    ['a file without end', (path: string): void => writeFileSync(path, Buffer.alloc(1 << 24, ' '))],
    ['a folder', (path: string): void => void mkdirSync(path)],
  ])('%s under the marker’s name: calls fail, and the end comes', async (_, put) => {
    const { hub, sensor } = await prepared();
    unlinkSync(join(hub, 'anomaly-fleet.json'));
    put(join(hub, 'anomaly-fleet.json'));
    for (let k = 0; k < 6; k++) await expect(sensor.publish(INC, `${k}`, bytesOf('x'))).rejects.toThrow();
    await expect(sensor.last('a1.ctl.water.web-1')).rejects.toThrow();
    await sensor.close();
  });
});

describe('what takes a file system’s threads', () => {
  it('is no more than two calls at once, in their order', async () => {
    const slots = new Slots(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const all = upTo('', 5).map((name) =>
      slots.take(async () => {
        begun.push(Number(name));
        await new Promise<void>((resolve) => ends.push(resolve));
        if (name === '1') throw new Error('one fails');
      }),
    );
    const outcome = Promise.allSettled(all);
    for (let done = 0; done < 5; done++) {
      await until(() => ends.length === Math.min(5, done + 2), 'two are under way');
      ends[done]?.();
    }
    expect((await outcome).map(({ status }) => status)).toEqual(['rejected', ...new Array(4).fill('fulfilled')]);
    expect(begun).toEqual([1, 2, 3, 4, 5]);
  });
});
