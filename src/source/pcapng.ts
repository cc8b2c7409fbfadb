/**
 * The pcapng capture file format (draft-ietf-opsawg-pcapng): sections of blocks.
 *
 *   0 type u32   4 total length u32   8 body …   length-4 total length again
 *
 * Every section has its own byte order and its own list of interfaces, every interface its link type, snap length and clock.
 * Blocks that are not known are skipped.
 */

import { AnomalyError, EmptyInputError } from '../base/errors.js';
import { MAX_SNAPLEN } from '../base/limits.js';
import type { BatchBuffer } from './batch.js';
import { captureStartsAt, packedStartsAt, swallowedStart } from './capture-start.js';
import type { SourceFacts } from './packet-source.js';
import { type CaptureParser, cutOff, damaged } from './parser.js';
import { eachOption, type InterfaceFacts, readInterface } from './pcapng-interface.js';
import type { ByteWindow } from './window.js';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const PACKET_OBSOLETE = 2;
const SIMPLE_PACKET = 3;
const STATISTICS = 5;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Blocks up to this length are looked at whole; no block that we read is longer. */
const MAX_BLOCK = 1 << 20;
/** type and both lengths */
const MIN_BLOCK = 12;
const MAX_INTERFACES = 65_536;
const ISB_IFDROP = 5;
const ISB_OSDROP = 7;

export class PcapngParser implements CaptureParser {
  private little = false;
  private inSection = false;
  private interfaces: InterfaceFacts[] = [];
  private lastUs = 0;
  private timeless = 0;
  private droppedBefore = 0;

  constructor(private readonly facts: SourceFacts) {}

  parse(window: ByteWindow, batch: BatchBuffer): boolean {
    while (!window.owes && window.length >= MIN_BLOCK && !batch.full) {
      const { view, start } = window;
      const section = view.getUint32(start, false) === SECTION;
      if (section) this.readByteOrder(window);
      else if (!this.inSection) throw damaged(this.facts, window.offset, 'no pcapng section starts here');
      const type = section ? SECTION : view.getUint32(start, this.little);
      const length = view.getUint32(start + 4, this.little);
      if (type > ENHANCED_PACKET && !section && (captureStartsAt(view, start) || packedStartsAt(view, start)))
        return true;
      if (length < MIN_BLOCK || length % 4 !== 0) {
        if (swallowedStart(window, batch, 0, MIN_BLOCK, this.facts)) return true;
        throw damaged(this.facts, window.offset, `a block of type ${type} says it has ${length} bytes`);
      }
      if (length > MAX_BLOCK) {
        if (type === SECTION || (type >= INTERFACE && type <= ENHANCED_PACKET && type !== 4)) {
          throw damaged(this.facts, window.offset, `a block of type ${type} says it has ${length} bytes`);
        }
        window.skip(length);
        continue;
      }
      if (window.length < length) return false;
      if (view.getUint32(start + length - 4, this.little) !== length) {
        if (swallowedStart(window, batch, 0, length, this.facts)) return true;
        throw damaged(this.facts, window.offset, `the two lengths of a block of type ${type} differ`);
      }
      this.readBlock(type, length, window, batch);
      window.consume(length);
    }
    return false;
  }

  finish(window: ByteWindow): void {
    if (!this.inSection) {
      throw new EmptyInputError(`${this.facts.name}: ends inside its first block`);
    }
    if (window.length > 0 || window.owes) cutOff(this.facts, window.offset, 'a block');
    if (this.timeless > 0) {
      const packets = this.timeless === 1 ? '1 packet' : `${this.timeless} packets`;
      this.facts.warnings.push(`${this.facts.name}: ${packets} without a time; each got the time of the one before it`);
    }
  }

  private readByteOrder(window: ByteWindow): void {
    const { view, start } = window;
    const big = view.getUint32(start + 8, false) === BYTE_ORDER_MAGIC;
    if (!big && view.getUint32(start + 8, true) !== BYTE_ORDER_MAGIC) {
      throw damaged(this.facts, window.offset, 'a section without a byte order');
    }
    this.little = !big;
  }

  private readBlock(type: number, length: number, window: ByteWindow, batch: BatchBuffer): void {
    switch (type) {
      case ENHANCED_PACKET:
        this.readEnhanced(length, window, batch);
        break;
      case SIMPLE_PACKET:
        this.readSimple(length, window, batch);
        break;
      case PACKET_OBSOLETE:
        this.readObsolete(length, window, batch);
        break;
      case INTERFACE:
        if (this.interfaces.length === MAX_INTERFACES) throw damaged(this.facts, window.offset, 'too many interfaces');
        if (length < 20) throw damaged(this.facts, window.offset, 'an interface block that is too short');
        this.interfaces.push(readInterface(window.view, window.start, length, this.little, this.facts, window.offset));
        break;
      case STATISTICS:
        this.readStatistics(length, window);
        break;
      case SECTION:
        this.startSection(length, window);
        break;
    }
  }

  private startSection(length: number, window: ByteWindow): void {
    if (length < 28) throw damaged(this.facts, window.offset, 'a section block that is too short');
    const major = window.view.getUint16(window.start + 12, this.little);
    const minor = window.view.getUint16(window.start + 14, this.little);
    // 1.2 was written by some programs and is read as 1.0 (draft-ietf-opsawg-pcapng section 4.1)
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      throw new AnomalyError('BAD_DATA', `${this.facts.name}: pcapng section of unknown version ${major}.${minor}`);
    }
    this.inSection = true;
    this.droppedBefore += this.droppedHere();
    this.interfaces = [];
  }

  /** 8 interface, 12 high, 16 low, 20 captured, 24 on the wire, 28 data */
  private readEnhanced(length: number, window: ByteWindow, batch: BatchBuffer): void {
    if (length < 32) throw damaged(this.facts, window.offset, 'a packet block that is too short');
    const { view, start } = window;
    const id = view.getUint32(start + 8, this.little);
    const capLen = view.getUint32(start + 20, this.little);
    this.addPacket(id, capLen, 28, length, window, batch);
  }

  /** As the enhanced block, but 8 interface u16, 10 drops u16 */
  private readObsolete(length: number, window: ByteWindow, batch: BatchBuffer): void {
    if (length < 32) throw damaged(this.facts, window.offset, 'a packet block that is too short');
    const { view, start } = window;
    const id = view.getUint16(start + 8, this.little);
    const capLen = view.getUint32(start + 20, this.little);
    this.addPacket(id, capLen, 28, length, window, batch);
  }

  private addPacket(
    id: number,
    capLen: number,
    header: number,
    length: number,
    window: ByteWindow,
    batch: BatchBuffer,
  ): void {
    const { view, start } = window;
    const source = this.interfaceOf(id, window);
    this.checkCaptured(capLen, length - header - 4, window);
    const us = source.clock.toUs(view.getUint32(start + 12, this.little), view.getUint32(start + 16, this.little));
    this.lastUs = us;
    batch.add(start + header, capLen, view.getUint32(start + 24, this.little), us, source.linkType);
  }

  /** 8 on the wire, 12 data; of the first interface, without a time */
  private readSimple(length: number, window: ByteWindow, batch: BatchBuffer): void {
    if (length < 16) throw damaged(this.facts, window.offset, 'a packet block that is too short');
    const source = this.interfaceOf(0, window);
    const wireLen = window.view.getUint32(window.start + 8, this.little);
    const capLen = source.snapLen > 0 ? Math.min(wireLen, source.snapLen) : wireLen;
    this.checkCaptured(capLen, length - 16, window);
    this.timeless++;
    batch.add(window.start + 12, capLen, wireLen, this.lastUs, source.linkType);
  }

  private checkCaptured(capLen: number, room: number, window: ByteWindow): void {
    if (capLen > room || capLen > MAX_SNAPLEN) {
      throw damaged(this.facts, window.offset, `a packet says it has ${capLen} bytes, its block has room for ${room}`);
    }
  }

  private interfaceOf(id: number, window: ByteWindow): InterfaceFacts {
    const found = this.interfaces[id];
    if (!found) throw damaged(this.facts, window.offset, `a packet of interface ${id}, which was not described`);
    return found;
  }

  /** 8 interface, 12 time, 20 options; each block replaces what was said of the interface before */
  private readStatistics(length: number, window: ByteWindow): void {
    if (length < 24) return;
    const { view, start } = window;
    const source = this.interfaces[view.getUint32(start + 8, this.little)];
    if (!source) return;
    let dropped = 0;
    let known = false;
    eachOption(view, start + 20, start + length - 4, this.little, (code, at, size) => {
      if ((code === ISB_IFDROP || code === ISB_OSDROP) && size === 8) {
        known = true;
        dropped += this.count64(view, at);
      }
    });
    if (!known) return;
    source.dropped = dropped;
    this.facts.dropped = this.droppedBefore + this.droppedHere();
  }

  private count64(view: DataView, at: number): number {
    const first = view.getUint32(at, this.little);
    const second = view.getUint32(at + 4, this.little);
    return this.little ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
  }

  private droppedHere(): number {
    return this.interfaces.reduce((sum, { dropped }) => sum + dropped, 0);
  }
}
