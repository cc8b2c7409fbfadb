/** The "See" commands of a report, and what they show when they are pasted into a shell. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect } from 'vitest';

export interface Seen {
  readonly incident: number;
  readonly title: string;
  /** as the text report has it, and as it is copied from the HTML report */
  readonly commands: readonly string[];
  /** numbers of its sample records in the input */
  readonly frames: readonly number[];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/** Lines that hang under a label, as a selection of them has them. */
function pasted(block: string, label: string): string {
  const lines = new RegExp(`^ {2}${label.padEnd(10)}(.*(?:\\n {12}.*)*)`, 'm').exec(block)?.[1] ?? '';
  return lines;
}

/** What the reports r.txt, r.html and r.csv in `dir` say of each incident. */
export function seenIn(dir: string): Seen[] {
  const rows: Record<string, string>[] = parse(readFileSync(join(dir, 'r.csv'), 'utf8'), { columns: true });
  const html = readFileSync(join(dir, 'r.html'), 'utf8');
  const blocks = readFileSync(join(dir, 'r.txt'), 'utf8')
    .split(/^\[[A-Z]+\] +#/m)
    .slice(1);
  return blocks.map((block) => {
    const incident = Number.parseInt(block, 10);
    const row = rows.find((cells) => cells.incident === String(incident));
    const page = html.slice(html.indexOf(`id="incident-${incident}"`));
    const code = /<dt>See<\/dt><dd><code>(.*?)<\/code>/s.exec(page)?.[1] ?? '';
    const copied = code.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);
    const frames = row?.frames.split(' ').map(Number) ?? [];
    return { incident, title: row?.title ?? '', commands: [pasted(block, 'See'), copied], frames };
  });
}

/** The lines that a command prints, with fields of frames instead of their summaries. */
export function shown(command: string, dir: string, input?: Buffer, fields = ['frame.time_epoch']): string[] {
  const asFields = `tshark() { command tshark "$@" -T fields ${fields.map((field) => `-e ${field}`).join(' ')}; }`;
  // tshark takes no socket, which is what a child's input is here
  const path = join(dir, 'standard input');
  if (input) writeFileSync(path, input);
  const from = openSync(input ? path : '/dev/null', 'r');
  const done = spawnSync('sh', ['-e', '-c', `${asFields}\n${command}`], { cwd: dir, stdio: [from, 'pipe', 'pipe'] });
  closeSync(from);
  expect(`${command}: ${done.status} ${done.stderr}`).toMatch(/: 0 (?:Running as user .*\n)*$/);
  return done.stdout.toString().trimEnd().split('\n');
}

export interface Comparison {
  /** where commands are run; default: the folder of the reports */
  readonly cwd?: string;
  readonly input?: Buffer;
  /** the first records of an incident may be in no file */
  readonly later?: boolean;
}

/**
 * Runs every command of the reports in `dir`, and compares what it shows with the incident's records.
 * @param record what a record is known by @param idOf the same of a line that is shown
 */
export function expectRecords(
  dir: string,
  record: (frame: number) => string,
  idOf: (line: string) => string,
  { cwd = dir, input, later = false }: Comparison = {},
): Seen[] {
  const seen = seenIn(dir);
  expect(seen.length).toBeGreaterThan(1);
  for (const { commands, frames } of seen) {
    const records = frames.map(record);
    // as a rule both are one and the same
    for (const command of new Set(commands)) {
      expect(command).not.toBe('');
      const lines = shown(command, cwd, input).map(idOf);
      if (!later) expect(lines, command).toContain(records[0]);
      expect(lines[0], command).not.toBe('');
      expect(
        lines.filter((line) => !records.includes(line)),
        command,
      ).toEqual([]);
    }
  }
  return seen;
}
