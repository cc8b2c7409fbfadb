/**
 * What is seen while detect runs. Incidents are data and go to standard output; the status line and remarks go to
 * standard error, the status line only on a terminal. Colour never says anything that words do not.
 */

import type { DetectorEvent } from '../detect/detector-event.js';
import type { Incident } from '../detect/incident.js';
import type { RunFacts, RunIdentity } from '../detect/run-facts.js';
import type { RecordKind } from '../features/extractor.js';
import { cleanFacts, cleanIncident } from '../report/clean.js';
import { evaluationLines } from '../report/evaluation.js';
import { byteSize, count, counted, duration, figure } from '../report/format.js';
import { endpoint, stepLines } from '../report/incident-view.js';
import { evaluationLine, unlistedLine } from '../report/json.js';
import { Blocks } from './blocks.js';
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
export class LiveConsole {
  private readonly blocks: Blocks;
  private readonly noun: string;
  private readonly line: StatusLine;

  constructor(private readonly options: ConsoleOptions) {
    this.blocks = new Blocks(options);
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

  /** What happened to an incident: a short block when it opens or turns out worse or another, a line when it closes. */
  incident(event: DetectorEvent): void {
    const { type, worse = false, renamed = false } = event;
    if (type === 'updated' && !worse && !renamed) return;
    if (this.options.json) {
      if (this.options.live || type === 'closed') this.json(event);
      return;
    }
    if (this.options.quiet) return;
    const safe = cleanIncident(event.incident);
    if (type === 'opened') this.opened(safe, event.atUs);
    else if (type === 'closed') this.ended(safe, event.atUs, 'closed');
    else this.block(safe, event.atUs, `now${worse ? ` ${safe.severity}` : ''}: ${safe.title}`, stepLines(safe));
  }

  /** An incident that the run's end found open. `atUs`: of the last record. */
  unfinished(incident: Incident, atUs: number): void {
    if (this.options.json) this.json({ type: 'updated', incident, atUs });
    else if (!this.options.quiet) this.ended(cleanIncident(incident), atUs, 'still open');
  }

  private opened(safe: Incident, atUs: number): void {
    const reasons = safe.reasons.slice(0, this.options.verbose ? REASONS_VERBOSE : REASONS_SHOWN).map((r) => r.text);
    const to = endpoint(safe.responder, safe.servicePort);
    const who = `${endpoint(safe.initiator, safe.initiatorPort)} to ${to}, ${safe.protocol}; ${safe.kind}`;
    const doubt = safe.lowConfidence ? ['raised in the first minute: take it with care'] : [];
    this.block(safe, atUs, `opened: ${safe.title}`, [who, ...reasons, ...doubt]);
  }

  /** One line with its final title and figures. */
  private ended(safe: Incident, atUs: number, how: string): void {
    const took = duration((safe.lastUs - safe.firstUs) / 1e6);
    const size = `${counted(safe.records, this.noun)} (${count(safe.anomalous)} as evidence), ${byteSize(safe.bytes)}`;
    const again = safe.again ? `, came back ${counted(safe.again, 'time')}` : '';
    this.block(safe, atUs, `${how}: ${safe.title}`, [`${size} in ${took}, peak ${figure(safe.peakScore)}${again}`]);
  }

  /** Among lines for programs, how many incidents had none; people are told at the end. */
  unlisted(raw: RunFacts): void {
    const { json, ecs, stdout } = this.options;
    const line = json ? unlistedLine(cleanFacts(raw), ecs) : undefined;
    if (line) stdout.write(`${JSON.stringify(line)}\n`);
  }

  /** How the run did against labels: a table, or one JSON line of its own type. */
  evaluation(raw: RunFacts): void {
    const facts = cleanFacts(raw);
    const { json, ecs, quiet, stdout } = this.options;
    if (!facts.evaluation || (quiet && !json)) return;
    this.line.clear();
    if (json) stdout.write(`${JSON.stringify(evaluationLine(facts, facts.evaluation, ecs))}\n`);
    else stdout.write(`${['evaluation against the labels', ...evaluationLines(facts)].join('\n')}\n`);
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
    this.blocks.at(event.incident.severity).write(incidentJson(event, this.options.who, this.options));
  }

  private block({ severity, id }: Incident, atUs: number, head: string, lines: readonly string[]): void {
    this.line.clear();
    this.blocks.write({ severity, atUs, name: `#${id}`, head, lines });
  }
}
