/** Everything a run of detect writes: reports, scores, packet table, packets of incidents, notifications. */

import { dirname, resolve } from 'node:path';
import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import type { Incident } from '../../detect/incident.js';
import type { DetectorEvent } from '../../detect/incidents/desk.js';
import type { Report, RunIdentity } from '../../detect/run-facts.js';
import type { ScoredBatch } from '../../detect/score/scored-batch.js';
import { TOP } from '../../detect/score/scored-batch.js';
import { placesOf } from '../../engine/places.js';
import type { RecordKindOf } from '../../engine/record-kind.js';
import type { SavedSchema } from '../../features/extractor.js';
import type { DetectOptions } from '../../options.js';
import type { Queues } from '../../output/listen/metrics.js';
import { findProgram } from '../../output/notify/exec.js';
import { Notifier } from '../../output/notify/notifier.js';
import { type NamedReceiver, readReceivers } from '../../output/notify/receiver-words.js';
import { PcapOut } from '../../output/pcap-out.js';
import { ReportFiles } from '../../output/report-files.js';
import { ScoresWriter } from '../../output/scores.js';
import { counted } from '../../report/format.js';
import type { PacketBatch } from '../../source/packet-source.js';
import { TableFile } from '../../table/file.js';

type Wanted = Pick<
  DetectOptions,
  'out' | 'scores' | 'csv' | 'pcapOut' | 'exec' | 'notifyFrom' | 'ecs' | 'read' | 'rotateHours' | 'keep'
> & {
  readonly receivers: readonly NamedReceiver[];
};

/** Whether a report is in another folder than the program, so that commands in it name files by their whole path. */
export function reportsElsewhere(out: readonly string[]): boolean {
  return out.some((path) => dirname(resolve(path)) !== process.cwd());
}

export class DetectOutputs {
  private scores: ScoresWriter | undefined;
  private table: TableFile | undefined;
  private notifier: Notifier | undefined;
  private packets: PcapOut | undefined;
  private finished = false;

  private constructor(
    private readonly wanted: Wanted,
    private readonly kind: RecordKindOf<unknown>,
    private readonly reports: ReportFiles,
    private readonly note: (line: string) => void,
  ) {}

  /**
   * Opens what can be opened, so that a run does not fail at its end.
   * @throws AnomalyError USAGE for what the input cannot give; CANNOT_CREATE
   */
  static async open(
    wanted: Wanted,
    kind: RecordKindOf<unknown>,
    who: RunIdentity,
    note: (line: string) => void,
  ): Promise<DetectOutputs> {
    if (!kind.tableRow && (wanted.csv !== undefined || wanted.pcapOut !== undefined)) {
      throw new AnomalyError('USAGE', `--csv and --pcap-out need packets, and the input holds ${kind.nouns}`);
    }
    const { ecs, rotateHours, keep } = wanted;
    const live = wanted.read === undefined;
    const context = { who, started: new Date(), ecs, live, rotateHours, keep, note };
    const outputs = new DetectOutputs(wanted, kind, await ReportFiles.open(wanted.out, context), note);
    try {
      if (wanted.scores !== undefined) outputs.scores = new ScoresWriter(wanted.scores);
      if (wanted.csv !== undefined) outputs.table = await TableFile.open(wanted.csv, { force: true });
      if (wanted.pcapOut !== undefined) outputs.packets = await PcapOut.open(wanted.pcapOut);
      // as the user that the run goes on as
      const receivers = readReceivers(wanted.receivers, process.env);
      const exec = wanted.exec === undefined ? undefined : findProgram(wanted.exec);
      outputs.notifier = new Notifier({ receivers, exec, from: wanted.notifyFrom, ecs: wanted.ecs, who, note });
      return outputs;
    } catch (error) {
      await outputs.discard();
      throw error;
    }
  }

  /** Captured bytes, before their records. */
  packetsOf(batch: PacketBatch): void | Promise<void> {
    return this.packets?.onPackets(batch);
  }

  /** The number of the last incident that earlier runs told in the same files; 0: none. */
  get lastNumber(): number {
    return this.reports.lastNumber;
  }

  /** What runs before left behind that did not end, a line a file. */
  get before(): readonly string[] {
    return this.reports.before;
  }

  /** What waits, and what came of notifications; by name, and only what there is in this run. */
  get queues(): Queues {
    const { packets } = this;
    const stats = this.notifier?.stats;
    const { waiting: notifications = 0, ...results } = stats ?? {};
    return {
      waiting: { ...(stats && { notifications }), ...(packets && { packets: packets.waiting }) },
      notifications: results,
    };
  }

  /** Names of the files, safe to print. */
  get names(): string[] {
    const { out, scores, csv } = this.wanted;
    const tables = [scores, csv].filter((name) => name !== undefined);
    return [...out, ...tables, ...(this.packets?.paths ?? [])].map(printable);
  }

  /** A record, in input order; a promise only where the disk is behind. */
  record(record: unknown): Promise<void> | undefined {
    const { table, kind } = this;
    return table && kind.tableRow && table.append(kind.tableRow(record));
  }

  /** A batch after detection judged it, with the incidents it opened. */
  scored(batch: ScoredBatch, opened: readonly Incident[], schema: SavedSchema, threshold: number): void {
    this.packets?.onJudged(batch, opened);
    const { scores, reports } = this;
    if (!scores && !reports.wantsFlagged) return;
    for (let k = 0; k < batch.count; k++) {
      const flagged = batch.anomaly[k] === 1;
      const reason = schema.columns[batch.topIndex[k * TOP]]?.name ?? '';
      const frame = batch.frame[k];
      const timestampUs = batch.timestampUs[k];
      const loss = batch.loss[k];
      const score = batch.score[k];
      const smoothed = batch.smoothed[k];
      scores?.write(frame, timestampUs, loss, score, smoothed, threshold, flagged, reason);
      if (flagged && reports.wantsFlagged) reports.flagged({ frame, timestampUs, loss, score, smoothed, reason });
    }
  }

  /** An incident that was opened, has changed, or was closed. */
  incident(event: DetectorEvent): void {
    this.reports.incident(event);
    this.notifier?.tell(event);
  }

  /** Whether reports are to be written again, given how many records were taken in. */
  reportDue(records: number): boolean {
    return this.reports.due(records);
  }

  /** Writes the report files as they stand, in the background, while the run goes on. Throws nothing. */
  async report(report: Report): Promise<void> {
    // what cannot be written fails the next time that there is something to write
    await this.packets?.flush().catch(() => undefined);
    return this.reports.write(this.kept(report));
  }

  /** Goes on in new files of the same names where they were moved away. */
  reopen(): void {
    this.reports.reopen();
  }

  /** Writes all that is left; one failure does not keep the others from being written. */
  async finish(report: Report): Promise<void> {
    this.finished = true;
    const told = this.notifier?.close().then((lines) => lines.forEach(this.note));
    const packets = await Promise.allSettled([this.packets?.close()]);
    const results = await Promise.allSettled([
      this.reports.finish(this.kept(report)),
      Promise.resolve().then(() => this.scores?.close()),
      this.table?.close(),
      told,
    ]);
    if (this.packets && this.packets.missed > 0) {
      const what = `${counted(this.packets.missed, 'packet')} of incidents not kept`;
      this.note(`warning: ${what}: found out too late, when they had left the memory of --pcap-out`);
    }
    for (const result of [...packets, ...results]) if (result.status === 'rejected') throw result.reason;
  }

  /** The report with the packets of its incidents where they were kept; what was not kept stays where it is. */
  private kept(report: Report): Report {
    if (!this.packets) return report;
    const { places, folder } = placesOf(report.incidents, this.packets.origins, reportsElsewhere(this.wanted.out));
    const { facts } = report;
    const from = facts.folder ?? folder;
    const all = { ...facts.places, ...places };
    return { ...report, facts: { ...facts, places: all, ...(from !== undefined && { folder: from }) } };
  }

  /** Ends without reports; does nothing after `finish`. */
  async discard(): Promise<void> {
    if (this.finished) return;
    this.finished = true;
    await this.reports.discard();
    this.scores?.close();
    await this.table?.close();
    await this.packets?.close();
    await this.notifier?.close(0);
  }
}
