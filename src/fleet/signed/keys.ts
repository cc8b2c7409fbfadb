/**
 * The two halves of the fleet's key. The private one lies with the trainer (`--sign key.pem`), never at the hub; sensors pin the
 * public one (`--hub-trust`, 43 characters: base64url of its 32 bytes). Two may be pinned while one takes the other's place.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { AnomalyError, systemCode } from '../../base/errors.js';
import { writeError } from '../../base/files.js';
import { createPrivate } from '../../base/new-file.js';
import { printable } from '../../base/text.js';
import { readOwnText } from './own-text.js';

/** bytes: such a key has 119, and people write remarks above it */
const LONGEST_PEM = 4 << 10;
const TEXT = /^[A-Za-z0-9_-]{43}$/;
const KEY_BYTES = 32;

export interface TrustedKey {
  /** 43 characters */
  readonly text: string;
  readonly key: KeyObject;
}

export interface SigningKey {
  readonly key: KeyObject;
  /** what sensors pin of it, 43 characters */
  readonly publicText: string;
  /** it was not there before */
  readonly made: boolean;
}

/**
 * The private key of `--sign`; one is made (0600) where there is no file.
 * @throws AnomalyError NO_PERMISSION: others may read it, or it is not ours; BAD_DATA: no such key; CANNOT_CREATE, WRITE_FAILED
 */
export async function signingKey(path: string): Promise<SigningKey> {
  const pem = readOwnText(path, LONGEST_PEM, true);
  const key = pem === undefined ? await makeKey(path) : readKey(pem, printable(path));
  return { key, publicText: publicText(key), made: pem === undefined };
}

function readKey(pem: string, name: string): KeyObject {
  const bad = (what: string) => new AnomalyError('BAD_DATA', `${name}: ${what}; name another, or one to be made`);
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----/.test(pem)) throw bad('is encrypted, and nobody is asked for passwords');
  if (!/-----BEGIN PRIVATE KEY-----/.test(pem)) throw bad('holds no private key (PEM, PKCS#8)');
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: 'pem' });
  } catch {
    // what OpenSSL says may quote the key
    throw bad('its private key is damaged');
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw bad(`holds a key of ${printable(String(key.asymmetricKeyType))}, not of Ed25519`);
  return key;
}

async function makeKey(path: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const handle = await createPrivate(path).catch((error: AnomalyError) => {
    if (systemCode(error.cause) !== 'EEXIST') throw error;
    throw new AnomalyError('CANNOT_CREATE', `${printable(path)}: somebody else makes it just now; run this again`);
  });
  try {
    await handle.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await handle.sync();
  } catch (cause) {
    await rm(path, { force: true });
    throw writeError(path, cause);
  } finally {
    await handle.close();
  }
  return privateKey;
}

/** @param key private or public, Ed25519 */
export function publicText(key: KeyObject): string {
  const half = key.type === 'private' ? createPublicKey(key) : key;
  return String(half.export({ format: 'jwk' }).x);
}

/**
 * The keys of `--hub-trust`.
 * @throws AnomalyError USAGE for what is none. It is not repeated: what was pasted there may be a secret.
 */
export function trustedKeys(texts: readonly string[]): TrustedKey[] {
  return texts.map((text, i) => {
    const bad = (what: string) => {
      const which = texts.length === 1 ? '' : ` (number ${i + 1})`;
      return new AnomalyError('USAGE', `--hub-trust${which}: ${what}; train --sign says the right one`);
    };
    if (!TEXT.test(text)) throw bad('a public key is 43 characters of A-Z, a-z, 0-9, - and _');
    const raw = Buffer.from(text, 'base64url');
    // two of its 258 bits are none of the key
    if (raw.length !== KEY_BYTES || raw.toString('base64url') !== text)
      throw bad('is no public key, or mistyped at its end');
    if (isSmall(raw)) throw bad('by this key everybody could sign');
    return { text, key: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' }) };
  });
}

/** Of the field below Ed25519 (RFC 8032, 5.1). */
const P = 2n ** 255n - 19n;

/**
 * Whether a key is one of the curve's few points whose eightfold is nothing. All zeros is one of them, so a place-holder may be.
 * Of such a one OpenSSL finds signatures right that were made without any key: one of four to eight that are guessed.
 * Order 4: y = 0. Orders 1 and 2: y = 1, -1. Order 8: twice the point has y = 0, so x^2 = -y^2, which the curve's equation
 * -x^2 + y^2 = 1 + d x^2 y^2 with d = -121665/121666 makes 121665 y^4 - 2 * 121666 y^2 + 121666 = 0.
 */
function isSmall(raw: Buffer): boolean {
  // the highest bit is the sign of x
  const y = BigInt(`0x${Buffer.from(raw).reverse().toString('hex')}`) % 2n ** 255n;
  const y2 = (y * y) % P;
  return y2 === 0n || y2 === 1n || (121665n * y2 * y2 - 2n * 121666n * y2 + 121666n) % P === 0n;
}
