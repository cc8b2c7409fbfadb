import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileWord, shellWord } from '../../src/base/shell.js';
import { printable } from '../../src/base/text.js';
import { folder, has } from '../support/program.js';

const SHELLS = ['sh', 'bash', 'busybox sh'].filter((shell) => has(shell.split(' ')[0] as string));

/** What a program is given for `word`. */
const given = (shell: string, word: string): string => {
  const [program = '', ...args] = shell.split(' ');
  return execFileSync(program, [...args, '-c', `printf '%s/' ${word}`], { encoding: 'utf8' });
};

describe('a word of a shell', () => {
  it('is the text itself, in one line that is safe to show', { timeout: 120_000 }, () => {
    const unit = fc.oneof(
      fc.constantFrom(...'\'"`$\\!*?[]{}()~#;&|<>= \t\n\r\u001b\u0007%0127-'.split('')),
      fc.constantFrom('\u202e', '\u00a0', '\u200b', '\u2028', 'é', '日', '👩‍👩‍👧', 'e\u0301'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    );
    const text = fc.array(unit, { minLength: 1, maxLength: 20 }).map((units) => units.join('').replaceAll('\0', ''));
    fc.assert(
      fc.property(
        text.filter((t) => t !== '' && !/\p{Surrogate}/u.test(t) && !t.endsWith('\n')),
        fc.constantFrom(...SHELLS),
        (t, shell) => {
          const word = shellWord(t);
          expect(printable(word)).toBe(word);
          expect(given(shell, word)).toBe(`${t}/`);
        },
      ),
      { seed: 7, numRuns: 150 },
    );
  });

  it('finds a file whose name ends in line ends', () => {
    const dir = folder();
    mkdirSync(join(dir, 'a\nb'));
    writeFileSync(join(dir, 'a\nb', 'c\n\n'), 'here');
    const word = fileWord(join(dir, 'a\nb', 'c\n\n'));
    for (const shell of SHELLS) {
      const [program = '', ...args] = shell.split(' ');
      expect(execFileSync(program, [...args, '-c', `cat ${word}`], { encoding: 'utf8' })).toBe('here');
    }
    expect(readdirSync(dir)).toHaveLength(1);
  });

  it('is no option of a program, and nothing that a shell expands', () => {
    expect(fileWord('-Xlua.pcap')).toBe('./-Xlua.pcap');
    expect(fileWord('-d x/a.pcap')).toBe("'./-d x/a.pcap'");
    expect(shellWord('=ls')).toBe("'=ls'");
    expect(shellWord('~root')).toBe("'~root'");
    expect(shellWord('')).toBe("''");
  });
});
