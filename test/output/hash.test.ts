import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { communityId } from '../../src/detect/incidents/community-id.js';
import { sha1, sha256Base64 } from '../../src/output/hash.js';

const PUBLISHED: { proto: number; saddr: string; daddr: string; sport: number; dport: number; id: string }[] =
  JSON.parse(readFileSync(new URL('../fixtures/report/community-id.json', import.meta.url), 'utf8')).vectors;

function addressBytes(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.'), Number);
  const [left = '', right = ''] = text.split('::');
  const words = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const fill = 8 - words(left).length - words(right).length;
  const all = [...words(left), ...new Array(text.includes('::') ? fill : 0).fill('0'), ...words(right)];
  return Uint8Array.from(all.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255]));
}

describe('digests', () => {
  it('give the published Community IDs', () => {
    expect(PUBLISHED.length).toBeGreaterThan(8);
    for (const { proto, saddr, daddr, sport, dport, id } of PUBLISHED) {
      const a = { address: addressBytes(saddr), port: sport };
      const b = { address: addressBytes(daddr), port: dport };
      expect(communityId(sha1, proto, a, b), `${saddr} ${daddr}`).toBe(id);
      expect(communityId(sha1, proto, b, a), `${daddr} ${saddr}`).toBe(id);
    }
  });

  it('are those of the standards', () => {
    expect(Buffer.from(sha1(new TextEncoder().encode('abc'))).toString('hex')).toBe(
      'a9993e364706816aba3e25717850c26c9cd0d89d',
    );
    expect(sha256Base64('abc')).toBe('ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=');
  });
});
