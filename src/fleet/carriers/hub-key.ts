/**
 * What proves to the hub who we are (`--hub-key`), and by which authority the hub proves itself (`--hub-ca`). A key that others
 * can read is refused instead of used: it would be theirs as well.
 */
import { X509Certificate } from 'node:crypto';
import { constants, lstatSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isOurs } from '../../base/aside.js';
import { AnomalyError } from '../../base/errors.js';
import { readError } from '../../base/files.js';
import { openToRead } from '../../base/opened-first.js';
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
export async function readHubKey(path: string, env: NodeJS.ProcessEnv = process.env): Promise<HubKey> {
  const name = printable(path);
  const { text, stats } = await read(path, LONGEST_KEY);
  // the service manager hands credentials over in a folder that only the service can enter, some with a group's rights
  if (env.CREDENTIALS_DIRECTORY === undefined || dirname(resolve(path)) !== resolve(env.CREDENTIALS_DIRECTORY))
    refuseExposed(path, stats);
  if (CREDENTIALS.test(text)) return { kind: 'credentials', text };
  const seed = SEED.exec(text)?.[1];
  if (seed !== undefined) return { kind: 'seed', text: seed };
  throw new AnomalyError(
    'USAGE',
    `--hub-key: ${name} holds neither the seed of a user (a line that begins with SU) nor credentials (.creds)`,
  );
}

/** What root opened before it gave its rights up is read so, too. @returns no text of what is longer than that */
async function read(path: string, longest: number): Promise<{ text: string; stats: Stats }> {
  try {
    // a pipe that nobody writes to would stop everything
    const handle = await openToRead(path, O_RDONLY | O_NONBLOCK);
    try {
      const stats = await handle.stat();
      const bytes = stats.size > longest ? Buffer.alloc(0) : await handle.readFile();
      return { text: bytes.length > longest ? '' : bytes.toString('utf8'), stats };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw readError(path, cause);
  }
}

function refuseExposed(path: string, stats: Stats): void {
  const [name, word] = [printable(path), shellWord(printable(path))];
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
export async function readHubCa(path: string): Promise<string> {
  const { text } = await read(path, LONGEST_CA);
  const certificates = text.match(CERTIFICATE) ?? [];
  try {
    for (const each of certificates) new X509Certificate(each);
  } catch {
    throw new AnomalyError('USAGE', `--hub-ca: a certificate in ${printable(path)} is damaged; name another file`);
  }
  if (certificates.length === 0)
    throw new AnomalyError('USAGE', `--hub-ca: ${printable(path)} holds no certificate in PEM; name another file`);
  return certificates.join('\n');
}
