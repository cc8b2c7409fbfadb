import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/program.js';

const { replaceSection, asMarkdown } = (await import(join(root, 'scripts/sections.js'))) as {
  replaceSection(page: string, name: string, content: string): string;
  asMarkdown(output: string): string;
};

const PAGE = 'above\n<!-- one -->\nold\n<!-- end of one -->\nbetween\n<!-- two -->\n<!-- end of two -->\nbelow\n';

describe('a section that a program writes', () => {
  it('is replaced between its marks, and the rest of the page stays', () => {
    expect(replaceSection(PAGE, 'one', 'new $1\n')).toBe(PAGE.replace('old', () => 'new $1'));
    expect(replaceSection(PAGE, 'two', 'first')).toBe(PAGE.replace('<!-- two -->', '<!-- two -->\nfirst'));
  });

  it('is the same after being written again', () => {
    const once = replaceSection(PAGE, 'one', 'new');
    expect(replaceSection(once, 'one', 'new')).toBe(once);
  });

  it('has to have its place on the page', () => {
    expect(() => replaceSection(PAGE, 'three', 'new')).toThrow(/no section "three"/);
    expect(() => replaceSection('<!-- end of one -->\n<!-- one -->', 'one', 'new')).toThrow(/no section "one"/);
  });

  it('shows tables as tables and all other output word for word', () => {
    expect(asMarkdown('\nmachine\n  indented\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nlast\n\n')).toBe(
      '```text\nmachine\n  indented\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```text\nlast\n```',
    );
  });
});

describe('docs/figures.md', () => {
  const page = readFileSync(join(root, 'docs/figures.md'), 'utf8');
  const names = [...page.matchAll(/^<!-- bench (\S+)/gm)].map((match) => match[1]);
  const benchmarks = readdirSync(join(root, 'bench'))
    .filter((file) => file.endsWith('.js') && file !== 'run.js')
    .map((file) => file.replace('.js', ''));

  it('has a section for each benchmark, and no others', () => {
    expect([...new Set(names)].sort()).toEqual(benchmarks.sort());
  });

  it('says in each section which command made it', () => {
    for (const [, section, text] of page.matchAll(/^<!-- (bench .*?) -->\n([\s\S]*?)<!-- end of \1 -->/gm)) {
      expect(text, section).toContain(`\`npm run bench -- ${section?.replace('bench ', '')}`);
    }
  });
});
