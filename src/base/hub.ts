/** How people name a hub: a server's URL, or a folder that the hosts of a fleet share. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { credential } from './credential.js';
import { AnomalyError } from './errors.js';
import { printable } from './text.js';

/** What a folder that is a hub's has in it. */
export const HUB_MARKER = 'anomaly-fleet.json';

const SERVER_URL = /^(?:nats|tls):\/\//i;
const FOLDER_URL = /^file:\/\//i;
/** A sensor's or a site's name: one token of a subject. */
const NAME = /^[a-z0-9-]{1,63}$/;

export const isServerUrl = (text: string): boolean => SERVER_URL.test(text);

export const isHubName = (text: string): boolean => NAME.test(text);

/** A folder that is no hub yet has to be named by its URL (`file:///srv/fleet`), for it may as well be one of captures. */
export function isHub(text: string): boolean {
  return SERVER_URL.test(text) || FOLDER_URL.test(text) || existsSync(join(text, HUB_MARKER));
}

/**
 * The file of our key for a server: the one that was named, else the credential `hub-key` of the service manager. To be asked before
 * rights are given up, for only who the service was started as can see that. A login in the address is meant in its place.
 */
export function hubKeyFile(hub: string, named: string | undefined, env?: NodeJS.ProcessEnv): string | undefined {
  if (named !== undefined || !isServerUrl(hub) || !URL.canParse(hub)) return named;
  const { username, password } = new URL(hub);
  return username === '' && password === '' ? credential('hub-key', env) : undefined;
}

/** The path of a hub that is no server. @throws AnomalyError USAGE */
export function hubFolder(text: string): string {
  if (!FOLDER_URL.test(text)) return text;
  try {
    return fileURLToPath(text);
  } catch (cause) {
    const what = `${printable(text)}: a folder of this machine is file:///, and its whole path behind it`;
    throw new AnomalyError('USAGE', what, { cause });
  }
}
