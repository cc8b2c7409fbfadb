/**
 * Peers for connection logs: how rare a value was in training, -log2 of its frequency, with one more of each counted so that
 * the unseen has one too. By protocol, service and state; by responder's port; by the originator's network.
 */
import { eachRecord, openPart } from './data.js';

/** Networks are as small as networks are announced (RFC 7454 section 6.1.3): /24 and /48. */
const PREFIX_BYTES = { 4: 3, 6: 6 };

export const RARITIES = {
  state: ({ proto, service, connState }) => `${proto} ${service} ${connState}`,
  port: ({ proto, respP }) => `${proto} ${respP}`,
  network: ({ ipVersion, origH }) => origH.subarray(0, PREFIX_BYTES[ipVersion]).join('.'),
};

/** Of each record of a part a number for each table that was learned on the training records. */
export async function rarities(train) {
  const tables = Object.entries(RARITIES).map(([name, keyOf]) => ({ name, keyOf, counts: new Map() }));
  let records = 0;
  await eachRecord(await openPart(train), (record) => {
    records++;
    for (const { keyOf, counts } of tables) counts.set(keyOf(record), (counts.get(keyOf(record)) ?? 0) + 1);
  });
  return async (part) => {
    const scores = Object.fromEntries(tables.map(({ name }) => [name, []]));
    await eachRecord(await openPart(part), (record) => {
      for (const { name, keyOf, counts } of tables) {
        const seen = counts.get(keyOf(record)) ?? 0;
        scores[name].push(-Math.log2((seen + 1) / (records + counts.size + 1)));
      }
    });
    return scores;
  };
}
