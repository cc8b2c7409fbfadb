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
export const CONNECTION_FORM = { noHistory: 1, noService: 2 } as const;

/** Both kinds: with this record its TCP flow tells whether both of its sides are seen … */
export const SETTLES = 64;
/** … and they are. */
export const BOTH_SIDES = 128;

export interface Form {
  readonly name: string;
  readonly bit: number;
  /** made by whoever captures or logs, and by nobody on the network: one such record is enough to know */
  readonly ofCapture: boolean;
  /** "98 % of the packets are …" */
  readonly doc: string;
}

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
  ],
};
