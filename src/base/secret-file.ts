/** Files that hold a secret: an address that lets everybody post, a token. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { AnomalyError } from './errors.js';
import { readError } from './files.js';
import { printable } from './text.js';

const OTHERS_READ = 0o004;

/**
 * @param option that names the file, for messages
 * @param longest bytes that it may have
 * @param guarded others must not be able to read it; of a credential of the service manager its folder sees to that
 * @throws AnomalyError USAGE for a file that everybody can read, or that is too long; NO_INPUT, NO_PERMISSION
 */
export function readSecret(path: string, option: string, longest: number, guarded = true): string {
  const name = printable(path);
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    if (guarded && (fstatSync(file).mode & OTHERS_READ) !== 0) {
      throw new AnomalyError('USAGE', `${option}: everybody can read ${name}, which holds a secret; chmod 600 ${name}`);
    }
    const bytes = Buffer.alloc(longest + 1);
    let length = 0;
    for (let n = -1; n !== 0 && length < bytes.length; length += n)
      n = readSync(file, bytes, length, bytes.length - length, null);
    if (length > longest) throw new AnomalyError('USAGE', `${option}: ${name} has more than ${longest} bytes`);
    return bytes.toString('utf8', 0, length);
  } catch (error) {
    throw error instanceof AnomalyError ? error : readError(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
