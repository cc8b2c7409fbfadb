/** Secrets that the service manager hands to a service, each a file in a folder that nobody else enters: https://systemd.io/CREDENTIALS/. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The file of a credential (`LoadCredential=NAME:FILE` in the unit). Undefined: there is none of that name. */
export function credential(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folder = env.CREDENTIALS_DIRECTORY;
  if (folder === undefined) return undefined;
  const path = join(folder, name);
  return existsSync(path) ? path : undefined;
}
