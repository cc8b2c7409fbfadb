/** Questions and answers of DNS. */

import { Bytes, noise } from './bytes.js';

function dnsName(name: string): Uint8Array {
  const bytes = new Bytes();
  for (const label of name.split('.')) bytes.u8(label.length).text(label);
  return bytes.u8(0).done();
}

const DNS_A = 1;
const DNS_AAAA = 28;
export const DNS_TXT = 16;
const CLASS_IN = 1;

/** The type of question that an address answers. */
export const addressType = ({ length }: Uint8Array): number => (length === 4 ? DNS_A : DNS_AAAA);

/** A question for a resolver (RFC 1035 section 4.1). */
export function dnsQuestion(id: number, name: string, type: number): Uint8Array {
  return new Bytes().u16(id, 0x0100, 1, 0, 0, 0).add(dnsName(name)).u16(type, CLASS_IN).done();
}

/** Its answer, with one record: an address, or a text of so many bytes. */
export function dnsAnswer(id: number, name: string, type: number, content: Uint8Array | number): Uint8Array {
  const answer = new Bytes().u16(id, 0x8180, 1, 1, 0, 0).add(dnsName(name)).u16(type, CLASS_IN);
  // the name again, as a pointer to the question's
  answer.u16(0xc00c, type, CLASS_IN).u32(60);
  if (typeof content !== 'number') return answer.u16(content.length).add(content).done();
  const text = letters(id, Math.min(255, content));
  return answer
    .u16(text.length + 1)
    .u8(text.length)
    .text(text)
    .done();
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** Text of the alphabet of base32 (RFC 4648), as tunnels through names use it. */
export function letters(seed: number, count: number): string {
  return [...noise(Math.imul(seed + 1, 0x9e3779b1), count)].map((byte) => LETTERS[byte & 31]).join('');
}
