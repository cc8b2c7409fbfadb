/** What is read is never written over: a night's capture is worth more than the report on it. */
import { statSync } from 'node:fs';
import { AnomalyError } from '../base/errors.js';
import { identityIn } from '../base/files.js';
import { printable } from '../base/text.js';

/**
 * Of files as they are named, links followed; those in a folder are not looked at.
 * @throws AnomalyError USAGE where one of `written` is one of `read`
 */
export function keepInputs(read: readonly (string | undefined)[], written: readonly (string | undefined)[]): void {
  const inputs = new Set(read.map(fileAt).filter((id) => id !== undefined));
  for (const path of written) {
    const id = fileAt(path);
    if (id === undefined || !inputs.has(id)) continue;
    throw new AnomalyError(
      'USAGE',
      `${printable(path ?? '')}: is what is read, and would be lost; name another output`,
    );
  }
}

/** Undefined: no ordinary file, or none yet. */
function fileAt(path: string | undefined): string | undefined {
  if (path === undefined || path === '-') return undefined;
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isFile() ? identityIn(stats) : undefined;
  } catch {
    // whoever opens it says what is wrong
    return undefined;
  }
}
