/** What a fleet's view says while it goes on: campaigns, incidents of all sensors, and what becomes of sensors. */
import { printable } from '../base/text.js';
import type { Campaign, FleetIncident } from '../report/fleet/facts.js';
import { eventLine } from '../report/fleet/json.js';
import { campaignTitle, named } from '../report/fleet/view.js';
import { counted } from '../report/format.js';
import { endpoint } from '../report/incident-view.js';
import { type BlockOptions, Blocks } from './blocks.js';
import { StatusLine, type Terminal } from './status-line.js';

export interface FleetConsoleOptions extends BlockOptions {
  readonly stderr: Terminal;
  readonly quiet: boolean;
  /** events as JSON lines on standard output, as they came, instead of words */
  readonly json: boolean;
}

const REASONS_SHOWN = 2;

export class FleetConsole {
  private readonly blocks: Blocks;
  private readonly line: StatusLine;

  constructor(private readonly options: FleetConsoleOptions) {
    this.blocks = new Blocks(options);
    this.line = new StatusLine(options.stderr, options.quiet);
  }

  /** What a sensor tells of an incident. @param json the event as it came */
  incident(incident: FleetIncident, event: 'opened' | 'changed' | 'closed', json: string): void {
    const { quiet, stdout } = this.options;
    this.line.clear();
    if (this.options.json) {
      stdout.write(eventLine(json));
      return;
    }
    // how far one has grown is in the report
    if (quiet || event === 'changed') return;
    const { severity, initiator, initiatorPort, responder, servicePort, protocol, kind } = incident;
    const to = endpoint(responder, servicePort);
    const who = `${endpoint(initiator, initiatorPort)} to ${to}, ${protocol}; ${kind}`;
    const lines = event === 'opened' ? [who, ...incident.reasons.slice(0, REASONS_SHOWN)] : [];
    this.blocks.write({
      severity,
      atUs: event === 'opened' ? incident.openedUs : incident.lastUs,
      name: `${incident.sensor} #${incident.number}`,
      head: `${event}: ${printable(incident.title)}`,
      lines: lines.map(printable),
    });
  }

  campaign(campaign: Campaign, what: 'opened' | 'grown'): void {
    const { severity, sensors, incidents, firstUs, lastUs } = campaign;
    if (this.options.quiet || this.options.json) return;
    this.line.clear();
    this.blocks.write({
      severity,
      atUs: what === 'opened' ? firstUs : lastUs,
      name: 'campaign',
      head: `${what}: ${printable(campaignTitle(campaign))}`,
      lines: [`${named(sensors)}; ${counted(incidents, 'incident')}`],
    });
  }

  /** A remark on standard error; silent with -q. */
  note(text: string): void {
    this.line.say(text);
  }

  finish(): void {
    this.line.end();
  }
}
