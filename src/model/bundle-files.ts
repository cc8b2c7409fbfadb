/** The files of a bundle, by name: nothing else belongs into its folder, and no path in a file is followed. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../base/errors.js';

export const BUNDLE_FILES = ['model.json', 'weights.bin', 'bundle.json'] as const;
/** which attacks the model would have raised; a bundle without it is whole */
export const POWER_FILE = 'power.json';
/** for people, beside the model; never read back */
export const REPORT_FILE = 'report.html';
export type BundleFile = (typeof BUNDLE_FILES)[number] | typeof POWER_FILE;

const KNOWN: readonly string[] = [...BUNDLE_FILES, POWER_FILE, REPORT_FILE];

/** What a place on disk holds. */
export type Held =
  | { readonly is: 'nothing' }
  /** a folder with all that a bundle needs, and no more than belongs to it */
  | { readonly is: 'bundle'; readonly savedMs: number }
  /** a folder in which something is missing, or too much: `other` */
  | { readonly is: 'folder'; readonly other: string | undefined }
  | { readonly is: 'link' }
  | { readonly is: 'file' };

/** Looks at names only. @throws what the system says, but for a place where there is nothing */
export async function heldAt(path: string): Promise<Held> {
  try {
    const facts = await lstat(path);
    if (facts.isSymbolicLink()) return { is: 'link' };
    if (!facts.isDirectory()) return { is: 'file' };
    const files = await readdir(path);
    const other = files.find((file) => !KNOWN.includes(file));
    if (other !== undefined || BUNDLE_FILES.some((file) => !files.includes(file))) return { is: 'folder', other };
    return { is: 'bundle', savedMs: (await lstat(join(path, 'bundle.json'))).mtimeMs };
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return { is: 'nothing' };
    throw cause;
  }
}
