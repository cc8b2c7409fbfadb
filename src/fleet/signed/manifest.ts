/**
 * What is signed of a bundle or a policy: who it is for, in which order it came, and the length and digest of each of its files.
 * There is one text for one manifest, so that a name given twice, another order or a key like `__proto__` is no manifest at all.
 */
// as with the model's own files: what comes from elsewhere is looked at before it is used
import { z } from 'zod';
import { isHubName } from '../../base/hub.js';
import { printable } from '../../base/text.js';
import { Refusal } from './refusal.js';

/** Bytes of all together: a server takes messages of up to 1 MiB (NATS's max_payload), and headers need some of that. */
export const MOST_SIGNED_BYTES = 900 << 10;
/** Bytes: a manifest has less than one thousand; the contract allows for more to come. */
export const MOST_MANIFEST_BYTES = 64 << 10;
/** of the form of envelope and manifest */
const FORM = 1;
/** ms since the epoch: where the dates of ECMAScript end */
const END_OF_TIME = 8.64e15;
/** in a refusal, of what the check of the manifest says */
const SHOWN = 120;

const timeMs = z.int().min(0).max(END_OF_TIME);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const file = <N extends string>(name: N) =>
  z.strictObject({ name: z.literal(name), bytes: z.int().min(1).max(MOST_SIGNED_BYTES), sha256: digest });

const common = {
  format: z.literal('anomaly fleet'),
  version: z.literal(FORM),
  channel: z.string().refine(isHubName, 'is no name of a channel'),
  /** rises with each that is published on the channel; a safe integer */
  serial: z.int().min(1),
  /** ms since the epoch, by the signer's clock */
  created: timeMs,
  /** ms since the epoch: from then on nobody takes it */
  expires: timeMs,
  /** the program that takes it is of this version or a later one */
  minVersion: z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/),
};

const bundle = z.strictObject({
  ...common,
  what: z.literal('bundle'),
  kind: z.enum(['packet', 'connection']),
  schemaHash: digest,
  files: z.tuple([file('model.json'), file('weights.bin'), file('fleet.json')]),
  /** how many sites it was learned from, and how many rows */
  sites: z.int().min(1),
  rows: z.int().min(1),
});

/** What is allowed depends on no net: neither on its records' kind nor on its features, and it was learned from nothing. */
const policy = z.strictObject({
  ...common,
  what: z.literal('policy'),
  kind: z.null(),
  schemaHash: z.null(),
  files: z.tuple([file('policy.json')]),
  sites: z.literal(0),
  rows: z.literal(0),
});

const schema = z
  .discriminatedUnion('what', [bundle, policy])
  .refine((m) => m.expires > m.created, 'expires before it is made');

export type Manifest = z.infer<typeof schema>;
export type What = Manifest['what'];
export type ManifestOf<W extends What> = Extract<Manifest, { what: W }>;
/** by name, in the manifest's order */
export type SignedFiles<W extends What> = Readonly<Record<ManifestOf<W>['files'][number]['name'], Uint8Array>>;

/** Names and order of the files; no other name is ever looked at. */
export const SIGNED_FILES: { readonly [W in What]: readonly ManifestOf<W>['files'][number]['name'][] } = {
  bundle: ['model.json', 'weights.bin', 'fleet.json'],
  policy: ['policy.json'],
};

/** of manifest and its files, in the order of the text */
const KEYS = [
  ...['format', 'version', 'what', 'channel', 'serial', 'created', 'expires', 'kind', 'schemaHash', 'minVersion'],
  ...['files', 'name', 'bytes', 'sha256', 'sites', 'rows'],
];

/** The one text of a manifest. */
export function manifestText(manifest: Manifest): string {
  return JSON.stringify(manifest, KEYS);
}

/**
 * Reads what a pinned key has signed.
 * @throws Refusal `version` for a form of later, `form` for all else that is none
 */
export function parseManifest(bytes: Buffer): Manifest {
  let content: unknown;
  try {
    content = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Refusal('form', 'its manifest is no JSON');
  }
  const { version } = (content ?? {}) as { version?: unknown };
  if (Number.isInteger(version) && (version as number) > FORM)
    throw new Refusal('version', `is of form ${version}, and this program reads form ${FORM}: it needs a newer one`);
  const { success, data, error } = schema.safeParse(content);
  if (!success) {
    const issue = error.issues[0];
    const what = `${issue?.path.map(String).join('.') ?? ''} ${issue?.message ?? ''}`.trim();
    throw new Refusal('form', `its manifest is not valid (${printable(what.slice(0, SHOWN))})`);
  }
  if (!bytes.equals(Buffer.from(manifestText(data))))
    throw new Refusal('form', 'its manifest is not in the one form that a manifest has');
  return data;
}
