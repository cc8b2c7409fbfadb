/**
 * What proves to the hub who we are (`--hub-key`), and by which authority the hub proves itself (`--hub-ca`). A key that others
 * can read is refused instead of used: it would be theirs as well.
 */
import { X509Certificate } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isOurs } from '../../base/aside.js';
import { AnomalyError } from '../../base/errors.js';
import { readError } from '../../base/files.js';
import { readSecret } from '../../base/secret-file.js';
import { shellWord } from '../../base/shell.js';
import { printable } from '../../base/text.js';

const { O_NONBLOCK = 0, O_RDONLY } = constants;
const NOT_OWNER = 0o077;
/** bytes: credentials are 1 KB, with a long list of rights a few more */
const LONGEST_KEY = 64 << 10;
/** bytes: the authorities of a whole system (ca-certificates.crt) are 220 KB */
const LONGEST_CA = 1 << 20;
/** a user's seed: two bytes of kind, 32 of seed, two of check sum, in base32 */
const SEED = /^\s*(SU[A-Z2-7]{56})\s*$/m;
const CREDENTIALS = /-{3,}BEGIN NATS USER JWT-{3,}[\s\S]+-{3,}BEGIN USER NKEY SEED-{3,}/;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

export interface HubKey {
  readonly kind: 'seed' | 'credentials';
  readonly text: string;
}

/** @throws AnomalyError NO_PERMISSION: others can read it; USAGE: it is no key; NO_INPUT */
export function readHubKey(path: string, env: NodeJS.ProcessEnv = process.env): HubKey {
  const name = printable(path);
  // the service manager hands credentials over in a folder that only the service can enter, some with a group's rights
  if (env.CREDENTIALS_DIRECTORY === undefined || dirname(resolve(path)) !== resolve(env.CREDENTIALS_DIRECTORY))
    refuseExposed(path);
  const text = readSecret(path, '--hub-key', LONGEST_KEY, false);
  if (CREDENTIALS.test(text)) return { kind: 'credentials', text };
  const seed = SEED.exec(text)?.[1];
  if (seed !== undefined) return { kind: 'seed', text: seed };
  throw new AnomalyError(
    'USAGE',
    `--hub-key: ${name} holds neither the seed of a user (a line that begins with SU) nor credentials (.creds)`,
  );
}

function refuseExposed(path: string): void {
  const [name, word] = [printable(path), shellWord(printable(path))];
  let stats: Stats;
  try {
    const fd = openSync(path, O_RDONLY | O_NONBLOCK);
    try {
      stats = fstatSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw readError(path, cause);
  }
  // root is the owner of `/`, who has another number in some containers
  if (!isOurs(stats) && stats.uid !== 0 && stats.uid !== lstatSync('/').uid)
    throw new AnomalyError(
      'NO_PERMISSION',
      `--hub-key: ${name} belongs to uid ${stats.uid}; chown it, or name another`,
    );
  if (stats.isFile() && (stats.mode & NOT_OWNER) !== 0)
    throw new AnomalyError('NO_PERMISSION', `--hub-key: others can read or write ${name}; chmod 600 ${word}`);
}

/** @returns certificates in PEM @throws AnomalyError USAGE: there is none in it; NO_INPUT, NO_PERMISSION */
export function readHubCa(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw readError(path, cause);
  }
  const certificates = text.length > LONGEST_CA ? [] : (text.match(CERTIFICATE) ?? []);
  try {
    for (const each of certificates) new X509Certificate(each);
  } catch {
    throw new AnomalyError('USAGE', `--hub-ca: a certificate in ${printable(path)} is damaged; name another file`);
  }
  if (certificates.length === 0)
    throw new AnomalyError('USAGE', `--hub-ca: ${printable(path)} holds no certificate in PEM; name another file`);
  return certificates.join('\n');
}
