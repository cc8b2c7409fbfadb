/**
 * What kind of input a record is of: bits of its context's `form`, and the one table of what each stands for. Detection
 * compares how often each comes with how often it came in training.
 */
import type { RecordKind } from './extractor.js';

/** Packets: bits of the form. */
export const PACKET_FORM = {
  /** fewer bytes captured than the snap length of training would have kept */
  short: 1,
  noMacs: 2,
  /** of Linux cooked captures, which keep the sender's alone */
  noDestinationMac: 4,
  tagged: 8,
  tunnelled: 16,
  undecoded: 32,
} as const;

/** Connections: bits of the form. */
export const CONNECTION_FORM = { noHistory: 1, noService: 2, noPackets: 4, gap: 8, repeated: 16 } as const;

/** Both kinds: with this record its TCP flow tells whether both of its sides are seen … */
export const SETTLES = 64;
/** … and they are. */
export const BOTH_SIDES = 128;
/** … whether its beginning is captured whole … */
export const BEGINS = 256;
/** … and it is: SYN and SYN with ACK. */
export const WHOLE_BEGINNING = 512;
/** … whether its packets come once … */
export const REPEATS = 1024;
/** … and they do. */
export const ONCE = 2048;

export interface Form {
  readonly name: string;
  readonly bit: number;
  /** made by whoever captures or logs, and by nobody on the network: one such record is enough to know */
  readonly ofCapture: boolean;
  /** "98 % of the packets are …" */
  readonly doc: string;
}

/** What a TCP flow tells of the whole capture, now and then. */
export interface FlowForm {
  readonly name: string;
  /** with this bit a record tells, and with this one that all is in order */
  readonly tells: number;
  readonly fine: number;
  /** what did not come back was perhaps not captured, and says nothing */
  readonly lacks: boolean;
  /** "… of 98 % of the TCP flows" */
  readonly doc: string;
}

const ONE_DIRECTION: FlowForm = {
  name: 'one_direction',
  tells: SETTLES,
  fine: BOTH_SIDES,
  lacks: true,
  doc: 'only one direction is seen',
};
const INCOMPLETE: FlowForm = {
  name: 'incomplete',
  tells: BEGINS,
  fine: WHOLE_BEGINNING,
  lacks: true,
  doc: 'packets are missing (sampled or lost)',
};
const TWICE: FlowForm = {
  name: 'twice',
  tells: REPEATS,
  fine: ONCE,
  lacks: false,
  doc: 'each packet is captured twice',
};

export const FLOW_FORMS: Readonly<Record<RecordKind, readonly FlowForm[]>> = {
  packet: [ONE_DIRECTION, INCOMPLETE, TWICE],
  connection: [ONE_DIRECTION, INCOMPLETE],
};

export const FORMS: Readonly<Record<RecordKind, readonly Form[]>> = {
  packet: [
    { name: 'short', bit: PACKET_FORM.short, ofCapture: true, doc: 'cut shorter than the snap length of training' },
    { name: 'no_macs', bit: PACKET_FORM.noMacs, ofCapture: true, doc: 'without MAC addresses' },
    {
      name: 'no_destination_mac',
      bit: PACKET_FORM.noDestinationMac,
      ofCapture: true,
      doc: 'with the MAC address of their sender alone',
    },
    { name: 'tagged', bit: PACKET_FORM.tagged, ofCapture: false, doc: 'behind a VLAN tag or PPPoE' },
    {
      name: 'tunnelled',
      bit: PACKET_FORM.tunnelled,
      ofCapture: false,
      doc: 'in a tunnel (GRE, IP in IP, ESP, L2TP, VXLAN, Geneve, GTP)',
    },
    {
      name: 'undecoded',
      bit: PACKET_FORM.undecoded,
      ofCapture: false,
      doc: 'of a protocol that is not decoded, MPLS for one',
    },
  ],
  connection: [
    { name: 'no_history', bit: CONNECTION_FORM.noHistory, ofCapture: true, doc: 'without a history' },
    {
      name: 'no_service',
      bit: CONNECTION_FORM.noService,
      ofCapture: false,
      doc: 'without a service, though both sides sent data',
    },
    { name: 'no_packets', bit: CONNECTION_FORM.noPackets, ofCapture: true, doc: 'without numbers of packets' },
    {
      name: 'gap',
      bit: CONNECTION_FORM.gap,
      ofCapture: false,
      doc: 'with gaps, bytes that the sensor missed',
    },
    {
      name: 'repeated',
      bit: CONNECTION_FORM.repeated,
      ofCapture: false,
      doc: 'with repeated data, as where each packet is captured twice',
    },
  ],
};
