/** The kinds of report, told apart by the extension of a file's name. */
import { extname } from 'node:path';
import { AnomalyError } from '../base/errors.js';
import { printable } from '../base/text.js';
import type { RunReport } from '../report/run-report.js';
import { renderText } from '../report/text.js';
import { sha256Base64 } from './hash.js';
import { renderJsonLines } from './json-lines.js';

export interface ReportOptions {
  /** Elastic Common Schema names in .jsonl files */
  readonly ecs?: boolean;
}

type Render = (report: RunReport, options: ReportOptions) => Promise<string>;

interface ReportKind {
  readonly doc: string;
  /** a whole report; a kind that grows while the run goes on needs none */
  readonly render?: Render;
}

export const JSONL = '.jsonl';
export const SQLITE = '.sqlite';

/** Renderers are loaded when they are needed: plots and CSV cost start-up time. */
export const REPORT_KINDS: Readonly<Record<string, ReportKind>> = {
  '.txt': {
    doc: 'the report for people, 100 columns wide',
    render: async (report) => renderText(report),
  },
  '.html': {
    doc: 'the same figures as one page with plots, without outside references',
    render: async (report) => (await import('../report/html/page.js')).renderHtml(report, sha256Base64),
  },
  [JSONL]: {
    doc: "a line each time that an incident opens, changes or closes, in Suricata's EVE shape (schema/eve.schema.json), or with --ecs in Elastic's",
    render: async (report, options) => renderJsonLines(report, options),
  },
  '.json': {
    doc: 'the run, its incidents and its evaluation as one document (schema/report.schema.json)',
    render: async (report) => `${JSON.stringify((await import('../report/json.js')).reportJson(report), null, 1)}\n`,
  },
  '.csv': {
    doc: 'one incident a row, safe to open in a spreadsheet',
    render: async (report) => (await import('./csv.js')).renderCsv(report),
  },
  [SQLITE]: { doc: 'tables of the run, its incidents, their reasons and the flagged records' },
};

const REPORT_EXTENSIONS: readonly string[] = Object.keys(REPORT_KINDS);

/** The extension that tells what to write; USAGE for an unknown one. */
export function kindOf(path: string): string {
  const extension = extname(path).toLowerCase();
  if (REPORT_EXTENSIONS.includes(extension)) return extension;
  throw new AnomalyError(
    'USAGE',
    `--out ${printable(path)}: the extension tells the kind of report; known are ${REPORT_EXTENSIONS.join(' ')}`,
  );
}

/** The whole report of a file's kind; undefined for a kind that only grows. */
export async function render(
  path: string,
  report: RunReport,
  options: ReportOptions = {},
): Promise<string | undefined> {
  return REPORT_KINDS[kindOf(path)]?.render?.(report, options);
}
