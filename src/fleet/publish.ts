/** What the fleet's owner publishes: an allow-list for all sensors, signed, under a serial above the one before. */
import type { KeyObject } from 'node:crypto';
import { VERSION } from '../base/version.js';
import type { AllowEntry } from '../detect/allow-entry.js';
import type { HubCarrier } from './carriers/carrier.js';
import { SUBJECTS } from './contract.js';
import { pack, unpack } from './signed/envelope.js';
import { trustedKeys } from './signed/keys.js';
import { MOST_ROWS_A_DAY, policyBytes } from './signed/policy.js';
import { Refusal } from './signed/refusal.js';

/** A policy is in force for so long: a year, as certificates are, so that what nobody looks after ends some day. */
const IN_FORCE_MS = 365 * 86_400_000;

export interface Published {
  readonly serial: number;
  /** ms since the epoch */
  readonly expires: number;
}

/**
 * @param key the signer's private key; `publicText` is its other half
 * @throws CarrierError; AnomalyError BAD_DATA for a list that is too long
 */
export async function publishPolicy(
  carrier: HubCarrier,
  channel: string,
  allow: readonly AllowEntry[],
  { key, publicText }: { readonly key: KeyObject; readonly publicText: string },
  nowMs = Date.now(),
): Promise<Published> {
  await carrier.prepare();
  const subject = SUBJECTS.policy(channel);
  const before = await carrier.last(subject);
  const serial = Math.max(Math.floor(nowMs / 1000), 1 + serialOf(before?.bytes, publicText));
  const expires = nowMs + IN_FORCE_MS;
  const [minVersion = VERSION] = /^\d+\.\d+\.\d+/.exec(VERSION) ?? [];
  const facts = { what: 'policy', channel, serial, created: nowMs, expires, kind: null, schemaHash: null } as const;
  const body = { 'policy.json': policyBytes({ allow, rows: MOST_ROWS_A_DAY }) };
  const bytes = pack({ ...facts, minVersion, sites: 0, rows: 0 }, body, key);
  await carrier.publish(subject, `policy.${channel}.${serial}`, bytes);
  await carrier.nudge();
  return { serial, expires };
}

/**
 * Of the policy that the hub has, where our own key signed it: seconds since 1970 rise by themselves, also after a hub was wiped, and this
 * is for a clock that was set back. What others signed says nothing: a serial near the end of all numbers would be the last one.
 */
function serialOf(bytes: Uint8Array | undefined, publicText: string): number {
  if (!bytes) return 0;
  try {
    return unpack(bytes, trustedKeys([publicText])).manifest.serial;
  } catch (error) {
    if (error instanceof Refusal) return 0;
    throw error;
  }
}
