/** How to see the records of an incident: commands that run as they are pasted into a shell. */

import { shellWord } from '../base/shell.js';
import type { Incident } from '../detect/incident.js';
import type { FilePlaces, RunFacts } from '../detect/run-facts.js';
import { displayWidth } from './layout.js';

/** An incident's first files show what it is. */
export const MOST_FILES = 3;
/** Columns for a filter below which it gets a line of its own. */
const LEAST_FILTER = 50;
/** Parties that a filter names one by one. */
const MOST_PARTIES = 16;
/** A word for what the shell gives a command to read. */
const STANDARD_INPUT = '-';

type Range = [first: number, last: number];

/** Numbers as ascending ranges: [1,2,3,7] is [[1,3],[7,7]]. */
function ranges(numbers: readonly number[]): Range[] {
  const result: Range[] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = result.at(-1);
    if (last && number <= last[1] + 1) last[1] = number;
    else result.push([number, number]);
  }
  return result;
}

/** As many of the first ranges as fit `width` characters, one at least. */
function fitting(numbers: readonly number[], width: number, between: string, write: (range: Range) => string): string {
  let text = '';
  for (const range of ranges(numbers)) {
    const next = (text === '' ? '' : between) + write(range);
    if (text !== '' && text.length + next.length > width) break;
    text += next;
  }
  return text;
}

/** tshark shows the frames of a capture. A long name makes a long line, after which the shell goes on reading. */
function fromCapture(place: FilePlaces, width: number): string[] {
  const { word, numbers, format } = place;
  const command = READ_BY_TSHARK.test(format) ? `tshark -r ${word}` : `${unwrapping(place)} | tshark -r -`;
  const beside = width - displayWidth(`${command} `);
  const oneLine = beside >= LEAST_FILTER;
  const write = ([a, b]: Range): string => (a === b ? `${a}` : `${a}..${b}`);
  const room = (oneLine ? beside : width - 2) - displayWidth("-Y 'frame.number in {}'");
  const filter = `-Y 'frame.number in {${fitting(numbers, room, ', ', write)}}'`;
  return oneLine ? [`${command} ${filter}`] : [`${command} \\`, `  ${filter}`];
}

/** What undoes a wrapping, by its name behind the format: of a file that is named behind it, or of standard input. */
const UNWRAP: Readonly<Record<string, string>> = {
  gzip: 'zcat',
  zstd: 'zstdcat',
  xz: 'xzcat',
  lz4: 'lz4cat',
  bzip2: 'bzcat',
  'utf-16le': 'iconv -f UTF-16 -t UTF-8',
  'utf-16be': 'iconv -f UTF-16BE -t UTF-8',
  'JSON array': "jq -c '.[]'",
  'JSON objects': 'jq -c .',
};
/** Packed captures that tshark reads by itself. */
const READ_BY_TSHARK = /^[^,]*(?:, (?:gzip|zstd|lz4))?$/;

/** Commands that give the lines, or the bytes, that the numbers count. */
function unwrapping({ word, format }: FilePlaces): string {
  const file = word === STANDARD_INPUT ? '' : ` ${word}`;
  const steps = format
    .split(', ')
    .slice(1)
    .map((name) => UNWRAP[name] ?? 'cat');
  return steps.map((step, i) => (i === 0 ? step + file : step)).join(' | ');
}

/** sed prints the lines of a table or log. */
function fromLines(place: FilePlaces, width: number): string[] {
  const { word, numbers } = place;
  const file = word === STANDARD_INPUT ? '' : ` ${word}`;
  const print = ([a, b]: Range): string => (a === b ? `${a}p` : `${a},${b}p`);
  const sed = (room: number): string => `sed -n '${fitting(numbers, room - displayWidth("sed -n ''"), ';', print)}'`;
  const unwrap = unwrapping(place);
  const beside = width - displayWidth(unwrap ? `${unwrap} | ` : file);
  if (beside >= LEAST_FILTER) return [unwrap ? `${unwrap} | ${sed(beside)}` : `${sed(beside)}${file}`];
  return unwrap ? [`${unwrap} |`, `  ${sed(width - 2)}`] : [`${sed(width - 2)} \\`, ` ${file}`];
}

/** A growing log is moved away and packed: its connections are looked for by what they say, in what it became too. */
function fromFollowed({ word }: FilePlaces, incident: Incident, width: number): string[] {
  const files = `${word}*`;
  const { initiator, responder, uids } = incident;
  if (uids.length === 0) return [`zgrep -hwF ${shellWord(initiator)} ${files} |`, `  grep -wF ${shellWord(responder)}`];
  const room = width - displayWidth('zgrep -hwF \\');
  let ids = '';
  for (const uid of uids) {
    const next = `${ids} -e ${shellWord(uid)}`;
    if (ids !== '' && displayWidth(next) > room) break;
    ids = next;
  }
  return [`zgrep -hwF${ids} \\`, `  ${files}`];
}

/** `a && b && …` as a quoted word, broken after `&&`, where a line end changes nothing for tshark. */
function filterLines(command: string, conditions: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of `${command} '${conditions.join(' && ')}'`.split(/(?<=&& )/)) {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(last + part.trimEnd()) <= width) lines[lines.length - 1] = last + part;
    else lines.push(lines.length === 0 ? part : `  ${part}`);
  }
  return lines.map((line) => line.trimEnd());
}

/** Wireshark's conditions for what passed among the parties of an incident while it lasted. */
function conditions(incident: Incident): string[] {
  const { initiator, responder, others, steps = [], protocolNumber, firstUs, lastUs } = incident;
  const seconds = (us: number): string => (us / 1e6).toFixed(6);
  const times = [`frame.time_epoch >= ${seconds(firstUs)}`, `frame.time_epoch <= ${seconds(lastUs)}`];
  if (protocolNumber === -1) return ['arp', ...times];
  const ends = steps.flatMap((step) => [step.initiator, step.responder]);
  const parties = [...new Set([initiator, responder, ...others, ...ends])];
  const more = others.length > 0 || ends.length > 2 || steps.some((step) => step.others > 0);
  const named = more && parties.length > MOST_PARTIES ? [initiator] : parties;
  const fields = new Map<string, string[]>();
  for (const party of named) {
    const field = fieldOf(party);
    if (field !== undefined) fields.set(field, [...(fields.get(field) ?? []), party]);
  }
  const among = [...fields].map(([field, addresses]) => {
    if (addresses.length === 1) return `${field}.addr == ${addresses[0]}`;
    if (addresses.length === 2) return addresses.map((address) => `${field}.addr == ${address}`).join(' && ');
    const set = `{${addresses.join(', ')}}`;
    return `${field}.src in ${set} && ${field}.dst in ${set}`;
  });
  const [first, ...rest] = among;
  if (rest.length === 0) return first === undefined ? times : [first, ...times];
  return [`(${among.map((text) => `(${text})`).join(' || ')})`, ...times];
}

/** Where Wireshark has an address; undefined where it is none. */
function fieldOf(address: string): 'eth' | 'ip' | 'ipv6' | undefined {
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(address)) return 'eth';
  if (!/^[0-9a-f.:]+$/i.test(address)) return undefined;
  return address.includes(':') ? 'ipv6' : 'ip';
}

function placesOf({ id }: Incident, { places }: RunFacts): readonly FilePlaces[] {
  return places?.[id] ?? [];
}

/** Whether the records of an incident are in no file that could be named: the command reads standard input. */
export function readsInput(incident: Incident, facts: RunFacts): boolean {
  const places = placesOf(incident, facts);
  return places.length === 0 || places.some(({ word }) => word === STANDARD_INPUT);
}

/** How many files hold its sample records. */
export function filesOf(incident: Incident, facts: RunFacts): number {
  return placesOf(incident, facts).length;
}

/**
 * Shell commands, in lines of at most `width` columns but for long names, that show sample records of `incident`: tshark
 * by frame number for captures, sed for tables and logs, zgrep for a log that is followed. What is in no file is looked
 * for in what standard input brings, by parties and time.
 */
export function seeCommand(incident: Incident, facts: RunFacts, width: number): string[] {
  const places = placesOf(incident, facts);
  if (places.length === 0) {
    if (facts.kind === 'packet') return filterLines(`tshark -r ${STANDARD_INPUT} -Y`, conditions(incident), width);
    return [`grep -wF ${shellWord(incident.initiator)} | grep -wF ${shellWord(incident.responder)}`];
  }
  const followed = places.find((place) => place.followed);
  if (followed) return fromFollowed(followed, incident, width);
  return places
    .slice(0, MOST_FILES)
    .flatMap((place) => (place.format.startsWith('pcap') ? fromCapture(place, width) : fromLines(place, width)));
}
