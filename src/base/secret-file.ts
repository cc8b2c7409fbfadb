/** Files that hold a secret: an address that lets everybody post, a token. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { AnomalyError, systemCode } from './errors.js';
import { readError } from './files.js';
import { printable } from './text.js';

const { O_NONBLOCK = 0, O_RDONLY } = constants;
const OTHERS_READ = 0o004;
/** A program behind a pipe, as in `<(pass show hook)`, may take so long; meanwhile the run stands still. */
const PIPE_MS = 10_000;
const PIPE_STEP_MS = 50;

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
    // a named pipe that nobody writes to would stop everything, also the answer to Ctrl+C
    file = openSync(path, O_RDONLY | O_NONBLOCK);
    if (guarded && (fstatSync(file).mode & OTHERS_READ) !== 0) {
      throw new AnomalyError('USAGE', `${option}: everybody can read ${name}, which holds a secret; chmod 600 ${name}`);
    }
    const bytes = Buffer.alloc(longest + 1);
    let length = 0;
    for (let n = -1; n !== 0 && length < bytes.length; length += n) n = readSome(file, bytes, length);
    if (length > longest) throw new AnomalyError('USAGE', `${option}: ${name} has more than ${longest} bytes`);
    return bytes.toString('utf8', 0, length);
  } catch (error) {
    throw error instanceof AnomalyError ? error : readError(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** As readSync; where nothing has come yet through a pipe, it waits. */
function readSome(file: number, bytes: Buffer, at: number): number {
  for (let waitedMs = 0; ; waitedMs += PIPE_STEP_MS) {
    try {
      return readSync(file, bytes, at, bytes.length - at, null);
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN' || waitedMs >= PIPE_MS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PIPE_STEP_MS);
    }
  }
}
