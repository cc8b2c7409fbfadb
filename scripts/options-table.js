// Prints the README's table of options from the one table in src/options.ts (as built).
import { COMMANDS, OPTIONS } from '../dist/options.js';

const cell = (text) => text.replaceAll('|', '\\|');

export function optionsTable() {
  const rows = Object.values(OPTIONS).map((option) => {
    const where = option.on.length === Object.keys(COMMANDS).length ? 'all' : option.on.join(', ');
    const fallback = option.fallbackDoc ?? (option.fallback === undefined ? '' : String(option.fallback));
    const choices = option.choices ? ` (${option.choices.join(', ')})` : '';
    return `| \`${cell(option.flags)}\` | ${where} | ${cell(option.doc + choices)} | ${cell(fallback)} |`;
  });
  return ['| option | command | meaning | default |', '|---|---|---|---|', ...rows].join('\n');
}

if (process.argv[1]?.endsWith('options-table.js')) console.log(optionsTable());
