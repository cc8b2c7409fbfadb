/** Report files, their kind told by the extension; each appears under its name only when it is complete. */

import { extname, resolve } from 'node:path';
import { AnomalyError } from '../base/errors.js';
import { replaceFile } from '../base/files.js';
import { printable } from '../base/text.js';
import type { RunReport } from '../report/run-report.js';
import { renderText } from '../report/text.js';
import { sha256Base64 } from './hash.js';
import { renderJsonLines } from './json-lines.js';
import { checkTarget } from './part-file.js';
import type { FlaggedRecord, SqliteReport } from './sqlite.js';

export interface ReportOptions {
  /** Elastic Common Schema names in .jsonl files */
  readonly ecs?: boolean;
}

type Render = (report: RunReport, options: ReportOptions) => Promise<string>;

const SQLITE = '.sqlite';

/** The kinds of report by extension. Renderers are loaded when they are needed: plots and CSV cost start-up time. */
export const REPORT_KINDS: Readonly<Record<string, { readonly doc: string; readonly render?: Render }>> = {
  '.txt': {
    doc: 'the report for people, 100 columns wide',
    render: async (report) => renderText(report),
  },
  '.html': {
    doc: 'the same figures as one page with plots, without outside references',
    render: async (report) => (await import('../report/html/page.js')).renderHtml(report, sha256Base64),
  },
  '.jsonl': {
    doc: "one incident a line in Suricata's EVE shape (schema/eve.schema.json), or with --ecs in Elastic's",
    render: async (report, options) => renderJsonLines(report, options),
  },
  '.csv': {
    doc: 'one incident a row, safe to open in a spreadsheet',
    render: async (report) => (await import('./csv.js')).renderCsv(report),
  },
  [SQLITE]: { doc: 'tables of the run, its incidents, their reasons and the flagged records' },
};
const REPORT_EXTENSIONS: readonly string[] = Object.keys(REPORT_KINDS);

/** The extension that tells what to write; USAGE for an unknown one. */
function kindOf(path: string): string {
  const extension = extname(path).toLowerCase();
  if (REPORT_EXTENSIONS.includes(extension)) return extension;
  throw new AnomalyError(
    'USAGE',
    `--out ${printable(path)}: the extension tells the kind of report; known are ${REPORT_EXTENSIONS.join(' ')}`,
  );
}

export class ReportFiles {
  private constructor(
    private readonly paths: readonly string[],
    private readonly options: ReportOptions,
    private readonly databases: readonly SqliteReport[],
  ) {}

  /**
   * Checks names and places before the run, so that it does not fail at its end, and opens databases.
   * @throws AnomalyError USAGE for an unknown extension or a name given twice; CANNOT_CREATE
   */
  static async open(paths: readonly string[], options: ReportOptions = {}): Promise<ReportFiles> {
    const seen = new Set<string>();
    for (const path of paths) {
      kindOf(path);
      if (seen.has(resolve(path))) throw new AnomalyError('USAGE', `--out ${printable(path)} is given twice`);
      seen.add(resolve(path));
      checkTarget(path);
    }
    const databases: SqliteReport[] = [];
    try {
      for (const path of paths.filter((name) => kindOf(name) === SQLITE)) {
        databases.push(new (await import('./sqlite.js')).SqliteReport(path));
      }
    } catch (error) {
      for (const database of databases) database.discard();
      throw error;
    }
    return new ReportFiles(paths, options, databases);
  }

  /** Whether `flagged` goes anywhere. */
  get wantsFlagged(): boolean {
    return this.databases.length > 0;
  }

  /** One flagged record, while the run goes on. Throws WRITE_FAILED. */
  flagged(record: FlaggedRecord): void {
    for (const database of this.databases) database.flagged(record);
  }

  /** Writes all but the databases; may be called again and again while the run goes on. Throws WRITE_FAILED and the like. */
  async write(report: RunReport): Promise<void> {
    for (const path of this.paths) {
      const render = REPORT_KINDS[kindOf(path)]?.render;
      if (render) await replaceFile(path, await render(report, this.options));
    }
  }

  /** Writes everything. One file that fails does not keep the others from being written; the first error is thrown. */
  async finish(report: RunReport): Promise<void> {
    const work = this.paths.map((path) => async () => {
      const render = REPORT_KINDS[kindOf(path)]?.render;
      if (render) await replaceFile(path, await render(report, this.options));
      else this.databases.find((database) => database.path === path)?.finish(report);
    });
    const errors: unknown[] = [];
    for (const one of work) await one().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  }

  /** Gives up: nothing is left behind. */
  discard(): void {
    for (const database of this.databases) database.discard();
  }
}

/** All reports of a finished run at once. */
export async function writeReports(
  paths: readonly string[],
  report: RunReport,
  options: ReportOptions & { readonly flagged?: Iterable<FlaggedRecord> } = {},
): Promise<void> {
  const files = await ReportFiles.open(paths, options);
  try {
    for (const record of options.flagged ?? []) files.flagged(record);
    await files.finish(report);
  } catch (error) {
    files.discard();
    throw error;
  }
}
