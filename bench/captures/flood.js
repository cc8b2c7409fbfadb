/** A flood as nobody's recording has it: SYNs to one server, each from an address of its own. */
import { closeSync, openSync, writeSync } from 'node:fs';

const FILE_HEADER = 24;
const PACKET_HEADER = 16;
const FRAME = 54;
const START_S = 1_700_000_000;
/** µs from one packet to the next */
const STEP_US = 20;
/** packets written at once */
const PART = 10_000;

/** xorshift32: the same flood each time. */
function dice() {
  let state = 123_456_789;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function fileHeader() {
  const header = Buffer.alloc(FILE_HEADER);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20);
  return header;
}

/** Ethernet, IPv4, TCP: a SYN to port 80 of 10.20.0.1. */
function template() {
  const frame = Buffer.alloc(FRAME);
  frame.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]);
  frame.set([0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0], 14);
  frame.set([10, 20, 0, 1], 30);
  frame.writeUInt16BE(80, 36);
  frame.set([0x50, 2, 0xff, 0xff], 46);
  return frame;
}

export function writeFlood(path, count) {
  const file = openSync(path, 'w', 0o600);
  writeSync(file, fileHeader());
  const roll = dice();
  const frame = template();
  const part = Buffer.alloc(PART * (PACKET_HEADER + FRAME));
  for (let from = 0; from < count; from += PART) {
    let at = 0;
    for (let i = from; i < Math.min(count, from + PART); i++) {
      const us = i * STEP_US;
      part.writeUInt32LE(START_S + Math.floor(us / 1e6), at);
      part.writeUInt32LE(us % 1e6, at + 4);
      part.writeUInt32LE(FRAME, at + 8);
      part.writeUInt32LE(FRAME, at + 12);
      at += PACKET_HEADER;
      frame.writeUInt32BE(roll(), 26);
      frame.writeUInt16BE(1024 + (roll() % 60_000), 34);
      frame.writeUInt32BE(roll(), 38);
      part.set(frame, at);
      at += FRAME;
    }
    writeSync(file, part.subarray(0, at));
  }
  closeSync(file);
}
