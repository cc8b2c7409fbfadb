/**
 * The capture child of driver `cap`: a process of its own that copies packets from libpcap to standard output as a
 * classic pcap stream, and does nothing else. Its one argument is `DriverOptions` as JSON.
 *
 * What npm cap 0.2.1 asks for, and why this looks as it does:
 * - its callback loop does not return to the event loop while packets keep coming, so time and the wish to stop are
 *   looked at inside the callback;
 * - it keeps a raw pointer to the buffer given to `open`: that buffer lives as long as this module;
 * - it aborts the process when the interface goes away: what is lost then is what waits here, 10 ms at most;
 * - it tells neither the kernel's time stamp nor the length on the wire: packets are stamped here, and a packet longer
 *   than 65535 bytes counts as one of 65535.
 *
 * When the reader is slow, packets wait here, in a buffer that never grows, for npm cap makes the kernel's hold only about
 * a thousand; when that is full too, this process waits, and the kernel drops.
 * It ends when standard input ends (it is asked to stop, or its parent died) or when nobody reads its output.
 */
import { readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { systemCode } from '../../base/errors.js';
import { importOptional } from '../../base/optional-package.js';
import { becomeUser } from '../../base/privileges.js';
import { PCAP_FILE_HEADER_BYTES, PCAP_PACKET_HEADER_BYTES, pcapFileHeader, putPacket } from '../pcap-writer.js';
import type { CapModule } from './cap.js';
import { linkTypeOf } from './link-type.js';
import type { DriverOptions } from './protocol.js';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const PACKET_CAPACITY = 65535;
/** Waiting packets; what is written at once; what must be free before packets are taken. */
const BUFFER_CAPACITY = 16 * 1024 * 1024;
const WRITE_BYTES = 256 * 1024;
const ROOM = PACKET_CAPACITY + PCAP_PACKET_HEADER_BYTES;
const WRITE_AFTER_MS = 10;
const LOOK_AFTER_MS = 20;
const CLOCK_TOLERANCE_MS = 5;
/** Asked to end, packets that the kernel holds are still taken, for as long at most as a user waits patiently. */
const LAST_PACKETS_MS = 300;
/** time enough for the event loop to come by the packets again */
const TURN_MS = 10;

const options = JSON.parse(process.argv[2]) as DriverOptions;
const packet = Buffer.alloc(PACKET_CAPACITY);
const waiting = Buffer.alloc(BUFFER_CAPACITY);
const control = Buffer.alloc(1);
const pause = new Int32Array(new SharedArrayBuffer(4));

/** `waiting[written..used)` is to be written */
let written = 0;
let used = 0;
/** monotonic ms when writing was last tried, and when standard input was last looked at */
let triedAt = 0;
let lookedAt = 0;
/** ms from the monotonic clock to the epoch */
let epoch = performance.timeOrigin;
/** monotonic ms until which packets are taken */
let deadline = Number.POSITIVE_INFINITY;

/** Writes what the reader takes without waiting. */
function write(): void {
  triedAt = performance.now();
  try {
    while (written < used) written += writeSync(STDOUT, waiting, written, Math.min(used - written, WRITE_BYTES));
  } catch (error) {
    if (systemCode(error) !== 'EAGAIN') process.exit(0);
  }
  if (written < used) return;
  written = 0;
  used = 0;
}

/** Writes until `room` bytes are free, waiting for the reader; packets wait in the kernel's buffer meanwhile. */
function makeRoom(room: number): void {
  write();
  while (BUFFER_CAPACITY - used < room) {
    // moved only where it gains much
    if (written >= BUFFER_CAPACITY / 4) {
      waiting.copyWithin(0, written, used);
      used -= written;
      written = 0;
    } else {
      Atomics.wait(pause, 0, 0, 1);
      write();
    }
  }
}

function stop(): never {
  makeRoom(BUFFER_CAPACITY);
  process.exit(0);
}

/** Ends when the kernel's buffer is empty, for then timers run again, or at the deadline. */
function askedToStop(): void {
  if (deadline < Number.POSITIVE_INFINITY) return;
  deadline = performance.now() + LAST_PACKETS_MS;
  setTimeout(stop, TURN_MS);
}

/** Follows steps of the wall clock and looks whether standard input ended. */
function look(now: number): void {
  lookedAt = now;
  const wall = Date.now() - now;
  if (Math.abs(wall - epoch) > CLOCK_TOLERANCE_MS) epoch = wall;
  try {
    if (readSync(STDIN, control, 0, 1, null) === 0) askedToStop();
  } catch (error) {
    if (systemCode(error) !== 'EAGAIN') askedToStop();
  }
}

function onPacket(bytes: number): void {
  const now = performance.now();
  const captured = Math.min(bytes, options.snaplen);
  if (BUFFER_CAPACITY - used < ROOM) makeRoom(ROOM);
  used = putPacket(waiting, used, Math.floor((epoch + now) * 1000), packet, 0, captured, bytes);
  if (used - written >= WRITE_BYTES ? now - triedAt >= 1 : now - triedAt >= WRITE_AFTER_MS) write();
  if (now - lookedAt < LOOK_AFTER_MS) return;
  look(now);
  if (now > deadline) stop();
}

function fail(message: string): never {
  writeSync(STDERR, `${message}\n`);
  process.exit(1);
}

const addon = await importOptional<CapModule>('cap').catch((error: Error) => fail(`npm cap: ${error.message}`));

/** The addon calls `emit` for each packet: no need for a list of listeners. */
class Capture extends addon.default.Cap {
  override emit(_event: 'packet', bytes: number): void {
    onPacket(bytes);
  }
}

const capture = new Capture();
let linkType = -1;
try {
  linkType = linkTypeOf(capture.open(options.interface, options.filter, options.ringBytes, packet));
  if (options.user) becomeUser(options.user);
} catch (error) {
  fail((error as Error).message);
}
// the keeper waits for this sentence, which is tcpdump's
writeSync(STDERR, `listening on ${options.interface}\n`);
waiting.set(pcapFileHeader(linkType, Math.min(options.snaplen, PACKET_CAPACITY)));
used = PCAP_FILE_HEADER_BYTES;
write();

// makes standard output one that does not wait; held, so that nothing closes it
const output = new Socket({ fd: STDOUT, readable: false, writable: true });
output.on('error', () => process.exit(0));
// A signal to the whole group changes nothing: what is captured is to be written first. (SIGUSR1 would open a debugger.)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
  process.on(signal, () => undefined);
process.stdin.on('end', askedToStop).on('error', askedToStop).resume();
setInterval(() => {
  write();
  look(performance.now());
}, WRITE_AFTER_MS);
