/** CRC-32 as gzip, PNG and zlib have it (reflected polynomial 0xEDB88320). Node has its own, `zlib.crc32`, only from 20.15 and 22.2 on. */

const POLYNOMIAL = 0xedb88320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
  return crc;
});

/** @param before the CRC of what stands before `bytes`, to go on from */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (let k = 0; k < bytes.length; k++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[k]) & 0xff];
  return ~crc >>> 0;
}
