/** Every option with every input of every command: refused in one line, or the command's code asks for it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { checkCombination, type RawOptions } from '../../src/options/check.js';
import { COMMAND_NAMES, COMMANDS, type CommandName, INPUTS, type Input } from '../../src/options/commands.js';
import { describeOption, longName } from '../../src/options/describe.js';
import type { OptionSpec } from '../../src/options/spec.js';
import { OPTION_KEYS, OPTIONS, type OptionKey } from '../../src/options/table.js';
import { detectOptions, sniffOptions, trainOptions } from '../../src/options.js';
import { anomaly, folder, root, sample } from '../support/program.js';

const FILES: readonly string[] = [];
const NORMALISED: Record<CommandName, (raw: RawOptions) => object> = {
  sniff: sniffOptions,
  train: (raw) => trainOptions(raw, FILES),
  detect: detectOptions,
};

const usesOf = (key: OptionKey): OptionSpec['on'] => (OPTIONS[key] as OptionSpec).on;

/** A value that is nobody's default. */
function sampleOf(key: OptionKey): unknown {
  const { flags, parse, choices } = OPTIONS[key] as OptionSpec;
  if (!flags.includes('<')) return true;
  if (choices) return choices.at(-1);
  const value = parse ? parse('77', key) : '77';
  return flags.includes('...') ? [value] : value;
}

const AT_HUB: RawOptions = { hub: 'nats://hub' };

/** Options that make sense only beside another one. */
const COMPANIONS: Partial<Record<OptionKey, RawOptions>> = {
  keep: { rotateHours: 1, out: ['x.jsonl'] },
  rotateHours: { out: ['x.jsonl'] },
  ecs: { json: true },
  notifyFrom: { exec: 'x' },
  ...Object.fromEntries(
    ['hubName', 'hubSite', 'hubKey', 'hubCa', 'hubTrust', 'channel', 'spool', 'spoolSize'].map((key) => [key, AT_HUB]),
  ),
};

/** Names of the properties that the code of a command reads, of whatever object. */
function propertiesRead(command: CommandName): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) names.add(node.name.text);
    if (ts.isBindingElement(node)) names.add((node.propertyName ?? node.name).getText());
    ts.forEachChild(node, visit);
  };
  for (const room of [`src/commands/${command}`, 'src/engine']) {
    for (const name of readdirSync(join(root, room)).filter((file) => file.endsWith('.ts'))) {
      const text = readFileSync(join(root, room, name), 'utf8');
      visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true));
    }
  }
  return names;
}

function chosen(command: CommandName, input: Input): RawOptions {
  if (input === 'hub') return { read: ['nats://hub'] };
  if (input === 'publish') return { keepNet: true, ...AT_HUB, sign: 'x', allow: 'x' };
  const key = INPUTS[input].chosenBy;
  return command in usesOf(key) ? { [key]: sampleOf(key) } : {};
}

function refusalOf(command: CommandName, raw: RawOptions): string | undefined {
  try {
    checkCombination(command, raw);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe.each(COMMAND_NAMES)('%s', (command) => {
  const read = propertiesRead(command);
  const keys = OPTION_KEYS.filter((key) => command in usesOf(key));
  const cases = COMMANDS[command].inputs.flatMap((input: Input) => keys.map((key) => ({ input, key })));

  it.each(cases)('either refuses $key with input $input or makes use of it', ({ input, key }) => {
    // where the input is the hub, or its owner speaks, nothing more is needed
    const beside = input === 'hub' || input === 'publish' ? {} : COMPANIONS[key];
    const without: RawOptions = { ...chosen(command, input), ...beside };
    const raw: RawOptions = { [key]: sampleOf(key), ...without };
    const refusal = refusalOf(command, raw);
    if (refusal !== undefined) {
      expect(refusal).toContain(longName(key));
      expect(refusal).not.toContain('\n');
      return;
    }
    // the command line itself shows the stack
    if (key === 'verbose' && command !== 'detect') return;
    const before = Object.entries(NORMALISED[command]({ ...without, [key]: undefined }));
    const after = Object.entries(NORMALISED[command](raw));
    const changed = after.filter(([name, value], k) => name !== before[k]?.[0] || value !== before[k]?.[1]);
    expect(changed).toHaveLength(1);
    expect(read).toContain(changed[0]?.[0]);
  });

  it('explains every option in its own words', () => {
    const others = COMMAND_NAMES.filter((name) => name !== command);
    for (const key of keys) {
      const { doc } = describeOption(key, command);
      expect(doc, key).not.toBe('');
      for (const other of others) expect(doc, key).not.toMatch(new RegExp(`\\b${other}:`));
    }
  });
});

it('refuses an input that is not wanted by what else is given, naming both', () => {
  const refusal = (raw: RawOptions): string | undefined => refusalOf('detect', raw);
  expect(refusal({ follow: 'conn.log', filter: 'tcp' })).toBe('--filter goes with a live capture, not with --follow');
  expect(refusal({ follow: 'conn.log', driver: 'auto' })).toBe('--driver goes with a live capture, not with --follow');
  expect(refusal({ follow: 'conn.log', csv: 'x.csv' })).toBe('--csv goes with a live capture or -r, not with --follow');
  expect(refusal({ read: ['x'], hours: 1 })).toBe('--hours goes with a live capture or --follow, not with -r');
});

it('refuses to rotate what is no table in a file or no report that grows, and to force nothing', () => {
  expect(refusalOf('detect', { out: ['r.txt'], rotateHours: 1 })).toMatch(
    /--rotate-hours goes with a .jsonl or .sqlite/,
  );
  expect(refusalOf('detect', { out: ['r.txt', 'r.jsonl'], rotateHours: 1 })).toBeUndefined();
  for (const raw of [{ write: 'x.pcap' }, { out: ['-'] }]) {
    expect(refusalOf('sniff', { ...raw, rotateSize: 1 })).toMatch(/only a packet table in a file can be rotated/);
  }
  expect(refusalOf('sniff', { out: ['-'], force: true })).toMatch(/^--force goes with a file/);
  expect(refusalOf('sniff', { out: ['-'], write: 'x.pcap', force: true })).toBeUndefined();
});

it('has an allow-list in training for --keep-if-worse alone, and learns nothing with what only looks after models', () => {
  expect(refusalOf('train', { keepIfWorse: true, allow: 'x', power: 'off' })).toBeUndefined();
  expect(refusalOf('train', { allow: 'x' })).toMatch(/^--allow goes with --keep-if-worse here/);
  expect(refusalOf('train', { rollback: true, epochs: 3 })).toBe('--epochs does not go with --rollback');
  expect(refusalOf('train', { rollback: true, use: 'x' })).toBe('--use and --rollback exclude each other');
  const { code, stderr } = anomaly(['train', 'some.csv', '--rollback']);
  expect([code, stderr]).toEqual([2, 'anomaly: some.csv: files are for learning, and --rollback learns nothing\n']);
});

it('measures power quickly where nothing is said, and in no other way than those of the table', () => {
  expect(trainOptions({}, FILES)).toMatchObject({ power: 'quick', keepIfWorse: false, keepModels: 3 });
  const { code, stderr } = anomaly(['train', 'missing', '--power', 'half']);
  expect(stderr).toMatch(/^anomaly: .*'--power <effort>'.*off, quick, full/);
  expect(code).toBe(2);
});

it('refuses bytes of packets where the input is a packet table, and writes nothing then', () => {
  const dir = folder();
  expect(anomaly(['sniff', '-q', '-r', sample('mixed.pcap.gz'), '-c', '10', '--out', 't.csv'], { cwd: dir }).code).toBe(
    0,
  );
  for (const option of [
    ['-w', 'x.pcap'],
    ['-s', '100', '--out', 'x.csv'],
  ]) {
    const { code, stderr } = anomaly(['sniff', '-r', 't.csv', ...option], { cwd: dir });
    expect(stderr).toBe('anomaly: t.csv: a packet table holds no packets, which -w, -s and --pcap-out need\n');
    expect(code).toBe(2);
  }
  expect(readdirSync(dir)).toEqual(['t.csv']);
});

it.each(['sniff', 'train'])('shows the stack of an error with -v in %s', (command) => {
  const args = command === 'sniff' ? ['-r', 'missing'] : ['missing'];
  const { stderr } = anomaly([command, '-v', ...args]);
  expect(stderr).toMatch(/^anomaly: missing: no such file\n.*\n {4}at /);
});
