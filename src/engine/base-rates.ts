/** Base rates from recordings of harmless traffic: what other networks are judged by where they have little of their own. */
import { readFileSync } from 'node:fs';
import { inTurns } from '../base/turns.js';
import { type BaseRates, baseRatesSchema, type NetworkRates, NO_BASE_RATES } from '../detect/evidence/base-rates.js';
import type { Source } from './record-kind.js';
import { gatherRows } from './training-rows.js';

/** Which networks, with what each was and where its recording comes from. */
export type HarmlessNetworks = Readonly<Record<string, Source>>;

/**
 * @param networks sources of harmless traffic by what they are; each is read three times or more and stays open
 * @returns for `learn`; each network is judged by the others too, as a new one will be
 */
export async function baseRatesOf(networks: HarmlessNetworks): Promise<BaseRates> {
  const builders = [];
  for (const [name, source] of Object.entries(networks)) {
    const { spool, evidence } = await gatherRows(source, { novelty: false });
    await spool.close();
    builders.push({ name, evidence });
  }
  const alone: NetworkRates[] = [];
  for (const { name, evidence } of builders) alone.push(await inTurns(evidence.rates(name, NO_BASE_RATES)));
  const rates: NetworkRates[] = [];
  for (const { name, evidence } of builders) {
    const others = alone.filter((other) => other.name !== name);
    rates.push(await inTurns(evidence.rates(name, { networks: others })));
  }
  return { networks: rates };
}

let own: BaseRates | undefined;

/** Those that come with the program: of networks of ours, see data/README.md. */
export function ownBaseRates(): BaseRates {
  // the same place from the sources and from the build
  own ??= baseRatesSchema.parse(
    JSON.parse(readFileSync(new URL('../../data/base-rates.json', import.meta.url), 'utf8')),
  );
  return own;
}
