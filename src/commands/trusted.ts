/** What decides over a run, read only after a look at who could have written it. */
import { join } from 'node:path';
import { looksTrusted } from '../base/trust.js';
import type { AllowEntry } from '../detect/allow-entry.js';
import { AllowList } from '../detect/incidents/allow.js';
import { type Bundle, loadBundle } from '../model/bundle.js';
import { BUNDLE_FILES, POWER_FILE } from '../model/bundle-files.js';
import { ModelPlace } from '../model/place.js';
import { readAllowList } from '../output/allow-file.js';

type Note = (line: string) => void;

/** @throws AnomalyError NO_PERMISSION: root, and others could change it */
export function checkTrust(what: string, paths: readonly string[], note: Note): void {
  const warning = looksTrusted(what, paths);
  if (warning !== undefined) note(warning);
}

/** The model of a folder. @throws AnomalyError as `checkTrust` and `loadBundle` */
export async function trustedBundle(dir: string, note: Note): Promise<Bundle> {
  const folder = await new ModelPlace(dir).current();
  const files = [...BUNDLE_FILES, POWER_FILE].map((file) => join(folder, file));
  checkTrust('the model', [dir, folder, ...files], note);
  return loadBundle(dir);
}

/** @throws AnomalyError as `checkTrust` and `readAllowList` */
export async function trustedAllowEntries(path: string, note: Note): Promise<AllowEntry[]> {
  checkTrust('the allow-list', [path], note);
  const entries = await readAllowList(path);
  // it knows what is wrong with an entry that is written as it should be
  new AllowList(entries);
  return entries;
}
