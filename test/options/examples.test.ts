/** The examples that --help and the man page show: those that need no interface run as they stand there, the others are parsed. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildProgram } from '../../src/cli.js';
import { checkCombination, type RawOptions } from '../../src/options/check.js';
import { COMMAND_NAMES, COMMANDS, type CommandName } from '../../src/options/commands.js';
import { anomaly, folder, root } from '../support/program.js';

interface Example {
  readonly line: string;
  /** what follows `anomaly` */
  readonly words: string[];
  readonly command: CommandName;
  readonly raw: RawOptions;
}

function wordsOf(line: string): string[] {
  const own = line.split(' | ').find((part) => /^(sudo )?anomaly /.test(part)) ?? '';
  const words = (own.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'|'$/g, ''));
  return words.slice(words.indexOf('anomaly') + 1);
}

async function parsed(line: string): Promise<Example> {
  const words = wordsOf(line);
  let found: Example | undefined;
  const program = buildProgram(async (command, raw) => {
    checkCombination(command, raw);
    found = { line, words, command, raw };
  });
  await program.parseAsync(words, { from: 'user' });
  if (!found) throw new Error(`${line}: runs no command`);
  return found;
}

const examples = await Promise.all(
  COMMAND_NAMES.flatMap((name) => COMMANDS[name].examples.map(([, line]) => parsed(line))),
);

it('are of the command whose help shows them, two or three each', () => {
  for (const name of COMMAND_NAMES) {
    const { stdout, code } = anomaly(['help', name]);
    expect(code).toBe(0);
    const own = examples.filter(({ command }) => command === name);
    expect([2, 3]).toContain(own.length);
    const shown = stdout.slice(stdout.indexOf('\nExamples:\n'));
    for (const { line } of own) expect(shown).toContain(`  ${line}\n`);
    expect(COMMANDS[name].examples.map(([, line]) => line)).toEqual(own.map(({ line }) => line));
  }
});

it('work one after the other where the bundled recordings are', { timeout: 400_000 }, () => {
  const runnable = examples.filter(({ command, raw }) => {
    const files = raw.read as string[] | undefined;
    return command === 'train' || (files !== undefined && !files.includes('-'));
  });
  expect(new Set(runnable.map(({ command }) => command))).toEqual(new Set(COMMAND_NAMES));
  const dir = folder();
  cpSync(join(root, 'data'), join(dir, 'data'), { recursive: true });
  for (const { line, words } of runnable) {
    const { code, stderr } = anomaly(words, { cwd: dir, timeoutMs: 300_000 });
    expect(`${line}: exit ${code}: ${code === 0 ? '' : stderr}`).toBe(`${line}: exit 0: `);
  }
});
