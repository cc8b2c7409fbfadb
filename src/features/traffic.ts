/** What a record says about the dealings of its two ends, beyond who they are: what evidence is counted from. */
import { DNS_ANSWERS_CAPACITY } from '../table/record.js';

/** how a connection record's attempt went */
export const WENT_WELL = 0;
export const UNANSWERED = 1;
export const REFUSED = 2;

/** what a DNS record is */
export const NO_DNS = 0;
export const DNS_QUERY = 1;
export const DNS_NO_SUCH_NAME = 2;
export const DNS_ANSWER = 3;

export { DNS_ANSWERS_CAPACITY };

export interface Traffic {
  /** packets: number of the record's flow, below `FLOWS`, given anew once a flow is over; connections: -1, a record is a whole one */
  flow: number;
  /** first record that is known of the flow */
  startsFlow: boolean;
  /** a reset that answers a segment of no connection: whoever sent that one asked */
  refused: boolean;
  /** the 8 bits of TCP's flags; -1 where there are none */
  tcpFlags: number;
  /** B of layer 4 from the sender; of a connection record, from the initiator … */
  payload: number;
  /** … and from the responder; 0 of a packet */
  replyPayload: number;
  /** 1 of a packet */
  packets: number;
  /** connection records: s, and how the attempt went (WENT_WELL, UNANSWERED, REFUSED) */
  duration: number;
  outcome: number;
  /** -1 where it is no ICMP */
  icmpType: number;
  /** sent to a group or to all */
  toGroup: boolean;
  /** 48 bits in a number; -1 none */
  destinationMac: number;
  /** ARP's operation; -1 where it is no ARP */
  arpOpcode: number;
  /** an ARP reply, or a neighbour advertisement, to somebody who did not ask for it */
  unasked: boolean;
  /** of what routers and DHCP servers alone send: from the MAC of a router of training */
  fromRouter: boolean;
  /** NO_DNS, DNS_QUERY, DNS_NO_SUCH_NAME, DNS_ANSWER */
  dns: number;
  /** of DNS: hashes of the name and of its last two labels, B of the labels before those, and the type asked for */
  nameLow: number;
  nameHigh: number;
  zoneLow: number;
  zoneHigh: number;
  nameBytes: number;
  queryType: number;
  /** of an answer: how many addresses, and their hashes as those of endpoints, up to DNS_ANSWERS_CAPACITY */
  answers: number;
  readonly answerLow: Int32Array;
  readonly answerHigh: Int32Array;
}

export function newTraffic(): Traffic {
  return {
    flow: -1,
    startsFlow: false,
    refused: false,
    tcpFlags: -1,
    payload: 0,
    replyPayload: 0,
    packets: 1,
    duration: 0,
    outcome: WENT_WELL,
    icmpType: -1,
    toGroup: false,
    destinationMac: -1,
    arpOpcode: -1,
    unasked: false,
    fromRouter: false,
    dns: NO_DNS,
    nameLow: 0,
    nameHigh: 0,
    zoneLow: 0,
    zoneHigh: 0,
    nameBytes: 0,
    queryType: -1,
    answers: 0,
    answerLow: new Int32Array(DNS_ANSWERS_CAPACITY),
    answerHigh: new Int32Array(DNS_ANSWERS_CAPACITY),
  };
}
