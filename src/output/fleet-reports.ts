/**
 * The report files of a fleet, beside its database: lines that grow, and whole ones that are written anew. The database remembers;
 * these can be made of it again, but for lines of events that a killed process had kept and not yet written.
 */
import { resolve } from 'node:path';
import { AnomalyError } from '../base/errors.js';
import { checkTarget, replaceFile } from '../base/new-file.js';
import { printable } from '../base/text.js';
import type { Campaign, FleetFacts, FleetReport } from '../report/fleet/facts.js';
import { sha256Base64 } from './hash.js';
import { JSONL, kindOf, SQLITE } from './report-kinds.js';
import { FleetLines } from './reports/fleet-lines.js';
import type { Unwritten } from './reports/snapshots.js';
import { Trouble } from './reports/trouble.js';

/** Whole reports are written anew once in so long, when there is something new in them… */
const PERIOD_MS = 60_000;
/** …and so seldom that they take no more of a processor than this, as those of one sensor. */
const SHARE = 0.02;
/** Files of lines are looked after so often. */
const TICK_MS = 200;

type Render = (report: FleetReport) => Promise<string>;

/** Renderers are loaded when they are needed. */
const RENDER: Readonly<Record<string, Render>> = {
  '.txt': async (report) => (await import('../report/fleet/text.js')).renderFleetText(report),
  '.html': async (report) => (await import('../report/fleet/page.js')).renderFleetHtml(report, sha256Base64),
  '.csv': async (report) => (await import('./csv.js')).renderFleetCsv(report),
  '.json': async (report) =>
    `${JSON.stringify((await import('../report/fleet/json.js')).fleetJson(report), null, 1)}\n`,
};

export interface FleetReportsOptions {
  readonly who: Pick<FleetFacts, 'hub' | 'run' | 'version'>;
  /** makes the report as it stands */
  readonly report: () => FleetReport;
  /** says one line */
  readonly note: (line: string) => void;
  /** ms between two writings of a whole report at least */
  readonly periodMs?: number;
}

export class FleetReports {
  private readonly timer: NodeJS.Timeout;
  private readonly troubles = new Map<string, Trouble>();
  private changed = true;
  private writtenMs = Number.NEGATIVE_INFINITY;
  private periodMs: number;
  private writing: Promise<readonly Unwritten[]> | undefined;

  private constructor(
    private readonly lines: readonly FleetLines[],
    private readonly whole: readonly string[],
    private readonly toLine: typeof import('../report/fleet/json.js'),
    private readonly options: FleetReportsOptions,
  ) {
    this.periodMs = options.periodMs ?? PERIOD_MS;
    const words = { meanwhile: 'reading goes on', again: 'written again' };
    for (const path of whole) this.troubles.set(path, new Trouble(printable(path), options.note, words));
    this.timer = setInterval(() => this.tick(Date.now()), TICK_MS).unref();
  }

  /**
   * Opens what grows and looks at the places of the others. The database among `paths` is the caller's.
   * @throws AnomalyError USAGE for an unknown extension or a name given twice; CANNOT_CREATE
   */
  static async open(paths: readonly string[], options: FleetReportsOptions): Promise<FleetReports> {
    const seen = new Set<string>();
    for (const path of paths) {
      kindOf(path);
      if (seen.has(resolve(path))) throw new AnomalyError('USAGE', `--out ${printable(path)} is given twice`);
      seen.add(resolve(path));
      checkTarget(path);
    }
    const toLine = await import('../report/fleet/json.js');
    const lines: FleetLines[] = [];
    try {
      for (const path of paths) if (kindOf(path) === JSONL) lines.push(FleetLines.open(path, options.note));
    } catch (error) {
      for (const file of lines) file.discard();
      throw error;
    }
    const whole = paths.filter((path) => kindOf(path) !== JSONL && kindOf(path) !== SQLITE);
    return new FleetReports(lines, whole, toLine, options);
  }

  /** An incident's event. @param json the body, as it was kept. Throws nothing. */
  event(json: string): void {
    this.changed = true;
    if (this.lines.length > 0) this.put(this.toLine.eventLine(json));
  }

  /** A campaign that opened or grew. Throws nothing. */
  campaign(campaign: Campaign, what: 'opened' | 'grown'): void {
    this.changed = true;
    if (this.lines.length > 0) this.put(this.toLine.campaignLine(campaign, what, this.options.who));
  }

  /** Something else of the report is new, as a sensor's heartbeat. */
  touch(): void {
    this.changed = true;
  }

  /** Writes all once more. One file that fails does not keep the others from being written. @returns what is not as it should be */
  async finish(): Promise<readonly Unwritten[]> {
    clearInterval(this.timer);
    await this.writing;
    const unwritten: Unwritten[] = [];
    for (const file of this.lines) {
      try {
        file.finish();
      } catch (error) {
        unwritten.push({ path: file.path, error });
      }
    }
    return [...unwritten, ...(await this.write())];
  }

  private put(line: string): void {
    for (const file of this.lines) file.put(line);
  }

  private tick(nowMs: number): void {
    for (const file of this.lines) file.tick(nowMs);
    if (!this.changed || this.writing || this.whole.length === 0 || nowMs - this.writtenMs < this.periodMs) return;
    const beganMs = performance.now();
    this.writtenMs = nowMs;
    this.writing = this.write()
      .then((unwritten) => {
        const failed = new Map(unwritten.map(({ path, error }) => [path, error]));
        for (const [path, trouble] of this.troubles) {
          if (failed.has(path)) trouble.failed(failed.get(path));
          else trouble.over();
        }
        this.periodMs = Math.max(this.options.periodMs ?? PERIOD_MS, (performance.now() - beganMs) / SHARE);
        return unwritten;
      })
      .finally(() => {
        this.writing = undefined;
      });
  }

  /** Throws nothing. */
  private async write(): Promise<readonly Unwritten[]> {
    this.changed = false;
    const unwritten: Unwritten[] = [];
    let report: FleetReport | undefined;
    for (const path of this.whole) {
      try {
        report ??= this.options.report();
        const content = await RENDER[kindOf(path)]?.(report);
        if (content !== undefined) await replaceFile(path, content);
      } catch (error) {
        unwritten.push({ path, error });
      }
    }
    return unwritten;
  }
}
