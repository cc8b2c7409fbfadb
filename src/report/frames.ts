/** How to see the records of an incident: one command that can be pasted into a shell. */

import type { Incident } from '../detect/incident.js';
import type { FilePlaces, RunFacts } from '../detect/run-facts.js';
import { displayWidth } from './layout.js';

/** An incident's first files show what it is. */
const MOST_FILES = 3;
/** Columns for a filter below which it gets a line of its own. */
const LEAST_FILTER = 50;

/** `text` as one word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w%+,./:=@-]+$/.test(text) && !text.startsWith('-') ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A name that does not fit is written as FILE. */
function fileWord(name: string, width: number): string {
  const word = shellWord(name.startsWith('-') ? `./${name}` : name);
  return displayWidth(word) > width ? 'FILE' : word;
}

type Range = [first: number, last: number];

/** Ascending frame numbers as ranges: [1,2,3,7] is [[1,3],[7,7]]. */
function ranges(frames: readonly number[]): Range[] {
  const result: Range[] = [];
  for (const frame of frames) {
    const last = result.at(-1);
    if (last && frame === last[1] + 1) last[1] = frame;
    else result.push([frame, frame]);
  }
  return result;
}

/** As many of the first ranges as fit `width` characters. */
function fitting(frames: readonly number[], width: number, between: string, write: (range: Range) => string): string {
  let text = '';
  for (const range of ranges(frames)) {
    const next = (text === '' ? '' : between) + write(range);
    if (text !== '' && text.length + next.length > width) break;
    text += next;
  }
  return text;
}

/** Lines of a quoted filter, broken after `&&`, where a line end inside quotes changes nothing for tshark. */
function breakFilter(command: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of command.split(/(?<=&&) /)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + part.length <= width) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(lines.length === 0 ? part : `  ${part}`);
  }
  return lines;
}

/** Wireshark's filter for what passed between the two ends while the incident lasted. */
function endsFilter(incident: Incident): string {
  const field = (address: string): string[] => {
    if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(address)) return [`eth.addr == ${address}`];
    if (!/^[0-9a-f.:]+$/i.test(address)) return [];
    if (address.includes(':')) return [`ipv6.addr == ${address}`];
    return [`ip.addr == ${address}`];
  };
  const ends = incident.protocolNumber === -1 ? ['arp'] : [incident.initiator, incident.responder].flatMap(field);
  const seconds = (us: number): string => (us / 1e6).toFixed(6);
  const from = `frame.time_epoch >= ${seconds(incident.firstUs)}`;
  return [...ends, from, `frame.time_epoch <= ${seconds(incident.lastUs)}`].join(' && ');
}

/** tshark shows the frames of one capture. */
function fromCapture({ name, frames }: FilePlaces, width: number): string[] {
  const command = `tshark -r ${fileWord(name, width - displayWidth('tshark -r  \\'))}`;
  const beside = width - displayWidth(`${command} `);
  const room = beside >= LEAST_FILTER ? beside : width - 2;
  const write = ([a, b]: Range): string => (a === b ? `${a}` : `${a}..${b}`);
  const set = fitting(frames, room - displayWidth(" -Y 'frame.number in {}'"), ', ', write);
  const filter = `-Y 'frame.number in {${set}}'`;
  return beside >= LEAST_FILTER ? [`${command} ${filter}`] : [`${command} \\`, `  ${filter}`];
}

/** A table or log as text: its record n is the n-th line that is no header. */
function fromLines({ name, format, frames }: FilePlaces, width: number): string[] {
  const file = fileWord(name, width - displayWidth('zcat  |'));
  const read = `${/\.gz$/i.test(name) || format.endsWith('gzip') ? 'zcat' : 'cat'} ${file} |`;
  const rows = format.startsWith('table') ? "grep -v '^[^0-9]*frame.time_epoch' |" : "grep -v '^#' |";
  const start = `${read} ${rows} sed -n `;
  const print = ([a, b]: Range): string => (a === b ? `${a}p` : `${a},${b}p`);
  const sed = (room: number): string => `'${fitting(frames, room - 2, ';', print)}'`;
  const line = start + sed(width - displayWidth(start));
  return displayWidth(line) <= width
    ? [line]
    : [read, `  ${rows}`, `  sed -n ${sed(width - displayWidth('  sed -n '))}`];
}

/**
 * Shell commands, in lines of at most `width` columns, that show sample records of `incident`: tshark by frame number
 * for captures, sed for tables and logs, and a display filter for what came live or by a pipe and has no file to name.
 */
export function seeCommand(incident: Incident, facts: RunFacts, width: number): string[] {
  const { id, frames } = incident;
  const [source, ...others] = facts.sources;
  const whole = source && others.length === 0 && source.driver === undefined ? [{ ...source, frames }] : [];
  const places = facts.places ? (facts.places[id] ?? []) : whole;
  const files = places.filter((place) => place.name !== '-' && place.frames.length > 0);
  if (files.length === 0) return breakFilter(`tshark -r CAPTURE -Y '${endsFilter(incident)}'`, width);
  return files
    .slice(0, MOST_FILES)
    .flatMap((place) => (place.format.startsWith('pcap') ? fromCapture(place, width) : fromLines(place, width)));
}
