/** Everything a run of detect writes: reports, scores, packet table, packets of incidents, notifications. */

import { dirname, resolve } from 'node:path';
import { sweepLeftOvers } from '../../base/aside.js';
import { AnomalyError } from '../../base/errors.js';
import { Locks } from '../../base/lock.js';
import { checkTarget } from '../../base/new-file.js';
import { printable } from '../../base/text.js';
import type { AllowEntry } from '../../detect/allow-entry.js';
import type { DetectorEvent } from '../../detect/detector-event.js';
import type { Incident } from '../../detect/incident.js';
import type { Report, RunIdentity } from '../../detect/run-facts.js';
import type { RunFigures } from '../../detect/run-figures.js';
import type { ScoredBatch } from '../../detect/score/scored-batch.js';
import { TOP } from '../../detect/score/scored-batch.js';
import type { OnRecord } from '../../engine/featurer.js';
import { placesOf } from '../../engine/places.js';
import type { RecordKindOf } from '../../engine/record-kind.js';
import type { SavedSchema } from '../../features/extractor.js';
import type { FleetSensor } from '../../fleet/sensor/sensor.js';
import type { DetectRun } from '../../options.js';
import type { Queues } from '../../output/listen/metrics.js';
import { findProgram } from '../../output/notify/exec.js';
import { Notifier } from '../../output/notify/notifier.js';
import { type NamedReceiver, readReceivers } from '../../output/notify/receiver-words.js';
import { PcapOut } from '../../output/pcap-out.js';
import { ReportFiles } from '../../output/report-files.js';
import type { Unwritten } from '../../output/reports/snapshots.js';
import { ScoresWriter } from '../../output/scores.js';
import { counted } from '../../report/format.js';
import type { PacketBatch } from '../../source/packet-source.js';
import { TableFile } from '../../table/file.js';
import { checkTrust } from '../trusted.js';
import { Optional } from './optional.js';

type Wanted = Pick<
  DetectRun,
  | 'out'
  | 'scores'
  | 'csv'
  | 'pcapOut'
  | 'exec'
  | 'notifyFrom'
  | 'ecs'
  | 'read'
  | 'rotateHours'
  | 'keep'
  | 'hub'
  | 'hubName'
  | 'hubSite'
  | 'hubKey'
  | 'hubCa'
  | 'hubTrust'
  | 'channel'
  | 'modelDir'
  | 'spool'
  | 'spoolSize'
> & {
  /** how the run stands; undefined: it has not begun */
  readonly figures: () => RunFigures | undefined;
  /** hears what the fleet's owner allows; none: nothing any more */
  readonly onAllow: (entries: readonly AllowEntry[]) => void;
  readonly receivers: readonly NamedReceiver[];
  /** the records are of the innermost packets of tunnels */
  readonly inner: boolean;
};

/** Whether a report is in another folder than the program, so that commands in it name files by their whole path. */
export function reportsElsewhere(out: readonly string[]): boolean {
  return out.some((path) => dirname(resolve(path)) !== process.cwd());
}

const BYTES_PER_MB = 1_000_000;

export class DetectOutputs {
  private scores: Optional<ScoresWriter>;
  private table: Optional<TableFile>;
  private packets: Optional<PcapOut>;
  private notifier: Notifier | undefined;
  private fleet: FleetSensor | undefined;
  private finished = false;
  /** what is not as it should be at the end */
  private unwritten: readonly Unwritten[] = [];

  private constructor(
    private readonly wanted: Wanted,
    private readonly kind: RecordKindOf<unknown>,
    private readonly locks: Locks,
    private readonly reports: ReportFiles,
    private readonly note: (line: string) => void,
    /** what runs before left behind that did not end, a line each */
    readonly before: string[],
  ) {
    this.scores = new Optional<ScoresWriter>(undefined, wanted.scores, note);
    this.table = new Optional<TableFile>(undefined, wanted.csv, note);
    this.packets = new Optional<PcapOut>(undefined, wanted.pcapOut, note);
  }

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
    const { ecs, rotateHours, keep, out, scores, csv, pcapOut } = wanted;
    const paths = [...out, ...[scores, csv, pcapOut].filter((path) => path !== undefined)];
    for (const path of paths) checkTarget(path);
    const locks = Locks.take(paths, 'detect');
    const live = wanted.read === undefined;
    const context = { who, started: new Date(), ecs, live, rotateHours, keep, note };
    let outputs: DetectOutputs | undefined;
    try {
      const before = [sweepLeftOvers(paths.map((path) => dirname(path))), locks.before];
      outputs = new DetectOutputs(wanted, kind, locks, await ReportFiles.open(out, context), note, before);
      await outputs.openOthers(who);
      return outputs;
    } catch (error) {
      await outputs?.discard();
      locks.release();
      throw error;
    }
  }

  private async openOthers(who: RunIdentity): Promise<void> {
    const { wanted, note, before } = this;
    const { scores, csv, pcapOut } = wanted;
    before.push(...this.reports.before);
    if (scores !== undefined) {
      const writer = new ScoresWriter(scores);
      this.scores = new Optional(writer, scores, note);
      before.push(writer.before);
    }
    if (csv !== undefined)
      this.table = new Optional(await TableFile.open(csv, { force: true, inner: wanted.inner }), csv, note);
    if (pcapOut !== undefined) this.packets = new Optional(await PcapOut.open(pcapOut), pcapOut, note);
    // as the user that the run goes on as
    for (const { source } of wanted.receivers)
      if (source && 'file' in source) checkTrust('the file of --notify', [source.file], note);
    const receivers = readReceivers(wanted.receivers, process.env);
    const exec = wanted.exec === undefined ? undefined : findProgram(wanted.exec);
    if (exec !== undefined) checkTrust('the program of --exec', [exec], note);
    this.notifier = new Notifier({ receivers, exec, from: wanted.notifyFrom, ecs: wanted.ecs, who, note });
    if (wanted.hub !== undefined) await this.openFleet(wanted.hub, who);
  }

  private async openFleet(hub: string, who: RunIdentity): Promise<void> {
    const { hubName: name, hubSite: site, hubKey: key, hubCa: ca, spool, spoolSize, figures } = this.wanted;
    const { hubTrust, channel, modelDir, onAllow: onChange } = this.wanted;
    const { FleetSensor } = await import('../../fleet/sensor/sensor.js');
    const options = { hub, name, site, key, ca, spool, spoolSize: spoolSize * BYTES_PER_MB, who, figures };
    const policy = { trust: hubTrust, channel, modelDir, onChange };
    this.fleet = await FleetSensor.open({ ...options, policy, note: this.note });
    this.before.push(this.fleet.introduction);
  }

  /** Captured bytes, before their records. */
  packetsOf(batch: PacketBatch): void | Promise<void> {
    return this.packets.with((packets) => packets.onPackets(batch));
  }

  /** The number of the last incident that earlier runs told in the same files; 0: none. */
  get lastNumber(): number {
    return this.reports.lastNumber;
  }

  /** What waits, and what came of notifications; by name, and only what there is in this run. */
  get queues(): Queues {
    const packets = this.packets.now;
    const stats = this.notifier?.stats;
    const { waiting: notifications = 0, ...results } = stats ?? {};
    return {
      waiting: { ...(stats && { notifications }), ...(packets && { packets: packets.waiting }) },
      notifications: results,
    };
  }

  /** Names of the files that are as they should be, and of those that are not, safe to print. */
  get names(): { readonly written: string[]; readonly unwritten: string[] } {
    const { out, scores, csv, pcapOut } = this.wanted;
    const all = [...out, ...[scores, csv].filter((name) => name !== undefined), ...(this.packets.now?.paths ?? [])];
    const dropped = [this.scores.failure && scores, this.table.failure && csv, this.packets.failure && pcapOut];
    const unwritten = new Set([
      ...this.unwritten.map(({ path }) => path),
      ...dropped.filter((name) => name !== undefined),
    ]);
    const written = all.filter((name) => !unwritten.has(name));
    return { written: written.map(printable), unwritten: [...unwritten].map(printable) };
  }

  /** For who hears each record, in input order; a promise only where the disk is behind. Undefined: nobody does. */
  get onRecord(): OnRecord<unknown> | undefined {
    const row = this.kind.tableRow;
    if (!row || !this.table.now) return undefined;
    return (record) => this.table.with((table) => table.append(row(record)));
  }

  /** A batch after detection judged it, with the incidents it opened. */
  scored(batch: ScoredBatch, opened: readonly Incident[], schema: SavedSchema, threshold: number): void {
    this.packets.now?.onJudged(batch, opened);
    const { reports } = this;
    if (!this.scores.now && !reports.wantsFlagged) return;
    for (let k = 0; k < batch.count; k++) {
      const flagged = batch.anomaly[k] === 1;
      const reason = schema.columns[batch.topIndex[k * TOP]]?.name ?? '';
      const frame = batch.frame[k];
      const timestampUs = batch.timestampUs[k];
      const loss = batch.loss[k];
      const score = batch.score[k];
      const smoothed = batch.smoothed[k];
      this.scores.with((scores) => scores.write(frame, timestampUs, loss, score, smoothed, threshold, flagged, reason));
      if (flagged && reports.wantsFlagged) reports.flagged({ frame, timestampUs, loss, score, smoothed, reason });
    }
  }

  /** An incident that was opened, has changed, or was closed. */
  incident(event: DetectorEvent): void {
    this.reports.incident(event);
    this.notifier?.tell(event);
    this.fleet?.incident(event);
  }

  /** Whether reports are to be written again, given how many records were taken in. */
  reportDue(records: number): boolean {
    return this.reports.due(records);
  }

  /** Writes the report files as they stand, in the background, while the run goes on. Throws nothing. */
  async report(report: Report): Promise<void> {
    await this.packets.with((packets) => packets.flush());
    return this.reports.write(this.kept(report));
  }

  /** Goes on in new files of the same names where they were moved away. */
  reopen(): void {
    this.reports.reopen();
  }

  /** Writes all that is left; one failure does not keep the others from being written. @returns why an output is not as it should be */
  async finish(report: Report): Promise<readonly unknown[]> {
    this.finished = true;
    try {
      return await this.writeAll(report);
    } finally {
      this.locks.release();
    }
  }

  private async writeAll(report: Report): Promise<readonly unknown[]> {
    const told = this.notifier?.close().then((lines) => lines.forEach(this.note));
    const shipped = this.fleet?.finish(report.incidents, report.facts.lastUs).then((lines) => lines.forEach(this.note));
    // what is dropped gives the disk back to the reports, which come last
    await this.packets.end((packets) => packets.close());
    await this.scores.end((scores) => scores.close());
    await this.table.end((table) => table.close());
    this.unwritten = await this.reports.finish(this.kept(report));
    await told;
    await shipped;
    const missed = this.packets.now?.missed ?? 0;
    if (missed > 0) {
      const what = `${counted(missed, 'packet')} of incidents not kept`;
      this.note(`warning: ${what}: found out too late, when they had left the memory of --pcap-out`);
    }
    return this.unwritten.map(({ error }) => error);
  }

  /** Whether something was dropped on the way, which was said then. */
  get dropped(): boolean {
    return [this.scores, this.table, this.packets].some(({ failure }) => failure !== undefined);
  }

  /** The report with the packets of its incidents where they were kept; what was not kept stays where it is. */
  private kept(report: Report): Report {
    const packets = this.packets.now;
    if (!packets) return report;
    const { places, folder } = placesOf(report.incidents, packets.origins, reportsElsewhere(this.wanted.out));
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
    // what was written so far stays where it is
    await this.scores.end((scores) => scores.close());
    await this.table.end((table) => table.close());
    await this.packets.end((packets) => packets.close());
    await this.notifier?.close(0);
    await this.fleet?.close();
    this.locks.release();
  }
}
