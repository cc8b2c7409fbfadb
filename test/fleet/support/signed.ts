/** A bundle as a trainer publishes it: a net that was trained, and the sensor that it is for. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Outcome, Terms } from '../../../src/fleet/signed/accept.js';
import type { Facts } from '../../../src/fleet/signed/envelope.js';
import { publicText, trustedKeys } from '../../../src/fleet/signed/keys.js';
import type { SignedFiles, What } from '../../../src/fleet/signed/manifest.js';
import { schemaHash } from '../../../src/model/bundle.js';
import { modelJson, weightsBytes } from '../../../src/model/layers-format.js';
import { trainModel } from '../../../src/model/train.js';
import { TRAIN_DEFAULTS } from '../../../src/model/train-options.js';
import { filledSpool, schemaOf, trainOptions } from '../../model/support/model.js';

/** as many features as packets have, about */
const WIDTH = 90;
export const NOW = Date.UTC(2027, 0, 15, 12);
export const DAY = 86_400_000;
export const schema = schemaOf(WIDTH);

export function newKey(): { key: KeyObject; text: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { key: privateKey, text: publicText(privateKey) };
}

export const bundleFacts: Facts<'bundle'> = {
  what: 'bundle',
  channel: 'default',
  serial: 12,
  created: NOW - 3_600_000,
  expires: NOW + 30 * DAY,
  kind: 'packet',
  schemaHash: schemaHash(schema),
  minVersion: '0.1.0',
  sites: 3,
  rows: 120_000,
};

export const policyFacts: Facts<'policy'> = {
  ...bundleFacts,
  what: 'policy',
  kind: null,
  schemaHash: null,
  sites: 0,
  rows: 0,
};

/** A sensor that pins these keys and has taken nothing yet. */
export function sensor<W extends What>(what: W, trust: readonly string[], change: Partial<Terms<W>> = {}): Terms<W> {
  return {
    what,
    trust: trustedKeys(trust),
    channel: 'default',
    kind: 'packet',
    schemaHash: schemaHash(schema),
    version: '0.1.0',
    highest: undefined,
    nowMs: NOW,
    ...change,
  };
}

export const why = <W extends What>(outcome: Outcome<W>): string =>
  outcome.is === 'refused' ? outcome.why : outcome.is;

/** A net of the size that packets get by default; fleet.json is as large as a fleet's. */
export async function trainedFiles(): Promise<SignedFiles<'bundle'>> {
  const spool = await filledSpool(600, WIDTH, 4);
  const { layers, bypassRank } = TRAIN_DEFAULTS;
  const model = await trainModel(spool, schema, trainOptions({ epochs: 1, layers, bypassRank }));
  await spool.close();
  const fleet = {
    scaler: model.scaler,
    residualWeights: [...model.residualWeights],
    counts: Array.from({ length: 1_800 }, (_, k) => Math.sqrt(k + 2)),
  };
  return {
    'model.json': Buffer.from(modelJson(model.spec, 'anomaly 0.1.0')),
    'weights.bin': weightsBytes(model.weights),
    'fleet.json': Buffer.from(JSON.stringify(fleet)),
  };
}

/** Small ones: what is in them is nobody's business here. */
export const smallFiles: SignedFiles<'bundle'> = {
  'model.json': Buffer.from('{"net":1}'),
  'weights.bin': Buffer.from([1, 2, 3, 4]),
  'fleet.json': Buffer.from('{"floor":2.5}'),
};
