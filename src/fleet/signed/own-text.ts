/** Small files of ours that decide whom is believed: read only where nobody else could have written them. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { isOurs } from '../../base/aside.js';
import { AnomalyError, systemCode } from '../../base/errors.js';
import { readError } from '../../base/files.js';
import { objection } from '../../base/own-file.js';
import { fileWord } from '../../base/shell.js';
import { printable } from '../../base/text.js';

const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = constants;
const OTHERS = 0o077;

/**
 * @param longest bytes
 * @param secret others must not be able to read it either
 * @returns undefined: there is no such file
 * @throws AnomalyError NO_PERMISSION: not ours, at the mercy of others, or a link; BAD_DATA: too large; NO_INPUT
 */
export function readOwnText(path: string, longest: number, secret: boolean): string | undefined {
  const name = printable(path);
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    if (systemCode(cause) === 'ELOOP')
      throw new AnomalyError('NO_PERMISSION', `${name}: is a symbolic link, which is not followed; name the file`);
    throw readError(path, cause);
  }
  try {
    const facts = fstatSync(fd);
    const open = secret && facts.isFile() && isOurs(facts) && (facts.mode & OTHERS) !== 0;
    const wrong = open ? `is open to others, and holds a secret; chmod 600 ${fileWord(path)}` : objection(facts);
    if (wrong !== undefined) throw new AnomalyError('NO_PERMISSION', `${name}: ${wrong}`);
    if (facts.size > longest)
      throw new AnomalyError('BAD_DATA', `${name}: has more than ${longest} bytes, which no such file of ours has`);
    return readFileSync(fd, 'utf8');
  } catch (cause) {
    throw readError(path, cause);
  } finally {
    closeSync(fd);
  }
}
