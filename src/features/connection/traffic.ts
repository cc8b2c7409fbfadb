/** What a connection record says about the dealings of its two ends. */
import { type ConnRecord, ICMP, stateSet } from '../../zeek/record.js';
import { isGroup } from '../local.js';
import { REFUSED, type Traffic, UNANSWERED, WENT_WELL } from '../traffic.js';

const UNANSWERED_STATES = stateSet('S0', 'RSTOS0', 'SH');
const REFUSED_STATES = stateSet('REJ', 'RSTRH');

export function fillTraffic(traffic: Traffic, record: ConnRecord, opens: boolean): void {
  traffic.startsFlow = opens;
  traffic.payload = Math.max(0, record.origBytes);
  traffic.replyPayload = Math.max(0, record.respBytes);
  traffic.packets = Math.max(1, Math.max(0, record.origPkts) + Math.max(0, record.respPkts));
  traffic.duration = Math.max(0, record.duration);
  const state = record.connState < 0 ? 0 : 1 << record.connState;
  traffic.outcome =
    (UNANSWERED_STATES & state) !== 0 ? UNANSWERED : (REFUSED_STATES & state) !== 0 ? REFUSED : WENT_WELL;
  traffic.icmpType = record.proto === ICMP ? record.origP : -1;
  traffic.toGroup = isGroup(record.ipVersion === 6 ? 6 : 4, record.respH);
}
