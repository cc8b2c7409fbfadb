/**
 * tcpdump as it would be if the kernel's clock, which stamps its packets, were set: no process can set that clock for itself
 * alone. Arguments: the file that says by how many seconds it is ahead, then tcpdump's own.
 */
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';

const FILE_HEADER_BYTES = 24;
const PACKET_HEADER_BYTES = 16;
const [offsetFile, ...args] = process.argv.slice(2);
const tcpdump = spawn('/usr/bin/tcpdump', args, { stdio: ['inherit', 'pipe', 'inherit'] });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGPIPE', 'SIGUSR1']) process.on(signal, () => tcpdump.kill(signal));
tcpdump.on('close', (code) => {
  process.exitCode = code ?? 1;
});
// nobody reads any more
process.stdout.on('error', () => tcpdump.kill('SIGKILL'));

/** Since when [s since the epoch] it was ahead, and by how much [s]; packets come up to a second after they were stamped. */
const offsets = [];
function offsetAt(seconds) {
  const since = statSync(offsetFile).mtimeMs / 1000;
  if (offsets.at(-1)?.since !== since) offsets.push({ since, by: Number(readFileSync(offsetFile, 'utf8')) });
  return (offsets.findLast((offset) => offset.since <= seconds) ?? offsets[0]).by;
}

let bytes = Buffer.alloc(0);
let begun = false;
tcpdump.stdout.on('data', (chunk) => {
  bytes = Buffer.concat([bytes, chunk]);
  let at = begun ? 0 : FILE_HEADER_BYTES;
  if (bytes.length < at) return;
  begun = true;
  while (bytes.length - at >= PACKET_HEADER_BYTES) {
    const length = PACKET_HEADER_BYTES + bytes.readUInt32LE(at + 8);
    if (bytes.length - at < length) break;
    const seconds = bytes.readUInt32LE(at);
    bytes.writeUInt32LE(seconds + offsetAt(seconds + bytes.readUInt32LE(at + 4) / 1e6), at);
    at += length;
  }
  process.stdout.write(bytes.subarray(0, at));
  bytes = bytes.subarray(at);
});
