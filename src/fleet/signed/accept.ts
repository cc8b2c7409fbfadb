/**
 * Whether a sensor takes what the hub offers. Only what a pinned key signed for its channel, kind of records and features, and
 * under a serial above the highest ever taken: a hub in foreign hands can withhold, but neither alter nor go back.
 * Nothing is changed here. Who takes it stores it first, and remembers the serial then (serials.ts).
 */
import { unpack } from './envelope.js';
import type { TrustedKey } from './keys.js';
import type { Manifest, ManifestOf, SignedFiles, What } from './manifest.js';
import { Refusal, type Why } from './refusal.js';

/** A host that takes local time for UTC is wrong by up to 14 hours; such a one is not to wait. */
const CLOCKS_APART_MS = 24 * 3_600_000;

/** The highest ever taken. */
export interface Taken {
  readonly serial: number;
  /** of its manifest, hex */
  readonly sha256: string;
}

/** What a sensor is, and what it has. */
export interface Terms<W extends What> {
  readonly what: W;
  readonly trust: readonly TrustedKey[];
  readonly channel: string;
  /** of its records; a policy is for both kinds */
  readonly kind: 'packet' | 'connection';
  /** of the features that its program computes; a policy is for all */
  readonly schemaHash: string;
  /** of its program: `1.2.3`, and more behind that */
  readonly version: string;
  /** undefined: it never took one of this channel */
  readonly highest: Taken | undefined;
  /** since the epoch */
  readonly nowMs: number;
}

export type Outcome<W extends What> =
  | {
      /** `known`: it is the highest ever taken, unchanged, and nothing is to be done; what was kept of it may be read again */
      readonly is: 'accepted' | 'known';
      readonly manifest: ManifestOf<W>;
      readonly files: SignedFiles<W>;
      /** to remember */
      readonly taken: Taken;
      /** which pinned key signed it */
      readonly key: string;
    }
  | {
      readonly is: 'refused';
      readonly why: Why;
      /** for a person: `bundle 12 of default: …`, one line, safe to print */
      readonly text: string;
    };

/** @param bytes an envelope of anybody's making */
export function accept<W extends What>(bytes: Uint8Array, terms: Terms<W>): Outcome<W> {
  let name = `a ${terms.what} for ${terms.channel}`;
  try {
    const { manifest, files, sha256, key } = unpack(bytes, terms.trust);
    name = `${manifest.what} ${manifest.serial} of ${manifest.channel}`;
    refuse(manifest, terms);
    const known = isKnown(manifest.serial, sha256, terms.highest);
    return {
      is: known ? 'known' : 'accepted',
      // `refuse` has looked at `what`, and the manifest's form names the files of it
      manifest: manifest as ManifestOf<W>,
      files: files as SignedFiles<W>,
      taken: { serial: manifest.serial, sha256 },
      key,
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { is: 'refused', why: error.why, text: `${name}: ${error.message}` };
  }
}

/** @throws Refusal */
function refuse(manifest: Manifest, { what, channel, kind, schemaHash, version, nowMs }: Terms<What>): void {
  if (manifest.what !== what) throw new Refusal('what', `is no ${what}`);
  if (manifest.channel !== channel) throw new Refusal('channel', `is for another channel than ${channel}`);
  if (isOlder(version, manifest.minVersion))
    throw new Refusal('version', `needs version ${manifest.minVersion} of this program`);
  if (manifest.what === 'bundle') {
    if (manifest.kind !== kind)
      throw new Refusal('kind', `is for ${manifest.kind} records, and here are ${kind} records`);
    if (manifest.schemaHash !== schemaHash)
      throw new Refusal('schema', 'was learned with other features than this version computes');
  }
  if (manifest.created - nowMs > CLOCKS_APART_MS)
    throw new Refusal(
      'early',
      `was made at ${time(manifest.created)}, and here it is ${time(nowMs)}: a clock is wrong`,
    );
  if (manifest.expires <= nowMs) throw new Refusal('expired', `expired at ${time(manifest.expires)}`);
}

/** @throws Refusal unless it is above the highest, or that one itself */
function isKnown(serial: number, sha256: string, highest: Taken | undefined): boolean {
  if (!highest || serial > highest.serial) return false;
  if (serial < highest.serial)
    throw new Refusal('serial', `is older than ${highest.serial}, which was taken; an older one needs a higher serial`);
  if (sha256 !== highest.sha256)
    throw new Refusal('serial', 'another one under this serial was taken; publish it under a higher one');
  return true;
}

/** @param needed `1.2.3`. What a version has behind that counts for nothing. */
function isOlder(version: string, needed: string): boolean {
  const [own, least] = [version, needed].map((text) => text.split(/[.+-]/, 3).map(Number)) as [number[], number[]];
  const at = least.findIndex((part, i) => part !== own[i]);
  // what is no version at all is older than any
  return at >= 0 && !((own[at] as number) > (least[at] as number));
}

const time = (ms: number): string => new Date(ms).toISOString();
