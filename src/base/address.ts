/** Textual forms of addresses (RFC 5952 for IPv6) from their bytes. */

const HEX = '0123456789abcdef';

/** `bytes[at..at+4)` as dotted quad. */
export function formatIpv4(bytes: Uint8Array, at = 0): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** `bytes[at..at+16)` in the canonical form of RFC 5952 section 4 (with the dotted quad of section 5 for ::ffff:0:0/96). */
export function formatIpv6(bytes: Uint8Array, at = 0): string {
  let bestStart = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; ) {
    let end = i;
    while (end < 8 && bytes[at + 2 * end] === 0 && bytes[at + 2 * end + 1] === 0) end++;
    if (end - i > bestLength) {
      bestStart = i;
      bestLength = end - i;
    }
    i = end === i ? i + 1 : end;
  }
  if (bestStart === 0 && bestLength === 5 && bytes[at + 10] === 0xff && bytes[at + 11] === 0xff) {
    return `::ffff:${formatIpv4(bytes, at + 12)}`;
  }
  let text = '';
  for (let i = 0; i < 8; i++) {
    if (i === bestStart) {
      text += '::';
      i += bestLength - 1;
      continue;
    }
    if (text !== '' && !text.endsWith(':')) text += ':';
    text += ((bytes[at + 2 * i] << 8) | bytes[at + 2 * i + 1]).toString(16);
  }
  return text;
}

/** A 48-bit MAC address held in a number, as aa:bb:cc:dd:ee:ff. */
export function formatMac(mac: number): string {
  let text = '';
  for (let shift = 40; shift >= 0; shift -= 8) {
    const byte = Math.floor(mac / 2 ** shift) % 256;
    text += (text === '' ? '' : ':') + HEX[byte >> 4] + HEX[byte & 15];
  }
  return text;
}
