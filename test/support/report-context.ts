/** What reports that grow are told of their run. */
import type { ReportContext } from '../../src/output/reports/context.js';
import { facts } from '../report/sample.js';

export function context(changes: Partial<ReportContext> = {}): ReportContext {
  return {
    who: facts(),
    started: new Date('2026-11-26T17:10:18Z'),
    ecs: false,
    live: true,
    rotateHours: undefined,
    keep: undefined,
    note: () => undefined,
    ...changes,
  };
}

/** The identity of another run. */
export const run = (number: number): ReportContext['who'] => ({
  ...facts(),
  run: `019ab1c8-9a3f-7abc-8def-${String(number).padStart(12, '0')}`,
});
