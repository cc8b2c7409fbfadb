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

/** `bytes[at..at+6)`, a MAC address, as aa:bb:cc:dd:ee:ff. */
function formatMac(bytes: Uint8Array, at: number): string {
  let text = '';
  for (let i = at; i < at + 6; i++) text += (text === '' ? '' : ':') + HEX[bytes[i] >> 4] + HEX[bytes[i] & 15];
  return text;
}

/** An address of family 4, 6 or 48 (MAC); empty where there is none. */
export function addressText(family: number, bytes: Uint8Array, at = 0): string {
  if (family === 4) return formatIpv4(bytes, at);
  if (family === 6) return formatIpv6(bytes, at);
  return family === 48 ? formatMac(bytes, at) : '';
}

/** A MAC address held in a number, as aa:bb:cc:dd:ee:ff. */
export function macText(mac: number): string {
  return mac
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?=.)/g, '$&:');
}
