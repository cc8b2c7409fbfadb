/** How to see the records of an incident: one command that can be pasted into a shell. */

import type { Incident } from '../detect/incident.js';
import type { RunFacts } from '../detect/run-facts.js';
import { displayWidth } from './layout.js';

/** A longer name is written as FILE, so that the command stays on a line. */
const LONGEST_NAME = 64;

/** `text` as one word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w%+,./:=@-]+$/.test(text) && !text.startsWith('-') ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function fileWord(name: string): string {
  const word = shellWord(name.startsWith('-') && name !== '-' ? `./${name}` : name);
  return name === '-' || displayWidth(word) > LONGEST_NAME ? 'FILE' : word;
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

/** Several captures are merged by time, as detect read them, so that frame numbers mean the same. */
function fromCaptures(incident: Incident, names: readonly string[], width: number): string[] {
  const words = names.map(fileWord);
  const lines: string[] = [];
  let file = words[0];
  if (words.length > 1) {
    file = 'merged.pcapng';
    const merge = `mergecap -w ${file} `;
    const all = merge + words.join(' ');
    lines.push(displayWidth(all) <= width ? all : `${merge}FILES`);
  }
  const start = `tshark -r ${file} `;
  const filter = (room: number): string =>
    `-Y 'frame.number in {${fitting(incident.frames, room - 24, ', ', ([a, b]) => (a === b ? `${a}` : `${a}..${b}`))}}'`;
  const room = width - displayWidth(start);
  if (room >= 50) lines.push(start + filter(room));
  else lines.push(`${start}\\`, `  ${filter(width - 2)}`);
  return lines;
}

/** A table or log as text: its record n is the n-th line that is no header. */
function fromLines(incident: Incident, name: string, format: string, width: number): string[] {
  const file = fileWord(name);
  const read = /\.gz$/i.test(name) || format.endsWith('gzip') ? `zcat ${file}` : `cat ${file}`;
  const body = `${read} | ${format.startsWith('table') ? 'tail -n +2' : "grep -v '^#'"} | sed -n `;
  const print = ([a, b]: Range): string => (a === b ? `${a}p` : `${a},${b}p`);
  return [`${body}'${fitting(incident.frames, width - displayWidth(body) - 2, ';', print)}'`];
}

/**
 * A shell command, in lines of at most `width` columns, that shows sample records of `incident`: tshark by frame number
 * for captures, sed for tables and logs, and a display filter for what came live or by a pipe and has no file to name.
 */
export function seeCommand(incident: Incident, facts: RunFacts, width: number): string[] {
  const named = facts.sources.filter((source) => source.driver === undefined && source.name !== '-');
  const format = named[0]?.format ?? '';
  if (incident.frames.length > 0 && named.length === facts.sources.length) {
    if (named.length > 0 && named.every((source) => source.format.startsWith('pcap'))) {
      return fromCaptures(
        incident,
        named.map((source) => source.name),
        width,
      );
    }
    if (named.length === 1) return fromLines(incident, (named[0] as { name: string }).name, format, width);
  }
  return breakFilter(`tshark -r CAPTURE -Y '${endsFilter(incident)}'`, width);
}
