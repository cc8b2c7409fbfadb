import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anomaly, root } from '../support/program.js';

const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const manifest = JSON.parse(read('package.json'));

/** What people read: the pages at the top, in docs/ and beside data. */
const PAGES = ['.', 'docs', 'data', 'models', 'examples', 'test/fixtures/packets']
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
  .filter((name) => name.endsWith('.md'));

/** Paths into these folders are of files in the repository; others may be files that the program writes. */
const PATH = /(?<![\w./-])(?:src|test|bench|docs|scripts|service|schema|assembly|examples)\/[\w./-]*/g;
const LINK = /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g;

/** The anchors of a page's headings, as forges make them. */
const anchors = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );

describe('a page', () => {
  it.each(PAGES)('names only files that exist: %s', (page) => {
    const named = (read(page).match(PATH) ?? []).map((path) => path.replace(/\.$/, ''));
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it.each(PAGES)('links only to what exists: %s', (page) => {
    for (const [link, path = '', anchor] of read(page).matchAll(LINK)) {
      const target = path === '' ? page : relative(root, join(root, dirname(page), path));
      expect(existsSync(join(root, target)), link).toBe(true);
      if (anchor !== undefined) expect(anchors(read(target)), link).toContain(anchor);
    }
  });
});

describe('the README', () => {
  const readme = read('README.md');

  it('is short enough to be read', () => {
    expect(Buffer.byteLength(readme)).toBeLessThan(10_000);
  });

  it('links to files that are in the package as well', () => {
    const packed: string[] = manifest.files;
    for (const [link, path = ''] of readme.matchAll(LINK)) {
      expect(packed.includes(path) || packed.includes(path.split('/')[0] ?? ''), link).toBe(true);
    }
  });
});

describe('the reference', () => {
  const page = read('docs/reference.md');

  it('is what npm run docs writes', async () => {
    const { reference } = (await import(join(root, 'scripts/reference.js'))) as { reference(): string };
    expect(page).toBe(reference());
  });

  it('has a page of the library beside it that npm run docs writes', async () => {
    const { library } = (await import(join(root, 'scripts/library.js'))) as { library(): string };
    expect(read('docs/library.md')).toBe(library());
  });

  it('names every option that --help names', () => {
    for (const command of ['sniff', 'train', 'detect']) {
      const { stdout, code } = anomaly([command, '--help']);
      expect(code).toBe(0);
      for (const option of stdout.match(/--[a-z][a-z-]+/g) ?? []) expect(page, option).toContain(option);
    }
  });
});

describe('CONTRIBUTING.md', () => {
  it('gives a reason for every dependency, and for no other', () => {
    const named = [...read('CONTRIBUTING.md').matchAll(/^\| (`[^|]*) \|/gm)]
      .flatMap(([, cell = '']) => cell.match(/`[^`]+`/g) ?? [])
      .map((name) => name.replaceAll('`', ''));
    const { dependencies, optionalDependencies, peerDependencies, devDependencies } = manifest;
    const used = Object.keys({
      ...dependencies,
      ...optionalDependencies,
      ...peerDependencies,
      ...devDependencies,
    });
    expect(named.sort()).toEqual(used.sort());
  });
});
