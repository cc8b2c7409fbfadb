/** The command line: declares the three commands, reports errors, and is the only place that sets an exit code. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { AnomalyError, ERRORS, EXIT_DONE, systemCode } from './base/errors.js';
import { printable } from './base/text.js';
import {
  COMMANDS,
  type CommandName,
  checkCombination,
  detectOptions,
  longName,
  OPTIONS,
  type OptionKey,
  type OptionSpec,
  type RawOptions,
  sniffOptions,
  trainOptions,
} from './options.js';

/** Lazily imported: the help of one command must not load another's dependencies. */
const RUN: Record<CommandName, (raw: RawOptions, inputs: string[]) => Promise<number>> = {
  sniff: async (raw) => (await import('./commands/sniff/index.js')).sniff(sniffOptions(raw), process),
  train: async (raw, inputs) => (await import('./commands/train/index.js')).train(trainOptions(raw, inputs)),
  detect: async (raw) => (await import('./commands/detect/index.js')).detect(detectOptions(raw)),
};

function declare(key: string, spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.doc);
  // commander turns --no-x into x: false; here every switch is a key of its own that is true when given
  if (!spec.flags.includes('<')) option.negate = false;
  option.attributeName = () => key;
  if (spec.fallbackDoc !== undefined) option.default(spec.fallback, spec.fallbackDoc);
  else if (spec.fallback !== undefined) option.default(spec.fallback);
  if (spec.choices) option.choices([...spec.choices]);
  const parse = spec.parse;
  if (parse) option.argParser((text: string) => parse(text, longName(spec)));
  return option;
}

/** The command tree; `onRun` receives the parsed values. Also read by the generators of man page and completions. */
export function buildProgram(
  onRun: (command: CommandName, raw: RawOptions, inputs: string[]) => Promise<void>,
): Command {
  const { version, description } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const program = new Command('anomaly')
    .description(description)
    .version(version, '--version', 'print the version and end');
  program.helpOption('-h, --help', 'print this help and end').helpCommand(false);
  for (const name of Object.keys(COMMANDS) as CommandName[]) {
    const command = program
      .command(name)
      .description(COMMANDS[name])
      .helpOption('-h, --help', 'print this help and end');
    if (name === 'train')
      command.argument('[file...]', 'packet tables, captures or conn.logs; default: the newest run in data/');
    for (const [key, spec] of Object.entries(OPTIONS) as [OptionKey, OptionSpec][]) {
      if (spec.on.includes(name)) command.addOption(declare(key, spec));
    }
    command.action((...args: unknown[]) => {
      const self = args.at(-1) as Command;
      return onRun(name, self.opts<RawOptions>(), self.args);
    });
  }
  return program;
}

function describeError(error: unknown, verbose: boolean): { text: string; exit: number } {
  if (error instanceof AnomalyError) {
    return { text: `anomaly: ${error.message}${verbose ? `\n${error.stack}` : ''}\n`, exit: error.exitCode };
  }
  const message = error instanceof Error ? error.message : String(error);
  const hint = verbose ? `\n${(error as Error)?.stack ?? ''}` : ' (this is a fault of the program: -v shows where)';
  return { text: `anomaly: ${printable(message)}${hint}\n`, exit: ERRORS.UNEXPECTED.exit };
}

/** A reader that went away (`| head`) ends nothing: capture files and reports are still to be finished. */
function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      // EIO: the terminal was closed
      if (systemCode(error) !== 'EPIPE' && systemCode(error) !== 'EIO') throw error;
    });
  }
}

/** Runs the command line `argv` (without node and script) and sets the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  tolerateClosedPipes();
  let verbose = false;
  const program = buildProgram(async (command, raw, inputs) => {
    verbose = raw.verbose === true;
    checkCombination(command, raw);
    process.exitCode = await RUN[command](raw, inputs);
  });
  configure(program);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT_DONE : ERRORS.USAGE.exit;
      return;
    }
    const { text, exit } = describeError(error, verbose);
    process.stderr.write(text);
    process.exitCode = exit;
  }
}

/** commander throws instead of ending the process, and its errors look like ours. */
function configure(command: Command): void {
  command.exitOverride();
  command.configureOutput({
    outputError: (text, write) =>
      write(
        `${text
          .trim()
          .replace(/^error: /, 'anomaly: ')
          .replaceAll('\n', ' ')}; try --help\n`,
      ),
  });
  command.commands.forEach(configure);
}
