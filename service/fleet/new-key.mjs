#!/usr/bin/env node
/**
 * Makes a key for a sensor, a sink or a person of a hub:
 *
 *   node new-key.mjs sensor web-1 /etc/anomaly-hub/users.conf
 *
 * writes the private half into web-1.nk (0600) in the current folder, and the public one, with the rights of its role (rights.json),
 * into users.conf, which is made where it is missing. Without the last word the entry is printed. It needs Node alone: NATS's own
 * tools, which Debian does not have, make the same keys.
 */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** first bytes of NATS's keys, so that they begin with U and with SU */
const USER = 20 << 3;
const SEED = 18 << 3;

/** RFC 4648, without padding */
function base32(bytes) {
  let [text, bits, held] = ['', 0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31];
    held &= 31;
  }
  return bits > 0 ? text + ALPHABET[(held << (5 - bits)) & 31] : text;
}

/** CRC-16 of XMODEM */
function crc16(bytes) {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let k = 0; k < 8; k++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc;
}

function encode(...parts) {
  const bytes = Buffer.concat(parts);
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE(crc16(bytes));
  return base32(Buffer.concat([bytes, sum]));
}

function newKey() {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return {
    publicKey: encode(Buffer.from([USER]), Buffer.from(x, 'base64url')),
    seed: encode(Buffer.from([SEED | (USER >> 5), (USER & 31) << 3]), Buffer.from(d, 'base64url')),
  };
}

function fail(line) {
  process.stderr.write(`new-key: ${line}\n`);
  process.exit(2);
}

const [role = '', name = '', users] = process.argv.slice(2);
const rights = JSON.parse(readFileSync(new URL('rights.json', import.meta.url), 'utf8'));
if (!Object.hasOwn(rights, role) || process.argv.length > 5)
  fail(`as in: node new-key.mjs sensor NAME [users.conf]; roles: ${Object.keys(rights).join(', ')}`);
if (!/^[a-z0-9-]{1,63}$/.test(name)) fail('the name is of a-z, 0-9 and -, at most 63 of them');

const allow = (subjects) => ({ allow: subjects.map((subject) => subject.replaceAll('{{name()}}', name)) });
const { publish, subscribe } = rights[role];
const { publicKey, seed } = newKey();
const permissions = { publish: allow(publish), subscribe: allow(subscribe) };
const entry = `  # ${role} ${name}\n  ${JSON.stringify({ nkey: publicKey, permissions })}\n`;

const file = `${name}.nk`;
if (existsSync(file)) fail(`${file} exists already; move it away, or name another`);
if (users === undefined) {
  writeFileSync(file, `${seed}\n`, { mode: 0o600, flag: 'wx' });
  process.stdout.write(entry);
} else {
  const before = existsSync(users) ? readFileSync(users, 'utf8') : 'users = [\n]\n';
  const end = before.lastIndexOf(']');
  if (!/^\]\s*$/.test(before.slice(end))) fail(`${users} does not end with the ] of its list; mend it first`);
  const aside = `${users}.new`;
  rmSync(aside, { force: true });
  // public halves alone: the server may read it, whoever made it
  writeFileSync(aside, `${before.slice(0, end)}${entry}${before.slice(end)}`, { mode: 0o644, flag: 'wx' });
  writeFileSync(file, `${seed}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(aside, users);
  process.stdout.write(`${file} is for ${name}; ${publicKey} is in ${users}: systemctl reload nats-server\n`);
}
