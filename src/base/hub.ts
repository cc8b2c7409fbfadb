/** How people name a hub: by its URL, or by a folder that the hosts of a fleet share. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What a folder that is a hub's has in it. */
export const HUB_MARKER = 'anomaly-fleet.json';

const HUB_URL = /^(?:nats|tls):\/\//i;
/** A sensor's or a site's name: one token of a subject. */
const NAME = /^[a-z0-9-]{1,63}$/;

export const isHubUrl = (text: string): boolean => HUB_URL.test(text);

export const isHubName = (text: string): boolean => NAME.test(text);

/** A folder that nobody used as a hub yet is none. */
export function isHub(text: string): boolean {
  return isHubUrl(text) || existsSync(join(text, HUB_MARKER));
}
