/** What a row of the table of options says. */
import type { CommandName, Input } from './commands.js';

/** An option as one command has it; what is not said here is as in the option's row. */
interface Use {
  /** inputs of the command that it goes with; with others it is refused */
  readonly with: readonly Input[];
  readonly doc?: string;
  /** used when the option is absent */
  readonly fallback?: unknown;
  /** what the help says of the fallback */
  readonly fallbackDoc?: string;
}

export interface OptionSpec {
  /** commander's syntax; `<value>` takes one value, `<value...>` several, none is a switch */
  readonly flags: string;
  readonly on: Readonly<Partial<Record<CommandName, Use>>>;
  readonly doc?: string;
  readonly fallback?: unknown;
  readonly fallbackDoc?: string;
  /** most people never need it: it stands in a help group of its own */
  readonly expert?: true;
  readonly choices?: readonly string[];
  readonly parse?: (text: string, name: string) => unknown;
}

/** Inputs that an option goes with. */
export const LIVE = { with: ['live'] } as const;
export const FILE = { with: ['file'] } as const;
export const PACKETS = { with: ['live', 'file'] } as const;
export const GROWING = { with: ['live', 'follow'] } as const;
/** what a fleet's view has too */
export const ALSO_HUB = { with: ['live', 'file', 'follow', 'hub'] } as const;
export const ANY = { with: ['live', 'file', 'follow'] } as const;
