/** A copy of a model for giving away: it says how much is usual in a network, and nothing of who is there. */
import { NAMELESS_LACKS, namelessDetection } from '../detect/nameless.js';
import { namelessFeatures } from '../features/nameless.js';
import type { Bundle } from '../model/bundle.js';

/**
 * Without addresses, MAC addresses, names of hosts and files, and hashes of any; without power, whose attacks were cast with
 * this network's parties, and without warnings, which may name somebody.
 */
export function shared(bundle: Bundle): Bundle {
  const { id: _id, power: _power, folds: _folds, extractorState, detectorState, facts, ...rest } = bundle;
  const { schema, reference } = bundle;
  const usual = new Map(schema.columns.map(({ name }, j) => [name, reference[j].median]));
  return {
    ...rest,
    shared: true,
    sources: [],
    facts: { ...facts, warnings: [`made for giving away: ${NAMELESS_LACKS}`] },
    extractorState: namelessFeatures(schema.kind, extractorState, usual),
    detectorState: namelessDetection(detectorState),
  };
}
