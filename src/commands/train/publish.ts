/** train --hub --keep-net: what the fleet's owner publishes without learning. */
import { printable } from '../../base/text.js';
import { AllowList } from '../../detect/incidents/allow.js';
import { CarrierError, hubError } from '../../fleet/carriers/carrier.js';
import { openCarrier } from '../../fleet/carriers/open.js';
import { publishPolicy } from '../../fleet/publish.js';
import { signingKey } from '../../fleet/signed/keys.js';
import type { TrainOptions } from '../../options.js';
import { readAllowList } from '../../output/allow-file.js';
import { counted } from '../../report/format.js';

/** @returns what to tell the user, in lines */
export async function publishAllowList(options: TrainOptions, note: (line: string) => void): Promise<string[]> {
  const { hub = '', allow = '', sign = '', channel, hubKey: key, hubCa: ca } = options;
  const entries = await readAllowList(allow);
  // what a sensor would refuse is told here
  const list = new AllowList(entries);
  const signer = await signingKey(sign);
  const carrier = await openCarrier({ hub, sensor: undefined, isOwner: true, key, ca, note });
  try {
    const { serial, expires } = await publishPolicy(carrier, channel, entries, signer);
    const until = new Date(expires).toISOString().slice(0, 10);
    return [
      ...list.expired(Date.now()).map((entry) => `allow-list: no longer in force: ${entry}`),
      `published at ${carrier.name}: allow-list ${serial} of channel ${channel}, ${counted(list.size, 'entry', 'entries')}, in force until ${until}`,
      `signed by ${printable(sign)}${signer.made ? ', which was made: keep it, and a copy of it, away from the hub' : ''}; sensors take it with --hub-trust=${signer.publicText}`,
    ];
  } catch (error) {
    throw error instanceof CarrierError ? hubError(carrier.name, error) : error;
  } finally {
    await carrier.close();
  }
}
