/** A batch's columns of what records say about the dealings of their ends (see features/traffic.ts). */
import type { ColumnMemory } from '../base/column-memory.js';
import { DNS_ANSWERS_CAPACITY, type Traffic } from '../features/traffic.js';

export class TrafficColumns {
  readonly flow: Int32Array;
  /** 0/1 */
  readonly startsFlow: Uint8Array;
  readonly refused: Uint8Array;
  readonly toGroup: Uint8Array;
  readonly tcpFlags: Int16Array;
  readonly payload: Float64Array;
  readonly replyPayload: Float64Array;
  readonly packets: Float64Array;
  readonly duration: Float64Array;
  readonly outcome: Uint8Array;
  readonly icmpType: Int16Array;
  readonly destinationMac: Float64Array;
  readonly arpOpcode: Int32Array;
  readonly unasked: Uint8Array;
  readonly fromRouter: Uint8Array;
  readonly dns: Uint8Array;
  readonly nameLow: Int32Array;
  readonly nameHigh: Int32Array;
  readonly zoneLow: Int32Array;
  readonly zoneHigh: Int32Array;
  readonly nameBytes: Int32Array;
  readonly queryType: Int32Array;
  readonly answers: Uint8Array;
  /** [capacity x DNS_ANSWERS_CAPACITY] */
  readonly answerLow: Int32Array;
  readonly answerHigh: Int32Array;

  constructor(capacity: number, memory: ColumnMemory) {
    this.flow = memory.column(Int32Array, capacity);
    this.startsFlow = memory.column(Uint8Array, capacity);
    this.refused = memory.column(Uint8Array, capacity);
    this.toGroup = memory.column(Uint8Array, capacity);
    this.tcpFlags = memory.column(Int16Array, capacity);
    this.payload = memory.column(Float64Array, capacity);
    this.replyPayload = memory.column(Float64Array, capacity);
    this.packets = memory.column(Float64Array, capacity);
    this.duration = memory.column(Float64Array, capacity);
    this.outcome = memory.column(Uint8Array, capacity);
    this.icmpType = memory.column(Int16Array, capacity);
    this.destinationMac = memory.column(Float64Array, capacity);
    this.arpOpcode = memory.column(Int32Array, capacity);
    this.unasked = memory.column(Uint8Array, capacity);
    this.fromRouter = memory.column(Uint8Array, capacity);
    this.dns = memory.column(Uint8Array, capacity);
    this.nameLow = memory.column(Int32Array, capacity);
    this.nameHigh = memory.column(Int32Array, capacity);
    this.zoneLow = memory.column(Int32Array, capacity);
    this.zoneHigh = memory.column(Int32Array, capacity);
    this.nameBytes = memory.column(Int32Array, capacity);
    this.queryType = memory.column(Int32Array, capacity);
    this.answers = memory.column(Uint8Array, capacity);
    this.answerLow = memory.column(Int32Array, capacity * DNS_ANSWERS_CAPACITY);
    this.answerHigh = memory.column(Int32Array, capacity * DNS_ANSWERS_CAPACITY);
  }

  set(k: number, traffic: Traffic): void {
    this.flow[k] = traffic.flow;
    this.startsFlow[k] = traffic.startsFlow ? 1 : 0;
    this.refused[k] = traffic.refused ? 1 : 0;
    this.toGroup[k] = traffic.toGroup ? 1 : 0;
    this.tcpFlags[k] = traffic.tcpFlags;
    this.payload[k] = traffic.payload;
    this.replyPayload[k] = traffic.replyPayload;
    this.packets[k] = traffic.packets;
    this.duration[k] = traffic.duration;
    this.outcome[k] = traffic.outcome;
    this.icmpType[k] = traffic.icmpType;
    this.destinationMac[k] = traffic.destinationMac;
    this.arpOpcode[k] = traffic.arpOpcode;
    this.unasked[k] = traffic.unasked ? 1 : 0;
    this.fromRouter[k] = traffic.fromRouter ? 1 : 0;
    this.dns[k] = traffic.dns;
    this.queryType[k] = traffic.queryType;
    this.answers[k] = traffic.answers;
    for (let i = 0, at = k * DNS_ANSWERS_CAPACITY; i < traffic.answers; i++) {
      this.answerLow[at + i] = traffic.answerLow[i];
      this.answerHigh[at + i] = traffic.answerHigh[i];
    }
    if (traffic.dns === 0) return;
    this.nameLow[k] = traffic.nameLow;
    this.nameHigh[k] = traffic.nameHigh;
    this.zoneLow[k] = traffic.zoneLow;
    this.zoneHigh[k] = traffic.zoneHigh;
    this.nameBytes[k] = traffic.nameBytes;
  }
}
