/** Large captures made of our recordings, repeated with advancing time. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const FILE_HEADER = 24;
const PACKET_HEADER = 16;

/** Recordings that exist on this machine, the large shared ones before the samples. */
export function recordings(root) {
  const shared = join(root, '..', 'shared', 'range');
  for (const folder of [shared, join(root, 'data')]) {
    if (!existsSync(folder)) continue;
    const found = readdirSync(folder).filter((name) => name.endsWith('.pcap.gz'));
    if (found.length > 0) return found.sort().map((name) => join(folder, name));
  }
  return [];
}

/** @returns {Uint8Array[]} packets with their headers, little-endian µs, and the time of each in s */
export function packetsOf(path) {
  const bytes = gunzipSync(readFileSync(path));
  const list = [];
  for (let p = FILE_HEADER; p + PACKET_HEADER <= bytes.length; ) {
    const next = p + PACKET_HEADER + bytes.readUInt32LE(p + 8);
    list.push(bytes.subarray(p, next));
    p = next;
  }
  return { header: bytes.subarray(0, FILE_HEADER), list };
}

/** Writes at least `count` packets; every repetition starts a second after the last one's end. */
export function writeCapture(path, sources, count) {
  const file = openSync(path, 'w', 0o600);
  writeSync(file, sources[0].header);
  let written = 0;
  let clock = sources[0].list[0].readUInt32LE(0);
  while (written < count) {
    for (const { list } of sources) {
      const first = list[0].readUInt32LE(0);
      const shifted = list.map((packet) => {
        const copy = Buffer.from(packet);
        copy.writeUInt32LE(clock + copy.readUInt32LE(0) - first, 0);
        return copy;
      });
      clock = shifted.at(-1).readUInt32LE(0) + 1;
      writeSync(file, Buffer.concat(shifted));
      written += list.length;
      if (written >= count) break;
    }
  }
  closeSync(file);
  return written;
}
