/** What goes together, looked at before anything starts: no option is accepted and then ignored. */
import { FLEET_REPORTS } from '../base/defaults.js';
import { AnomalyError } from '../base/errors.js';
import { isHub } from '../base/hub.js';
import { COMMANDS, type CommandName, INPUTS, type Input } from './commands.js';
import { inputNames, longName } from './describe.js';
import type { OptionSpec } from './spec.js';
import { OPTIONS, type OptionKey } from './table.js';

/** The options that were given, parsed. */
export type RawOptions = Readonly<Partial<Record<OptionKey, unknown>>>;

function reject(condition: boolean, message: string): void {
  if (condition) throw new AnomalyError('USAGE', message);
}

function exclude(raw: RawOptions, one: OptionKey, other: OptionKey): void {
  const both = raw[one] !== undefined && raw[other] !== undefined;
  reject(both, `${longName(one)} and ${longName(other)} exclude each other`);
}

function inputOf(command: CommandName, raw: RawOptions): Input {
  const { inputs } = COMMANDS[command] as { inputs: readonly Input[] };
  const chosen = inputs.filter((input) => isChosen(input, raw));
  const names = chosen.map((input) => longName(INPUTS[input].chosenBy));
  reject(chosen.length > 1, `${names.join(' and ')} exclude each other`);
  return chosen[0] ?? (inputs[0] as Input);
}

function isChosen(input: Input, raw: RawOptions): boolean {
  const { chosenBy } = INPUTS[input];
  if (raw[chosenBy] === undefined) return false;
  if (chosenBy !== 'read' || (input !== 'hub' && input !== 'file')) return true;
  return (input === 'hub') === namesHub(raw.read as string[]);
}

/** @throws AnomalyError USAGE where there is something else beside a hub */
function namesHub(paths: readonly string[]): boolean {
  const hubs = paths.filter(isHub);
  reject(hubs.length > 0 && paths.length > 1, '-r takes one hub, and nothing beside it');
  return hubs.length > 0;
}

/** @throws AnomalyError USAGE, in one line */
export function checkCombination(command: CommandName, raw: RawOptions): void {
  exclude(raw, 'quiet', 'verbose');
  const input = inputOf(command, raw);
  for (const key of Object.keys(raw) as OptionKey[]) {
    const inputs = (OPTIONS[key] as OptionSpec).on[command]?.with ?? [];
    const { noun, aside } = INPUTS[input];
    const name = longName(key);
    const alone = aside
      ? `${name} does not go with ${noun}`
      : `${name} goes with ${inputNames(inputs.filter((one) => !INPUTS[one].aside))}, not with ${noun}`;
    reject(!inputs.includes(input), alone);
  }
  if (command === 'sniff') checkFiles(raw);
  if (command === 'detect') {
    checkReports(raw);
    reject(raw.listenToken !== undefined && raw.listen === undefined, '--listen-token goes with --listen');
    const told = raw.notify !== undefined || raw.exec !== undefined;
    reject(raw.notifyFrom !== undefined && !told, '--notify-from goes with --notify or --exec');
    checkHub(raw, input);
  }
  if (command === 'train') {
    if (input === 'publish')
      for (const key of ['hub', 'sign', 'allow'] as const)
        reject(
          raw[key] === undefined,
          `--keep-net wants ${longName(key)}: it publishes an allow-list, signed, at a hub`,
        );
    const heard = raw.allow === undefined || raw.keepIfWorse === true || input === 'publish';
    reject(!heard, '--allow goes with --keep-if-worse here: training itself leaves out only what --trim does');
  }
}

/** What sniff writes. */
function checkFiles(raw: RawOptions): void {
  const [table, ...more] = (raw.out ?? []) as string[];
  reject(more.length > 0, '--out takes one file here: sniff writes one packet table');
  const rotated = raw.rotateSize !== undefined || raw.rotateHours !== undefined;
  reject(raw.keep !== undefined && !rotated, '--keep goes with --rotate-size or --rotate-hours');
  const tableFile = table === undefined ? raw.write === undefined : table !== '-';
  reject(rotated && !tableFile, 'only a packet table in a file can be rotated: name it with --out');
  const noTable = table === undefined && raw.write !== undefined;
  reject(raw.inner === true && noTable, '--inner goes with --out: a capture (-w) holds packets with their tunnels');
  reject(raw.force === true && !tableFile && raw.write === undefined, '--force goes with a file, not with --out -');
}

/** What only somebody who tells, or hears, a hub needs. */
function checkHub(raw: RawOptions, input: Input): void {
  if (input === 'hub') {
    const files = (raw.out ?? FLEET_REPORTS) as string[];
    const remembers = files.filter((name) => name.endsWith('.sqlite')).length;
    reject(remembers !== 1, '--out takes one .sqlite file here, beside others: it is what remembers the fleet');
  }
  if (raw.hub !== undefined || input === 'hub') return;
  for (const key of ['hubName', 'hubSite', 'hubKey', 'hubCa', 'hubTrust', 'channel', 'spool', 'spoolSize'] as const)
    reject(raw[key] !== undefined, `${longName(key)} goes with --hub`);
}

/** What a report is to be has to be of a report that there is. */
function checkReports(raw: RawOptions): void {
  const files = (raw.out ?? []) as string[];
  const grows = files.some((name) => name.endsWith('.jsonl') || name.endsWith('.sqlite'));
  reject(raw.rotateHours !== undefined && !grows, '--rotate-hours goes with a .jsonl or .sqlite file in --out');
  const told = raw.notify !== undefined || raw.exec !== undefined;
  const named = raw.json === true || told || files.some((name) => name.endsWith('.jsonl'));
  reject(raw.ecs === true && !named, '--ecs goes with --json, --notify, --exec or a .jsonl file in --out');
}
