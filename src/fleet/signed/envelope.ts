/**
 * The envelope of a signed bundle or policy:
 *
 *     u32, little-endian: bytes of the manifest | manifest, JSON | Ed25519 signature, 64 bytes | files in the manifest's order
 *
 * Signed is `anomaly fleet 1\n` and the manifest, which has the files' digests. So every byte counts: a changed length is another
 * manifest, and there is nothing between or after the files. The manifest is not parsed before its signature was found right.
 */
import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import { AnomalyError } from '../../base/errors.js';
import type { TrustedKey } from './keys.js';
import {
  type Manifest,
  type ManifestOf,
  MOST_MANIFEST_BYTES,
  MOST_SIGNED_BYTES,
  manifestText,
  parseManifest,
  SIGNED_FILES,
  type SignedFiles,
  type What,
} from './manifest.js';
import { Refusal } from './refusal.js';

/** so that what is signed here is nothing anywhere else */
const CONTEXT = Buffer.from('anomaly fleet 1\n');
const LENGTH_BYTES = 4;
const SIGNATURE_BYTES = 64;

/** What a signer says of it; the rest follows from the files. */
export type Facts<W extends What> = Omit<ManifestOf<W>, 'format' | 'version' | 'files'> & { readonly what: W };

export interface Unpacked {
  readonly manifest: Manifest;
  /** all of the manifest's, their digests right; copies */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** SHA-256 of the manifest, hex: the same for the same content, whichever key signed it */
  readonly sha256: string;
  /** text of the pinned key that signed it */
  readonly key: string;
}

/**
 * The same facts, files and key give the same bytes.
 * @param facts as `parseManifest` takes them
 * @param key private, Ed25519
 * @throws AnomalyError BAD_DATA: more bytes than an envelope may have, or an empty file
 */
export function pack<W extends What>(facts: Facts<W>, files: SignedFiles<W>, key: KeyObject): Buffer {
  const parts = SIGNED_FILES[facts.what as W].map((name) => ({ name, content: files[name] }));
  const empty = parts.find(({ content }) => content.length === 0);
  if (empty) throw new AnomalyError('BAD_DATA', `${empty.name} of a ${facts.what} is empty`);
  const listed = parts.map(({ name, content }) => ({ name, bytes: content.length, sha256: sha256(content) }));
  const total = listed.reduce((sum, { bytes }) => sum + bytes, 0);
  const content = { format: 'anomaly fleet', version: 1, ...facts, files: listed } as unknown as Manifest;
  const text = Buffer.from(manifestText(content));
  const bytes = LENGTH_BYTES + text.length + SIGNATURE_BYTES + total;
  if (bytes > MOST_SIGNED_BYTES) {
    const remedy = facts.what === 'bundle' ? 'train a smaller net (--layers)' : 'shorten the allow-list';
    throw new AnomalyError('BAD_DATA', `the ${facts.what} has ${kib(bytes)}, more than ${MOST}; ${remedy}`);
  }
  // nobody would take another one
  parseManifest(text);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, sign(null, signed(text), key), ...parts.map((part) => part.content)]);
}

/**
 * Opens an envelope of anybody's making.
 * @throws Refusal
 */
export function unpack(given: Uint8Array, trust: readonly TrustedKey[]): Unpacked {
  if (given.length > MOST_SIGNED_BYTES) throw new Refusal('limit', `has ${kib(given.length)}, more than ${MOST}`);
  // whose memory it is may write to it while it is read
  const bytes = Buffer.from(given);
  if (bytes.length < LENGTH_BYTES) throw new Refusal('form', 'is cut, or nothing that was signed');
  const length = bytes.readUInt32LE();
  if (length > MOST_MANIFEST_BYTES) throw new Refusal('limit', `its manifest would have ${kib(length)}`);
  const [signature, files] = [LENGTH_BYTES + length, LENGTH_BYTES + length + SIGNATURE_BYTES];
  if (bytes.length < files) throw new Refusal('form', 'is cut, or nothing that was signed');
  const text = bytes.subarray(LENGTH_BYTES, signature);
  const message = signed(text);
  const signer = trust.find(({ key }) => verify(null, message, key, bytes.subarray(signature, files)));
  if (!signer) {
    const keys = trust.length === 1 ? 'the pinned key' : `any of the ${trust.length} pinned keys`;
    throw new Refusal('signature', trust.length === 0 ? 'no key is pinned' : `is not signed by ${keys}, or damaged`);
  }
  const manifest = parseManifest(text);
  return {
    manifest,
    files: filesIn(manifest, bytes.subarray(files)),
    sha256: sha256(text),
    key: signer.text,
  };
}

/**
 * Cuts what follows the signature into the manifest's files.
 * @throws Refusal unless each is there as it was signed, and nothing else
 */
export function filesIn(manifest: Manifest, rest: Uint8Array): Record<string, Uint8Array> {
  const listed: readonly Manifest['files'][number][] = manifest.files;
  const total = listed.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total !== rest.length)
    throw new Refusal('form', `has ${rest.length} bytes of files, and ${total} were signed: cut, or added to`);
  let at = 0;
  return Object.fromEntries(
    listed.map(({ name, bytes, sha256: wanted }) => {
      const content = rest.subarray(at, at + bytes);
      at += bytes;
      if (sha256(content) !== wanted) throw new Refusal('digest', `its ${name} is not the one that was signed`);
      return [name, content];
    }),
  );
}

const signed = (manifest: Uint8Array): Buffer => Buffer.concat([CONTEXT, manifest]);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const kib = (bytes: number): string => `${Math.ceil(bytes / 1024)} KiB`;
const MOST = kib(MOST_SIGNED_BYTES);
