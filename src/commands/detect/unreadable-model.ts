/** A model that belongs to somebody else, most often one that root has learned for a service with a user of its own. */
import { accessSync, constants } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';

/** NO_PERMISSION with the command that gives the model to the user of this process. */
export function unreadable(dir: string, cause: AnomalyError): AnomalyError {
  const user = userInfo().username;
  const remedy = `as root: chown -RH ${user}: ${printable(closedTo(resolve(dir)))}`;
  return new AnomalyError('NO_PERMISSION', `${printable(dir)}: user ${user} cannot read the model; ${remedy}`, {
    cause,
  });
}

/** The outermost folder above `path` that this user may not enter, else `path` itself. */
function closedTo(path: string): string {
  const parent = dirname(path);
  if (parent === path) return path;
  const outer = closedTo(parent);
  if (outer !== parent) return outer;
  try {
    accessSync(parent, constants.X_OK);
    return path;
  } catch {
    return parent;
  }
}
