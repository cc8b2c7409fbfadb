/** The command line: declares the three commands, reports errors, and is the only place that sets an exit code. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { concealAddresses } from './base/command-line.js';
import { DATA_FOLDER } from './base/defaults.js';
import {
  AnomalyError,
  ERRORS,
  EXIT_ANOMALIES_FOUND,
  EXIT_DONE,
  systemCode,
  TOO_MANY_OPEN,
  tooManyOpen,
} from './base/errors.js';
import { JournalStream, PRIORITY, toJournal } from './base/journal.js';
import { inherit } from './base/opened-first.js';
import { standardError, standardOutput } from './base/standard-streams.js';
import { printable } from './base/text.js';
import { runAsUser } from './commands/run-as-user.js';
import { tellFailure } from './commands/service-manager.js';
import { checkCombination, type RawOptions } from './options/check.js';
import { COMMAND_NAMES, COMMANDS, type CommandName } from './options/commands.js';
import { describeOption, longName } from './options/describe.js';
import type { OptionSpec } from './options/spec.js';
import { OPTION_KEYS, OPTIONS, type OptionKey } from './options/table.js';
import { detectOptions, sniffOptions, trainOptions } from './options.js';

/** Lazily imported: the help of one command must not load another's dependencies. */
const RUN: Record<CommandName, (raw: RawOptions, inputs: string[]) => Promise<number>> = {
  sniff: async (raw) =>
    (await import('./commands/sniff/index.js')).sniff(sniffOptions(raw), {
      stdout: standardOutput(),
      stderr: toJournal(standardError()),
    }),
  train: async (raw, inputs) => (await import('./commands/train/index.js')).train(trainOptions(raw, inputs)),
  detect: async (raw) => (await import('./commands/detect/index.js')).detect(detectOptions(raw)),
};

function declare(key: OptionKey, command: CommandName): Option {
  const spec: OptionSpec = OPTIONS[key];
  const { doc, fallback } = describeOption(key, command);
  const option = new Option(spec.flags, doc);
  // commander turns --no-x into x: false; here every switch is a key of its own that is true when given
  if (!spec.flags.includes('<')) option.negate = false;
  option.attributeName = () => key;
  // only for the help: what is not given stays out of the values
  if (fallback !== '') option.default(fallback, fallback);
  if (spec.expert) option.helpGroup('Expert options:');
  if (spec.choices) option.choices([...spec.choices]);
  const parse = spec.parse;
  if (parse) option.argParser((text: string) => parse(text, longName(key)));
  return option;
}

/** The values that were given, without defaults. */
function givenValues(command: Command): RawOptions {
  const all = Object.entries(command.opts<Record<string, unknown>>());
  return Object.fromEntries(all.filter(([key]) => command.getOptionValueSource(key) === 'cli'));
}

function examplesText(name: CommandName): string {
  const lines = COMMANDS[name].examples.flatMap(([purpose, line]) => [`  # ${purpose}`, `  ${line}`]);
  return ['', 'Examples:', ...lines].join('\n');
}

/** The command tree; `onRun` receives the values that were given. Also read by the generators of man page and completions. */
export function buildProgram(
  onRun: (command: CommandName, raw: RawOptions, inputs: string[]) => Promise<void>,
): Command {
  const { version, description } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const help = ['-h, --help', 'print this help and end'] as const;
  const program = new Command('anomaly')
    .description(description)
    .version(version, '--version', 'print the version and end')
    .helpOption(...help)
    .helpCommand('help [command]', 'print the help of a command');
  for (const name of COMMAND_NAMES) {
    const command = program
      .command(name)
      .description(COMMANDS[name].doc)
      .helpOption(...help);
    if (name === 'train') {
      const which = `packet tables, captures, conn.logs or flow tables; default: the newest run in ${DATA_FOLDER}/`;
      command.argument('[file...]', which);
    }
    for (const key of OPTION_KEYS) if (name in OPTIONS[key].on) command.addOption(declare(key, name));
    command.addHelpText('after', examplesText(name));
    command.action(() => onRun(name, givenValues(command), command.args));
  }
  return program;
}

function describeError(error: unknown, verbose: boolean): { text: string; exit: number } {
  if (error instanceof AnomalyError) {
    return { text: `anomaly: ${error.message}${verbose ? `\n${error.stack}` : ''}\n`, exit: error.exitCode };
  }
  const limit = atFileLimit(error);
  if (limit) return describeError(limit, verbose);
  const message = error instanceof Error ? error.message : String(error);
  const hint = verbose ? `\n${(error as Error)?.stack ?? ''}` : ' (this is a fault of the program: -v shows where)';
  return { text: `anomaly: ${printable(message)}${hint}\n`, exit: ERRORS.UNEXPECTED.exit };
}

/** The limit of open files is met anywhere, also where a module is loaded, which says another thing then. */
function atFileLimit(error: unknown): AnomalyError | undefined {
  try {
    closeSync(openSync('/dev/null', 'r'));
  } catch (cause) {
    if (TOO_MANY_OPEN.has(systemCode(cause) ?? '')) return tooManyOpen(error);
  }
  return TOO_MANY_OPEN.has(systemCode(error) ?? '') ? tooManyOpen(error) : undefined;
}

/** Says what did not get to standard output; where it was asked for, and is nowhere else, that decides how the program ends. */
async function tellOfOutput(wasAskedFor: boolean): Promise<void> {
  // the outcome of a writing comes later than the writing
  await new Promise(setImmediate);
  const { trouble } = standardOutput();
  // a run that failed has its own reason
  if (!trouble || ![EXIT_DONE, EXIT_ANOMALIES_FOUND].includes(Number(process.exitCode ?? EXIT_DONE))) return;
  standardError().write(`${wasAskedFor ? 'anomaly' : 'warning'}: ${trouble.message}\n`);
  if (wasAskedFor) process.exitCode = trouble.exitCode;
}

/** Runs the command line `argv` (without node and script) and sets the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  // from now on neither of them ends anything: capture files and reports are still to be finished
  standardOutput();
  standardError();
  concealAddresses();
  inherit();
  // help, the version and lists; and what detect tells is in no report otherwise
  let isAsked = true;
  let verbose = false;
  const program = buildProgram(async (command, raw, inputs) => {
    verbose = raw.verbose === true;
    isAsked = command !== 'detect' || raw.json === true || raw.out === undefined;
    checkCombination(command, raw);
    process.exitCode = await RUN[command](raw, inputs).catch(runAsUser);
  });
  configure(program);
  try {
    await program.parseAsync(argv, { from: 'user' });
    await tellOfOutput(isAsked);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT_DONE : ERRORS.USAGE.exit;
      if (process.exitCode !== EXIT_DONE)
        await tellFailure(error.message.replace(/^error: /, '').replaceAll('\n', ' '));
      return tellOfOutput(true);
    }
    const { text, exit } = describeError(error, verbose);
    const stderr = toJournal(standardError());
    (stderr instanceof JournalStream ? stderr.at(PRIORITY.error) : stderr).write(text);
    // first: whatever comes of telling it, this is how it ends
    process.exitCode = exit;
    await tellFailure((text.split('\n', 1)[0] as string).replace(/^anomaly: /, ''));
  }
}

/** commander throws instead of ending the process, and its errors look like ours. */
function configure(command: Command): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => standardOutput().write(text),
    writeErr: (text) => standardError().write(text),
    outputError: (text, write) =>
      write(
        `${text
          .trim()
          .replace(/^error: /, 'anomaly: ')
          .replace(/\.$/, '')
          .replaceAll('\n', ' ')}; try --help\n`,
      ),
  });
  command.commands.forEach(configure);
}
