/** What help, man page, reference and messages say of an option. */
import { COMMANDS, type CommandName, INPUTS, type Input } from './commands.js';
import type { OptionSpec } from './spec.js';
import { OPTIONS, type OptionKey } from './table.js';

export interface OptionText {
  /** ends with the inputs that the option does not go with */
  readonly doc: string;
  /** empty: there is none */
  readonly fallback: string;
}

/** The long name of an option, as used in messages: `--rotate-size`. */
export function longName(key: OptionKey): string {
  return /--[a-z-]+/.exec(OPTIONS[key].flags)?.[0] as string;
}

/** a or b; a, b or c */
function either(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

export function inputNames(inputs: readonly Input[]): string {
  return either(inputs.map((input) => INPUTS[input].noun));
}

const choosers: readonly string[] = Object.values(INPUTS).map(({ chosenBy }) => chosenBy);

/** @param command one that has the option */
export function describeOption(key: OptionKey, command: CommandName): OptionText {
  const spec: OptionSpec = OPTIONS[key];
  const use = spec.on[command] ?? { with: [] };
  const doc = use.doc ?? spec.doc ?? '';
  const fallback = use.fallbackDoc ?? spec.fallbackDoc ?? String(use.fallback ?? spec.fallback ?? '');
  // that inputs exclude each other, and that what reads no records needs nothing, goes without saying
  const reading = (inputs: readonly Input[]): Input[] => inputs.filter((input) => !INPUTS[input].aside);
  const others = reading(COMMANDS[command].inputs).filter((input) => !use.with.includes(input));
  if (others.length === 0 || choosers.includes(key)) return { doc, fallback };
  const own = reading(use.with);
  const limits = own.length === 1 ? `only with ${inputNames(own)}` : `not with ${inputNames(others)}`;
  return { doc: `${doc}; ${limits}`, fallback };
}
