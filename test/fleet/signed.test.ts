import { createHash, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accept, type Outcome, type Terms } from '../../src/fleet/signed/accept.js';
import { type Facts, filesIn, pack, unpack } from '../../src/fleet/signed/envelope.js';
import { trustedKeys } from '../../src/fleet/signed/keys.js';
import { MOST_SIGNED_BYTES, type SignedFiles } from '../../src/fleet/signed/manifest.js';
import { Refusal } from '../../src/fleet/signed/refusal.js';
import { Serials } from '../../src/fleet/signed/serials.js';
import { bundleFacts, DAY, NOW, newKey, policyFacts, sensor, smallFiles, trainedFiles, why } from './support/signed.js';

const trainer = newKey();
const successor = newKey();
const stranger = newKey();
let folder: string;
let files: SignedFiles<'bundle'>;
let large: Buffer;
const small = pack(bundleFacts, smallFiles, trainer.key);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-signed-'));
  files = await trainedFiles();
  large = pack(bundleFacts, files, trainer.key);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** Where the files begin. */
const headOf = (bytes: Buffer): number => 4 + bytes.readUInt32LE() + 64;

/** An envelope around any text, rightly signed: written a second time, by the contract. */
function envelope(text: string | Buffer, content: Uint8Array, key: KeyObject = trainer.key): Buffer {
  const manifest = Buffer.from(text);
  const length = Buffer.from(Uint32Array.of(manifest.length).buffer);
  const signature = sign(null, Buffer.concat([Buffer.from('anomaly fleet 1\n'), manifest]), key);
  return Buffer.concat([length, manifest, signature, content]);
}

const content = Buffer.concat(Object.values(smallFiles));
const manifest = {
  format: 'anomaly fleet',
  version: 1,
  what: 'bundle',
  channel: 'default',
  serial: 12,
  created: bundleFacts.created,
  expires: bundleFacts.expires,
  kind: 'packet',
  schemaHash: bundleFacts.schemaHash,
  minVersion: '0.1.0',
  files: Object.entries(smallFiles).map(([name, bytes]) => ({ name, bytes: bytes.length, sha256: sha256(bytes) })),
  sites: 3,
  rows: 120_000,
};
const first = manifest.files[0]!;

function offered(bytes: Uint8Array, change: Partial<Terms<'bundle'>> = {}): Outcome<'bundle'> {
  const outcome = accept(bytes, sensor('bundle', [trainer.text], change));
  if (outcome.is === 'refused') expect(outcome.text).toMatch(/^[ -~]{10,400}$/);
  return outcome;
}
const published = (facts: Partial<Facts<'bundle'>>, key = trainer.key) =>
  pack({ ...bundleFacts, ...facts }, smallFiles, key);
const changed = (change: object): string => why(offered(envelope(JSON.stringify({ ...manifest, ...change }), content)));

describe('the envelope', () => {
  it('has the bytes of the contract, and the same ones each time', () => {
    expect(small.equals(envelope(JSON.stringify(manifest), content))).toBe(true);
    expect(pack(bundleFacts, smallFiles, trainer.key).equals(small)).toBe(true);
    expect(large.length).toBeGreaterThan(90 << 10);
    expect(large.length).toBeLessThan(200 << 10);
  });

  it('gives back what was packed, in memory of its own', () => {
    const given = Buffer.from(large);
    const outcome = offered(given);
    given.fill(0);
    if (outcome.is !== 'accepted') throw new Error(why(outcome));
    for (const [name, bytes] of Object.entries(files))
      expect(Buffer.compare(outcome.files[name as keyof typeof files], bytes)).toBe(0);
    expect(outcome.manifest).toMatchObject(bundleFacts);
    expect(outcome.key).toBe(trainer.text);
    expect(outcome.taken).toEqual({ serial: 12, sha256: sha256(large.subarray(4, 4 + large.readUInt32LE())) });
  });

  it('is refused with any byte of a real bundle flipped, and nothing is remembered of it', async () => {
    const path = join(folder, 'flipped.serials');
    const serials = new Serials(path);
    await serials.raise('bundle', 'default', { serial: 11, sha256: sha256('11') });
    const before = readFileSync(path);
    const terms = sensor('bundle', [trainer.text, successor.text], { highest: serials.highest('bundle', 'default') });
    const bytes = Buffer.from(large);
    const head = headOf(bytes);
    const taken: string[] = [];
    const flip = (at: number, bit: number, refuses: () => boolean) => {
      bytes[at]! ^= 1 << bit;
      if (!refuses()) taken.push(`byte ${at}, bit ${bit}`);
      bytes[at]! ^= 1 << bit;
    };
    const refused = () => accept(bytes, terms).is === 'refused';
    // length, manifest, signature: every bit
    for (let at = 0; at < head; at++) for (let bit = 0; bit < 8; bit++) flip(at, bit, refused);
    // files: the signature is the same each time and is looked at for some only: it takes most of the time
    const { manifest: read } = unpack(bytes, terms.trust);
    const rest = bytes.subarray(head);
    const cut = () => {
      try {
        filesIn(read, rest);
        return false;
      } catch (error) {
        return error instanceof Refusal && error.why === 'digest';
      }
    };
    for (let at = head; at < bytes.length; at++) flip(at, (at * 5) & 7, at % 31 === 0 ? refused : cut);
    expect(taken).toEqual([]);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(why(accept(bytes, terms))).toBe('accepted');
  });

  it('is refused at every length that it is cut to, and with anything behind it', () => {
    for (let length = 0; length < small.length; length++)
      expect(offered(small.subarray(0, length)).is, `cut to ${length}`).toBe('refused');
    for (const more of [Buffer.from([0]), Buffer.from('\n'), small, Buffer.alloc(1000)])
      expect(why(offered(Buffer.concat([small, more])))).toBe('form');
    expect(why(offered(Buffer.concat([Buffer.from([0]), small])))).not.toBe('accepted');
  });

  it('is refused with any bit of a small one flipped, and with two of its bytes exchanged', () => {
    const bytes = Buffer.from(small);
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        bytes[at]! ^= 1 << bit;
        if (offered(bytes).is !== 'refused') throw new Error(`byte ${at}, bit ${bit}`);
        bytes[at]! ^= 1 << bit;
      }
      const next = bytes[at + 1];
      if (next === undefined || next === bytes[at]) continue;
      [bytes[at], bytes[at + 1]] = [next, bytes[at]!];
      if (offered(bytes).is !== 'refused') throw new Error(`bytes ${at} and ${at + 1}`);
      [bytes[at], bytes[at + 1]] = [bytes[at + 1]!, next];
    }
    expect(why(offered(bytes))).toBe('accepted');
  });

  it('does not parse what nobody pinned has signed', () => {
    for (const text of ['', 'no JSON', '['.repeat(60_000), JSON.stringify(manifest)])
      expect(why(offered(envelope(text, content, stranger.key)))).toBe('signature');
    // signed for something else by the same key
    const text = Buffer.from(JSON.stringify(manifest));
    const other = Buffer.concat([small.subarray(0, 4), text, sign(null, text, trainer.key), content]);
    expect(why(offered(other))).toBe('signature');
    expect(why(accept(small, sensor('bundle', [])))).toBe('signature');
  });

  it('keeps all limits, for who signs and for who reads', () => {
    expect(why(offered(Buffer.alloc(MOST_SIGNED_BYTES + 1)))).toBe('limit');
    expect(why(offered(envelope(' '.repeat((64 << 10) + 1), content)))).toBe('limit');
    const room = MOST_SIGNED_BYTES - small.length;
    const grown = (more: number) => ({ ...smallFiles, 'weights.bin': Buffer.alloc(4 + more) });
    // its length has more digits
    const fits = pack(bundleFacts, grown(room - 5), trainer.key);
    expect(fits.length).toBe(MOST_SIGNED_BYTES);
    expect(why(offered(fits))).toBe('accepted');
    expect(() => pack(bundleFacts, grown(room - 4), trainer.key)).toThrow(/more than 900 KiB; train a smaller net/);
    expect(() => pack(bundleFacts, { ...smallFiles, 'fleet.json': Buffer.alloc(0) }, trainer.key)).toThrow(/is empty/);
  });
});

describe('a manifest that the right key has signed', () => {
  it('is taken as it is', () => expect(changed({})).toBe('accepted'));

  it('has the three files of a bundle, once, in their order, and no others', () => {
    const [net, weights, fleet] = manifest.files;
    const extra = { name: 'extra.js', bytes: 1, sha256: sha256('x') };
    const lists = [[], [net, weights], [weights, net, fleet], [net, net, fleet], [net, weights, fleet, fleet]];
    for (const list of [...lists, [net, weights, fleet, extra], [extra, net, weights, fleet], { 0: net }, null])
      expect(changed({ files: list }), JSON.stringify(list)).toBe('form');
    const whole = { ...manifest, files: [net, weights, fleet, extra] };
    expect(why(offered(envelope(JSON.stringify(whole), Buffer.concat([content, Buffer.from('x')]))))).toBe('form');
  });

  it('names no other place', () => {
    const tricks = ['../model.json', './model.json', '/etc/passwd', 'model.json\0', 'model.json/', 'MODEL.JSON', '..'];
    for (const name of [
      ...tricks,
      'a/../model.json',
      'model.json ',
      'bundle.json',
      '',
      '\u202emodel.json',
      '__proto__',
      7,
    ])
      expect(changed({ files: [{ ...first, name }, ...manifest.files.slice(1)] }), String(name)).toBe('form');
  });

  it('says the length and the digest of each file as it is', () => {
    const withFirst = (change: object) => changed({ files: [{ ...first, ...change }, ...manifest.files.slice(1)] });
    for (const bytes of [first.bytes - 1, first.bytes + 1, MOST_SIGNED_BYTES, 0, -1, 1.5, '9', 2 ** 53, null])
      expect(withFirst({ bytes }), String(bytes)).toBe('form');
    expect(withFirst({ sha256: sha256('another') })).toBe('digest');
    for (const digest of ['', first.sha256.toUpperCase(), `${first.sha256}0`, `${first.sha256}\n`, null])
      expect(withFirst({ sha256: digest })).toBe('form');
    expect(withFirst({ mode: 0o755 })).toBe('form');
    // the sum is right, where one ends and the next begins is not
    const [net, weights, fleet] = manifest.files as [typeof first, typeof first, typeof first];
    const moved = [{ ...net, bytes: net.bytes + 1 }, { ...weights, bytes: weights.bytes - 1 }, fleet];
    expect(changed({ files: moved })).toBe('digest');
  });

  it('has every value in its bounds', () => {
    const wrong: Record<string, unknown[]> = {
      format: ['anomaly bundle', null],
      version: [0, '1', null],
      what: ['model', 'toString', null],
      channel: ['', 'Default', 'a.b', 'a/b', '*', '>', 'a'.repeat(64), 'default\n', null],
      serial: [0, -1, 1.5, 2 ** 53, '12', null],
      created: [-1, 1.5, 8.64e15 + 1, new Date(NOW).toISOString(), null],
      expires: [manifest.created, manifest.created - 1, 8.64e15 + 1, null],
      kind: ['flow', null],
      schemaHash: ['', null],
      minVersion: ['', '1', '0.1', 'v0.1.0', '0.1.0-rc.1', '0.1.0\n', '99999999.0.0', 1, null],
      sites: [0, -1, 1.5, null],
      rows: [0, -1, 1.5, null],
    };
    for (const [name, values] of Object.entries(wrong))
      for (const value of [...values, undefined, [], {}])
        expect(changed({ [name]: value }), `${name}: ${JSON.stringify(value)}`).toBe('form');
  });

  it('has one text: no other keys, order, blanks or spellings, no key twice, none of the prototype, nothing deep', () => {
    const text = JSON.stringify(manifest);
    const refused = (other: string | Buffer) => {
      expect(Buffer.from(other).equals(Buffer.from(text)), 'is another text').toBe(false);
      expect(why(offered(envelope(other, content))), other.toString().slice(0, 80)).toBe('form');
    };
    refused(`${text}\n`);
    refused(` ${text}`);
    refused(`\ufeff${text}`);
    refused(text.replace('"serial":12', '"serial": 12'));
    refused(text.replace('"serial":12', '"serial":12.0'));
    refused(text.replace('"serial":12', '"serial":1.2e1'));
    refused(text.replace('"serial":12', '"serial":11,"serial":12'));
    refused(text.replace('"channel":"default"', '"channel":"other","channel":"default"'));
    refused(text.replace('"default"', '"d\\u0065fault"'));
    refused(text.replace('{', '{"__proto__":{"polluted":1},'));
    refused(text.replace('{', '{"constructor":{"prototype":{"polluted":1}},'));
    refused(text.replace('"bytes":9', '"bytes":9,"__proto__":null'));
    refused(text.replace('{', '{"more":1,'));
    const { what, ...others } = manifest;
    refused(JSON.stringify({ what, ...others }));
    refused('['.repeat(64 << 10));
    refused(text.replace('12', `${'['.repeat(20_000)}${']'.repeat(20_000)}`));
    refused(Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff]), Buffer.from('}')]));
    for (const other of ['', 'null', '[]', '12', '"bundle"', '{}', '{"version":1}', `${text}${text}`]) refused(other);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('of a later form asks for a newer program, whatever else it has', () => {
    expect(changed({ version: 2, more: [] })).toBe('version');
    expect(offered(envelope('{"version":3}', content))).toMatchObject({ text: expect.stringContaining('form 3') });
  });
});

describe('what a sensor takes', () => {
  const highest = { serial: 12, sha256: sha256(small.subarray(4, 4 + small.readUInt32LE())) };

  it('is of a pinned key: another cannot sign, two may while one takes the place of the other', () => {
    const [old, next] = [published({}), published({ serial: 13 }, successor.key)];
    const pinning = (...trust: string[]) => [old, next].map((bytes) => why(accept(bytes, sensor('bundle', trust))));
    expect(pinning(trainer.text)).toEqual(['accepted', 'signature']);
    expect(pinning(trainer.text, successor.text)).toEqual(['accepted', 'accepted']);
    expect(pinning(successor.text, trainer.text)).toEqual(['accepted', 'accepted']);
    expect(pinning(successor.text)).toEqual(['signature', 'accepted']);
    expect(pinning(stranger.text)).toEqual(['signature', 'signature']);
    const both = sensor('bundle', [trainer.text, successor.text]);
    expect(accept(next, both)).toMatchObject({ key: successor.text });
  });

  it('is known again when the other key signs the same content', () => {
    const again = accept(published({}, successor.key), sensor('bundle', [successor.text], { highest }));
    expect(why(again)).toBe('known');
  });

  it('has a serial above the highest ever taken; going back is the older content under a higher one', () => {
    expect(why(offered(small, { highest }))).toBe('known');
    expect(why(offered(published({ serial: 11 }), { highest }))).toBe('serial');
    expect(why(offered(published({ serial: 13 }), { highest }))).toBe('accepted');
    expect(why(offered(published({ serial: Number.MAX_SAFE_INTEGER }), { highest }))).toBe('accepted');
    const other = offered(published({ rows: 5 }), { highest });
    expect(other).toMatchObject({ why: 'serial', text: expect.stringContaining('under a higher one') });
  });

  it('gives the files of what is known, so that what was kept can be read again', () => {
    const outcome = offered(small, { highest });
    if (outcome.is !== 'known') throw new Error(why(outcome));
    expect(Buffer.compare(outcome.files['weights.bin'], smallFiles['weights.bin'])).toBe(0);
  });

  it('is in force: not expired, and not of a clock that is a day ahead', () => {
    const at = (nowMs: number) => why(offered(small, { nowMs }));
    expect(at(bundleFacts.expires - 1)).toBe('accepted');
    expect(at(bundleFacts.expires)).toBe('expired');
    expect(at(bundleFacts.created - DAY)).toBe('accepted');
    expect(at(bundleFacts.created - DAY - 1)).toBe('early');
    expect(at(0)).toBe('early');
    // what is known expires, too
    expect(why(offered(small, { highest, nowMs: bundleFacts.expires }))).toBe('expired');
    const ever = published({ created: 0, expires: 8.64e15 });
    expect(why(offered(ever))).toBe('accepted');
    expect(why(offered(published({ created: 8.64e15 - 1, expires: 8.64e15 })))).toBe('early');
  });

  it('is of its channel, its kind of records and its features', () => {
    expect(why(offered(small, { channel: 'canary' }))).toBe('channel');
    expect(why(offered(published({ channel: 'canary' })))).toBe('channel');
    expect(why(offered(small, { kind: 'connection' }))).toBe('kind');
    expect(why(offered(small, { schemaHash: sha256('other') }))).toBe('schema');
  });

  it('asks for no newer program than it is', () => {
    const needs = (minVersion: string, version: string) => why(offered(published({ minVersion }), { version }));
    for (const [least, own] of [
      ['0.1.0', '0.1.0'],
      ['0.9.0', '0.10.0'],
      ['0.9.9', '1.0.0'],
      ['0.2.0', '0.2.0-rc.1'],
    ] as const)
      expect(needs(least, own), `${least} ${own}`).toBe('accepted');
    for (const [least, own] of [
      ['0.1.1', '0.1.0'],
      ['0.10.0', '0.9.5'],
      ['1.0.0', '0.99.99'],
      ['0.1.0', ''],
      ['0.1.0', '0.x'],
    ] as const)
      expect(needs(least, own), `${least} ${own}`).toBe('version');
  });

  it('is what was asked for: a policy is no bundle, and for both kinds of records', () => {
    const policy = pack(policyFacts, { 'policy.json': Buffer.from('{}') }, trainer.key);
    expect(why(offered(policy))).toBe('what');
    expect(why(accept(small, sensor('policy', [trainer.text])))).toBe('what');
    for (const kind of ['packet', 'connection'] as const)
      expect(why(accept(policy, sensor('policy', [trainer.text], { kind, schemaHash: sha256(kind) })))).toBe(
        'accepted',
      );
    const asBundle = { ...manifest, ...policyFacts, files: manifest.files };
    expect(why(offered(envelope(JSON.stringify(asBundle), content)))).toBe('form');
  });

  it('never throws for a pinned key that is no point of the curve', () => {
    const outcomes = Array.from({ length: 40 }, (_, k) => {
      const text = Buffer.from(sha256(`key ${k}`), 'hex').toString('base64url');
      return why(accept(small, { ...sensor('bundle', []), trust: trustedKeys([text]) }));
    });
    expect(new Set(outcomes)).toEqual(new Set(['signature']));
  });
});
