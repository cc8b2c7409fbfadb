// Prints the table of options from the one in src/options (as built): first what most people need, then the rest.
import { COMMAND_NAMES } from '../dist/options/commands.js';
import { describeOption } from '../dist/options/describe.js';
import { OPTION_KEYS, OPTIONS } from '../dist/options/table.js';

const HEAD = ['| option | command | meaning | default |', '|---|---|---|---|'];
const cell = (text) => text.replaceAll('|', '\\|');

/** One row, or a row for each way in which commands have the option. */
function rowsOf(key) {
  const { flags, on, choices } = OPTIONS[key];
  const commandsByText = new Map();
  for (const command of COMMAND_NAMES.filter((name) => name in on)) {
    const { doc, fallback } = describeOption(key, command);
    const meaning = choices ? `${doc} (${choices.join(', ')})` : doc;
    const text = `${cell(meaning)} | ${cell(fallback)}`;
    commandsByText.set(text, [...(commandsByText.get(text) ?? []), command]);
  }
  return [...commandsByText].map(([text, commands]) => {
    const where = commands.length === COMMAND_NAMES.length ? 'all' : commands.join(', ');
    return `| \`${cell(flags)}\` | ${where} | ${text} |`;
  });
}

export function optionsTable() {
  const table = (keys) => [...HEAD, ...keys.flatMap(rowsOf)].join('\n');
  const usual = OPTION_KEYS.filter((key) => !OPTIONS[key].expert);
  const expert = OPTION_KEYS.filter((key) => OPTIONS[key].expert);
  return `${table(usual)}\n\nExpert options, which most people never need:\n\n${table(expert)}`;
}

if (process.argv[1]?.endsWith('options-table.js')) console.log(optionsTable());
