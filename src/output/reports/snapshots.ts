/** Text, HTML, CSV and the like: whole reports that are replaced while the run goes on, and at its end. */
import { lstatSync } from 'node:fs';
import { basename } from 'node:path';
import { checkTarget, replaceFile } from '../../base/new-file.js';
import { printable } from '../../base/text.js';
import type { RunReport } from '../../report/run-report.js';
import { render } from '../report-kinds.js';
import type { ReportContext } from './context.js';
import { datedFiles, keepDated, prune } from './dated.js';
import { Renderer, type SnapshotFile } from './renderer.js';
import { Trouble } from './trouble.js';

/** Reports are written anew once in so long, when there is something new in them… */
const PERIOD_MS = 60_000;
/** …and so seldom that they take no more of a processor than this. */
const SHARE = 0.02;

/** An output that is not as it should be, and why. */
export interface Unwritten {
  readonly path: string;
  readonly error: unknown;
}

export class Snapshots {
  private readonly renderer: Renderer;
  private readonly troubles: ReadonlyMap<string, Trouble>;
  /** not yet written by this run: what is there is an earlier one's */
  private readonly untouched: Set<string>;
  private writtenMs: number;
  private writtenRecords = 0;
  private periodMs = PERIOD_MS;
  private writing: Promise<void> | undefined;

  constructor(
    private readonly paths: readonly string[],
    private readonly context: Pick<ReportContext, 'live' | 'keep' | 'note' | 'started'>,
    renderer = new Renderer(),
  ) {
    this.renderer = renderer;
    this.untouched = new Set(paths);
    this.writtenMs = context.started.getTime();
    this.troubles = new Map(paths.map((path) => [path, new Trouble(printable(path), context.note)]));
  }

  /** Whether it is time to write them, given how many records were taken in. */
  due(records: number, nowMs: number): boolean {
    return (
      this.paths.length > 0 &&
      !this.writing &&
      records !== this.writtenRecords &&
      nowMs - this.writtenMs >= this.periodMs
    );
  }

  /** Writes them in the background, while the run goes on; at most one writing waits for another. Throws nothing. */
  async write(report: RunReport): Promise<void> {
    if (this.paths.length === 0) return;
    const before = this.writing;
    if (before) await before;
    this.writing = this.writeAside(report).finally(() => {
      this.writing = undefined;
    });
    await this.writing;
  }

  /** Writes the last ones. Each is tried. @returns what was not written, and why: AnomalyError WRITE_FAILED and the like */
  async finish(report: RunReport): Promise<readonly Unwritten[]> {
    await this.writing;
    await this.renderer.close();
    const unwritten: Unwritten[] = [];
    for (const path of this.paths) {
      try {
        const { earlier } = this.prepare(path);
        const content = await render(path, { ...report, earlier });
        if (content !== undefined) await replaceFile(path, content);
      } catch (error) {
        unwritten.push({ path, error });
      }
    }
    return unwritten;
  }

  /** Gives up; what is there stays. */
  async discard(): Promise<void> {
    await this.renderer.close();
  }

  private async writeAside(report: RunReport): Promise<void> {
    this.writtenMs = Date.now();
    this.writtenRecords = report.facts.records;
    const files: SnapshotFile[] = [];
    for (const path of this.paths) {
      try {
        files.push(this.prepare(path));
      } catch (error) {
        this.troubles.get(path)?.failed(error);
      }
    }
    try {
      const { tookMs, failures } = await this.renderer.write(report, files);
      this.periodMs = Math.max(PERIOD_MS, tookMs / SHARE);
      for (const { path } of files) {
        const failure = failures.find((one) => one.path === path);
        if (failure) this.troubles.get(path)?.failed(new Error(failure.message));
        else this.troubles.get(path)?.over();
      }
    } catch (error) {
      for (const { path } of files) this.troubles.get(path)?.failed(error);
    }
  }

  /** Keeps what an earlier run wrote, before this one replaces it for the first time. */
  private prepare(path: string): SnapshotFile {
    checkTarget(path);
    if (!this.context.live) return { path, earlier: [] };
    if (this.untouched.has(path) && lstatSync(path, { throwIfNoEntry: false })) keepDated(path);
    this.untouched.delete(path);
    prune(path, this.context.keep);
    return {
      path,
      earlier: datedFiles(path)
        .reverse()
        .map((name) => basename(name)),
    };
  }
}
