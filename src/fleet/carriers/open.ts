/** A hub by what `--hub` says. Who names none, or a folder, never loads a line of NATS's client. */
import { AnomalyError } from '../../base/errors.js';
import { hubFolder, isServerUrl } from '../../base/hub.js';
import { CarrierError, type CarrierOptions, type HubCarrier, hubError } from './carrier.js';
import { openFolder } from './folder.js';
import { refuseClearSecret, serverAddress } from './hub-address.js';
import { readHubCa, readHubKey } from './hub-key.js';

/** The hub's side waits so long for the first connection: who starts it by hand wants to know. */
const FIRST_MS = 30_000;
/** Where answers to the hub's side go: no sensor can have such a name, so none can be given the right to listen there. */
const HUB_INBOX = '_INBOX._hub';
const OWNER_INBOX = '_INBOX._owner';

/**
 * A sensor's carrier connects in the background, now or later. The hub's side has been connected once.
 * @throws AnomalyError USAGE, NO_INPUT, NO_PERMISSION: address, key or authority will not do; for the hub's side HUB and
 *   NO_PERMISSION too: it does not answer, or refuses us
 */
export async function openCarrier(options: CarrierOptions): Promise<HubCarrier> {
  const { hub, sensor, isOwner = false, key, ca, note, signal } = options;
  if (!isServerUrl(hub)) return openFolder({ ...options, hub: hubFolder(hub) });
  const address = serverAddress(hub);
  if (key !== undefined && address.login !== undefined)
    throw new AnomalyError(
      'USAGE',
      `--hub ${address.name}: has a password or token, and --hub-key is given too; use one`,
    );
  const encrypted = address.tls || ca !== undefined;
  refuseClearSecret(address, key !== undefined || address.login !== undefined, encrypted);
  const given = {
    key: key === undefined ? undefined : await readHubKey(key),
    ca: ca === undefined ? undefined : await readHubCa(ca),
  };
  const { NatsCarrier } = await import('./nats.js');
  const who =
    sensor === undefined
      ? { side: 'hub' as const, inbox: isOwner ? OWNER_INBOX : HUB_INBOX, client: 'anomaly' }
      : { side: 'sensor' as const, inbox: `_INBOX.${sensor}`, client: `anomaly ${sensor}` };
  const carrier = new NatsCarrier({ address, ...given, encrypted, ...who, note });
  if (sensor !== undefined) return carrier;
  try {
    await carrier.firstConnection(FIRST_MS, signal);
    return carrier;
  } catch (error) {
    await carrier.close();
    if (!(error instanceof CarrierError)) throw error;
    throw hubError(address.name, error);
  }
}
