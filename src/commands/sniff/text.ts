/** What sniff says: progress, counters, summary, list of interfaces. */
import { printable } from '../../base/text.js';
import { stepText } from '../../report/clock.js';
import { byteSize, count, counted, duration, isoTime, percent } from '../../report/format.js';
import type { InterfaceInfo } from '../../source/live/index.js';
import type { PacketHealth, SourceFacts } from '../../source/packet-source.js';
import { standing } from '../service-manager.js';

/** Where a run stands. */
export interface SniffState {
  readonly facts: SourceFacts;
  readonly live: boolean;
  /** seconds since the start, by the monotonic clock */
  readonly elapsed: number;
  /** packets given to the files */
  readonly written: number;
  /** bytes given to the files */
  readonly bytes: number;
  /** packets left out of a capture file, for their link type is another than its first */
  readonly skipped: number;
  /** the files, safe to print; a packet table that was rotated is several */
  readonly files: readonly string[];
  readonly stops: ReadonlyMap<string, number>;
}

/** More than this share lost, and the owner is warned. */
const LOSS_WORTH_A_WARNING = 0.01;
const GAPS_SHOWN = 10;
export const STEPS_SHOWN = 3;
const WARNINGS_SHOWN = 20;

/** 01:02:03, days counted in hours. */
export function elapsedText(seconds: number): string {
  const s = Math.floor(seconds);
  return [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60].map((n) => String(n).padStart(2, '0')).join(':');
}

function dropsText({ dropped, droppedEstimate }: SourceFacts): string {
  if (dropped !== undefined) return count(dropped);
  return droppedEstimate === undefined
    ? 'unknown'
    : `unknown (about ${count(droppedEstimate)} by the interface's counters)`;
}

/** One line that is rewritten each second. `rate`: packets per second, of late. */
export function progressText(state: SniffState, rate: number): string {
  const { facts, live } = state;
  const parts = [elapsedText(state.elapsed), counted(state.written, 'packet'), `${count(rate)}/s`];
  if (live) {
    const dropped = facts.dropped ?? facts.droppedEstimate;
    parts.push(
      dropped === undefined ? 'drops unknown' : `${facts.dropped === undefined ? '~' : ''}${count(dropped)} dropped`,
    );
  }
  parts.push(byteSize(state.bytes));
  return parts.join('  ');
}

/** What `systemctl status` shows while it runs. */
export function serviceStatus({ facts, written, bytes }: SniffState, rate: number, health: PacketHealth = {}): string {
  const figures = [counted(written, 'packet'), `${count(rate)}/s`, `${byteSize(bytes)} written`];
  return standing(facts.name, health.interruption, figures);
}

/** Received = written + dropped + filtered, each unknown where the driver cannot know it. */
export function balanceText({ facts, written, live }: SniffState): string {
  if (!live) return `packets: ${count(facts.received)} read, ${count(written)} written`;
  const filtered = facts.filtered === undefined ? 'unknown' : count(facts.filtered);
  return `packets: received ${count(facts.received)} = written ${count(written)} + dropped ${dropsText(facts)} + filtered ${filtered}`;
}

/** What SIGUSR1 asks for. */
export function countersText(state: SniffState): string {
  const { facts, elapsed, bytes } = state;
  const gaps = facts.gaps.length > 0 ? `; ${counted(facts.gaps.length, 'gap')}` : '';
  return `${elapsedText(elapsed)}; ${balanceText(state)}; ${byteSize(bytes)}${gaps}`;
}

function gapLines({ gaps }: SourceFacts): string[] {
  if (gaps.length === 0) return [];
  const seconds = gaps.reduce((sum, { fromUs, toUs }) => sum + (toUs - fromUs) / 1e6, 0);
  const lines = gaps
    .slice(0, GAPS_SHOWN)
    .map(({ fromUs, toUs, reason }) => `  ${isoTime(fromUs)} for ${duration((toUs - fromUs) / 1e6)}: ${reason}`);
  if (gaps.length > GAPS_SHOWN) lines.push(`  and ${count(gaps.length - GAPS_SHOWN)} more`);
  return [
    `gaps: ${counted(gaps.length, 'stretch', 'stretches')} of ${duration(seconds)} in all, in which packets may have passed unseen`,
    ...lines,
  ];
}

function stepLines({ clockSteps = [] }: SourceFacts): string[] {
  const lines = clockSteps.slice(0, STEPS_SHOWN).map((step) => stepText(step));
  if (clockSteps.length > STEPS_SHOWN) lines.push(`and ${counted(clockSteps.length - STEPS_SHOWN, 'more time')}`);
  return lines;
}

/** Undefined: no loss that matters. */
function lossLine({ facts, written }: SniffState): string | undefined {
  const lost = facts.dropped ?? facts.droppedEstimate;
  if (!lost) return undefined;
  const share = lost / (lost + written);
  if (share <= LOSS_WORTH_A_WARNING) return undefined;
  if (facts.dropped === undefined) {
    return (
      `warning: about ${percent(share)} of the packets that ${facts.name} counted were not captured ` +
      '(packets merged by the network card count as several there); driver tcpdump knows its losses and has fewer'
    );
  }
  return `warning: ${percent(share)} of the packets were dropped: a filter (-f) or a smaller snap length (-s) lightens the load`;
}

/** The lines at the end of a run. */
export function summaryLines(state: SniffState): string[] {
  const { facts, live, elapsed, files, stops } = state;
  const where = live ? `${facts.name}${facts.driver === undefined ? '' : ` (driver ${facts.driver})`}` : facts.name;
  const shown =
    files.length > 2 ? `${files[0]} to ${files.at(-1)} (${counted(files.length, 'file')})` : files.join(', ');
  const lines = [`${where}: ${duration(elapsed)}, ${byteSize(state.bytes)} into ${shown}`, balanceText(state)];
  lines.push(...gapLines(facts), ...stepLines(facts));
  const loss = lossLine(state);
  if (loss !== undefined) lines.push(loss);
  if (state.skipped > 0) {
    const what = `${counted(state.skipped, 'packet')} of another link type than the first left out of the capture file`;
    lines.push(`warning: ${what}: one whose name ends in .pcapng holds them all`);
  }
  for (const warning of facts.warnings.slice(0, WARNINGS_SHOWN)) lines.push(`warning: ${warning}`);
  if (facts.warnings.length > WARNINGS_SHOWN)
    lines.push(`and ${count(facts.warnings.length - WARNINGS_SHOWN)} more warnings`);
  if (stops.size > 0) {
    const all = [...stops].map(([reason, n]) => `${reason} ${count(n)}`).join(', ');
    lines.push(`packets not decoded to the end: ${all}`);
  }
  return lines;
}

/** What -D prints: name, state, addresses. */
export function interfaceLines(interfaces: readonly InterfaceInfo[], chosen: string | undefined): string[] {
  const width = Math.max(0, ...interfaces.map(({ name }) => printable(name).length));
  return interfaces.map(({ name, up, running, loopback, addresses }) => {
    const states = [up === undefined ? 'state unknown' : up ? 'up' : 'down'];
    if (up && running !== undefined) states.push(running ? 'running' : 'no carrier');
    if (loopback) states.push('loopback');
    if (name === chosen) states.push('default');
    const line = `${printable(name).padEnd(width)}  ${states.join(', ')}`;
    return addresses.length === 0 ? line : `${line}  ${addresses.map(printable).join(' ')}`;
  });
}
