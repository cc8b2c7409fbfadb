/**
 * What is seen while detect runs. Incidents are data and go to standard output; the status line and remarks go to
 * standard error, the status line only on a terminal. Colour never says anything that words do not.
 */

import pc from 'picocolors';
import type { Incident, Severity } from '../detect/incident.js';
import type { DetectorEvent } from '../detect/incidents/desk.js';
import type { RunIdentity } from '../detect/run-facts.js';
import type { RecordKind } from '../features/extractor.js';
import { cleanIncident } from '../report/clean.js';
import { byteSize, count, counted, duration, figure, isoTime, timeOfDay } from '../report/format.js';
import { endpoint, stepLines } from '../report/incident-view.js';
import { WIDTH, wrap } from '../report/layout.js';
import { incidentJson } from './json-lines.js';
import { StatusLine, type Terminal } from './status-line.js';

export interface ConsoleOptions {
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** incidents as JSON lines on standard output, instead of words */
  readonly json?: boolean;
  /** Elastic field names in these lines */
  readonly ecs?: boolean;
  /** false: never; otherwise on a terminal, unless NO_COLOR is set */
  readonly color?: boolean;
  /** a JSON line is written when an incident opens too, not only when it is complete */
  readonly live?: boolean;
  /** in JSON lines */
  readonly who: RunIdentity;
  readonly kind?: RecordKind;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

interface Status {
  /** records read so far */
  readonly records: number;
  /** records a second, of late */
  readonly rate: number;
  /** undefined: cannot be known */
  readonly dropped: number | undefined;
  readonly scored: number;
  readonly openIncidents: number;
}

const REASONS_SHOWN = 2;
const REASONS_VERBOSE = 10;
const HANG = 10;

/** Colours are on for terminals only; https://no-color.org: any value but the empty one switches them off. */
export function wantsColor(options: Pick<ConsoleOptions, 'stdout' | 'color' | 'env'>): boolean {
  const env = options.env ?? process.env;
  return options.color !== false && options.stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

export class LiveConsole {
  private readonly paint: ReturnType<typeof pc.createColors>;
  private readonly noun: string;
  private readonly line: StatusLine;

  constructor(private readonly options: ConsoleOptions) {
    this.paint = pc.createColors(wantsColor(options));
    this.noun = options.kind ?? 'packet';
    this.line = new StatusLine(options.stderr, options.quiet);
  }

  /** Redraws the status line, at most five times a second; silent off a terminal and with -q. */
  status(status: Status, nowMs = performance.now()): void {
    const text = (): string =>
      [
        counted(status.records, this.noun),
        `${count(status.rate)}/s`,
        status.dropped === undefined ? 'drops unknown' : `${count(status.dropped)} dropped`,
        `${count(status.scored)} scored`,
        counted(status.openIncidents, 'open incident'),
      ].join('  ');
    this.line.show(text, nowMs);
  }

  /** A short block for an incident that has just been raised. */
  opened(incident: Incident): void {
    if (this.options.json) {
      if (this.options.live) this.json({ type: 'opened', incident });
      return;
    }
    if (this.options.quiet) return;
    const safe = cleanIncident(incident);
    const reasons = safe.reasons.slice(0, this.options.verbose ? REASONS_VERBOSE : REASONS_SHOWN).map((r) => r.text);
    const to = endpoint(safe.responder, safe.servicePort);
    const who = `${endpoint(safe.initiator, safe.initiatorPort)} to ${to}, ${safe.protocol}; ${safe.kind}`;
    const doubt = safe.lowConfidence ? ['raised in the first minute: take it with care'] : [];
    this.block(safe, safe.openedUs, `opened: ${safe.title}`, [who, ...reasons, ...doubt]);
  }

  /** One line when it is worse than it was told to be. */
  worse(incident: Incident): void {
    if (this.options.json) {
      if (this.options.live) this.json({ type: 'updated', incident });
      return;
    }
    if (this.options.quiet) return;
    const safe = cleanIncident(incident);
    this.block(safe, safe.lastUs, `now ${safe.severity}: ${safe.title}`, stepLines(safe));
  }

  /** One line when it has ended, with its final figures. */
  closed(incident: Incident): void {
    if (this.options.json) {
      this.json({ type: 'closed', incident });
      return;
    }
    if (this.options.quiet) return;
    const safe = cleanIncident(incident);
    const took = duration((safe.lastUs - safe.firstUs) / 1e6);
    const size = `${counted(safe.records, this.noun)} (${count(safe.anomalous)} as evidence), ${byteSize(safe.bytes)}`;
    const end = safe.closed ? 'closed' : 'still open at the end,';
    const again = safe.again ? `, came back ${counted(safe.again, 'time')}` : '';
    this.block(safe, safe.lastUs, `${end} after ${took}: ${size}, peak ${figure(safe.peakScore)}${again}`, []);
  }

  /** A remark on standard error; silent with -q. */
  note(text: string): void {
    this.line.say(text);
  }

  /** Removes the status line for good. */
  finish(): void {
    this.line.end();
  }

  private json(event: DetectorEvent): void {
    this.line.clear();
    this.options.stdout.write(incidentJson(event, this.options.who, this.options));
  }

  private block(incident: Incident, atUs: number, head: string, lines: readonly string[]): void {
    this.line.clear();
    const { stdout } = this.options;
    if (stdout.isTTY !== true) {
      const all = [head, ...lines.filter((line) => line !== '')].join('; ');
      stdout.write(`${isoTime(atUs)} ${incident.severity} #${incident.id} ${all}\n`);
      return;
    }
    const mark = this.severity(incident.severity);
    const width = Math.max(40, Math.min(stdout.columns ?? WIDTH, 160)) - HANG;
    const title = wrap(`${incident.severity.toUpperCase()} #${incident.id} ${head}`, width);
    const first = `${timeOfDay(atUs)}  ${mark(title[0] ?? '')}\n`;
    const more = title.slice(1).map((line) => `${' '.repeat(HANG)}${mark(line)}\n`);
    const body = lines.flatMap((line) => wrap(line, width)).map((line) => `${' '.repeat(HANG)}${line}\n`);
    stdout.write(first + more.join('') + body.join(''));
  }

  private severity(severity: Severity): (text: string) => string {
    const { red, yellow, cyan, bold } = this.paint;
    if (severity === 'high') return (text) => bold(red(text));
    if (severity === 'medium') return yellow;
    return severity === 'low' ? cyan : (text) => text;
  }
}
