/** What every report that grows while the run goes on has to know. */
import { MS_PER_HOUR } from '../../base/time.js';
import type { RunIdentity } from '../../detect/run-facts.js';

export interface ReportContext {
  readonly who: RunIdentity;
  /** when the run began */
  readonly started: Date;
  /** Elastic Common Schema names in .jsonl files */
  readonly ecs: boolean;
  /** an interface or a log that grows: earlier text, HTML and CSV are kept under dated names */
  readonly live: boolean;
  /** .jsonl and .sqlite go on in a new file after so many hours */
  readonly rotateHours: number | undefined;
  /** of each report so many files are kept, the newest */
  readonly keep: number | undefined;
  /** says one line */
  readonly note: (line: string) => void;
}

/** Whether a file that was begun at `begunMs` is to be followed by a new one. */
export function isDue({ rotateHours }: ReportContext, begunMs: number, nowMs: number): boolean {
  return rotateHours !== undefined && nowMs - begunMs >= rotateHours * MS_PER_HOUR;
}
