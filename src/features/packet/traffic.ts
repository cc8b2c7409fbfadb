/** What a packet says about the dealings of its two ends. */
import { answerBytes, type PacketRecord } from '../../table/record.js';
import { DNS_ANSWER, DNS_NO_SUCH_NAME, DNS_QUERY, NO_DNS, type Traffic } from '../traffic.js';
import type { Flows } from './flows.js';
import type { Macs } from './macs.js';
import { isOfRouters } from './roles.js';
import { addressKey, type Scene, UNICAST } from './scene.js';

/** RFC 1035, 4.1.1 */
const NAME_ERROR = 3;

export function fillTraffic(traffic: Traffic, record: PacketRecord, scene: Scene, flows: Flows, macs: Macs): void {
  traffic.flow = flows.slot;
  traffic.startsFlow = flows.starts;
  traffic.refused = flows.refused;
  traffic.tcpFlags = record.tcpFlags < 0 ? -1 : record.tcpFlags & 0xff;
  traffic.payload = scene.payload;
  traffic.icmpType = record.icmpType;
  traffic.toGroup = scene.cast !== UNICAST;
  traffic.destinationMac = record.ethDst;
  traffic.arpOpcode = record.arpOpcode;
  traffic.fromRouter = isOfRouters(record, scene) && macs.isRouter(record.ethSrc);
  traffic.queryType = record.dnsQryType;
  fillName(traffic, record, scene);
}

function fillName(traffic: Traffic, record: PacketRecord, { name }: Scene): void {
  traffic.dns = NO_DNS;
  traffic.answers = 0;
  if (record.dnsResponse < 0 || record.dnsQryName.length === 0) return;
  if (record.dnsResponse === 0) traffic.dns = DNS_QUERY;
  else traffic.dns = record.dnsRcode === NAME_ERROR ? DNS_NO_SUCH_NAME : DNS_ANSWER;
  traffic.nameLow = name.whole.low;
  traffic.nameHigh = name.whole.high;
  traffic.zoneLow = name.domain.low;
  traffic.zoneHigh = name.domain.high;
  traffic.nameBytes = name.below;
  if (traffic.dns === DNS_ANSWER) fillAnswers(traffic, record);
}

function fillAnswers(traffic: Traffic, record: PacketRecord): void {
  const length = answerBytes(record.dnsQryType);
  for (; traffic.answers < record.dnsAnswerCount; traffic.answers++) {
    const { low, high } = addressKey(record.dnsAnswers, length * traffic.answers, length);
    traffic.answerLow[traffic.answers] = low;
    traffic.answerHigh[traffic.answers] = high;
  }
}
