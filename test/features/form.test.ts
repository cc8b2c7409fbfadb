/** The bits that say what kind of input a packet or a connection is of. */
import { describe, expect, it } from 'vitest';
import { decodePacket } from '../../src/decode/packet.js';
import { formOf } from '../../src/features/connection/form.js';
import {
  BEGINS,
  BOTH_SIDES,
  CONNECTION_FORM,
  ONCE,
  PACKET_FORM,
  REPEATS,
  SETTLES,
  WHOLE_BEGINNING,
} from '../../src/features/forms.js';
import { PacketFeatures } from '../../src/features/packet/index.js';
import { PacketRecord } from '../../src/table/record.js';
import { ConnRecord } from '../../src/zeek/record.js';
import { ACK, ether, frame, gre, ipv4, pppoe, SYN, tcp, udp, vlan } from '../support/packets.js';

const A = '10.0.0.2';
const B = '198.51.100.7';

function decoded(bytes: Uint8Array, { linkType = 1, wireLen = bytes.length, at = 0 } = {}): PacketRecord {
  const record = new PacketRecord();
  decodePacket(bytes, 0, bytes.length, wireLen, linkType, record);
  record.timestampUs = 1_700_000_000_000_000 + at * 1e6;
  return record;
}

/** An extractor whose training kept 200 bytes of a packet. */
function extractor(): (record: PacketRecord) => number {
  const features = new PacketFeatures({ novelty: true });
  const long = frame(ether(), ipv4(), udp(), new Uint8Array(400));
  features.learn(decoded(long.subarray(0, 200), { wireLen: long.length }), 0);
  features.freeze();
  const row = new Float32Array(features.schema.columns.length);
  return (record) => {
    features.transform(record, row, 0);
    return features.context.form;
  };
}

const segment = (from: string, flags: number, port = 40_000): Uint8Array =>
  frame(
    ether(),
    ipv4({ src: from, dst: from === A ? B : A }),
    from === A ? tcp({ src: port, dst: 443, flags }) : tcp({ src: 443, dst: port, flags }),
  );

/** Bits about directions of the packets of one flow, after those of `before`. */
function settling(sides: readonly string[], flags = ACK, before: readonly [string, number][] = [[A, SYN]]): number[] {
  const form = extractor();
  for (const [i, [from, first]] of before.entries()) form(decoded(segment(from, first), { at: -1 + i * 0.1 }));
  return sides.map((from, i) => form(decoded(segment(from, flags), { at: i * 0.1 })) & (SETTLES | BOTH_SIDES));
}

const times = (n: number, sides: readonly string[]): string[] => new Array(n).fill(sides).flat();

describe('whether both directions of a TCP flow are seen', () => {
  it('is told with its fourth packet that acknowledges', () => {
    expect(settling([A, B, A, B])).toEqual([0, 0, 0, SETTLES | BOTH_SIDES]);
    expect(settling([A, A, A, A])).toEqual([0, 0, 0, SETTLES]);
    expect(settling([B, B, B, B], ACK, [[B, SYN | ACK]])).toEqual([0, 0, 0, SETTLES]);
  });

  it('is told again after sixteen more, so that a change midway is seen', () => {
    const sides = [A, B, A, B, ...times(16, [A])];
    expect(settling(sides).filter((bits) => bits !== 0)).toEqual([SETTLES | BOTH_SIDES, SETTLES]);
  });

  it('is told after more than one side sends unheard where the flow is joined in its middle', () => {
    expect(settling([...times(20, [A]), B, ...times(11, [A])], ACK, []).filter((bits) => bits !== 0)).toEqual([
      SETTLES | BOTH_SIDES,
    ]);
    expect(settling(times(32, [A]), ACK, []).filter((bits) => bits !== 0)).toEqual([SETTLES]);
  });

  it('is told by as many packets where each comes twice', () => {
    const twice: [string, number][] = [
      [A, SYN],
      [A, SYN],
    ];
    expect(settling([A, A, A, A, B, B, A, A], ACK, twice).filter((bits) => bits !== 0)).toEqual([SETTLES | BOTH_SIDES]);
  });

  it('is not told by openings and resets, however many', () => {
    expect(settling(new Array<string>(40).fill(A), SYN)).toEqual(new Array(40).fill(0));
    expect(settling(new Array<string>(40).fill(A), ACK | 4)).toEqual(new Array(40).fill(0));
  });

  it('is not told by single packets of many flows', () => {
    const form = extractor();
    for (let i = 0; i < 5000; i++) expect(form(decoded(segment(A, ACK, 1024 + i))) & SETTLES).toBe(0);
  });
});

describe('how a TCP flow begins', () => {
  const RST_ACK = 0x14;
  const SYN_ACK = SYN | ACK;
  const COPIED = REPEATS;
  const WHOLE = BEGINS | WHOLE_BEGINNING;
  type Step = readonly [from: string, flags: number, afterS: number];
  const cases: [string, readonly Step[], readonly number[]][] = [
    [
      'whole',
      [
        [A, SYN, 0],
        [B, SYN_ACK, 0.02],
        [A, ACK, 0.02],
        [B, ACK, 0.02],
      ],
      [0, WHOLE, 0, 0],
    ],
    [
      'without the answer',
      [
        [A, SYN, 0],
        [A, ACK, 0.02],
        [B, ACK, 0.02],
      ],
      [0, 0, BEGINS],
    ],
    [
      'without the SYN',
      [
        [B, SYN_ACK, 0],
        [B, ACK, 0.02],
        [A, ACK, 0.02],
      ],
      [0, 0, BEGINS],
    ],
    [
      'with the answer first',
      [
        [B, SYN_ACK, 0],
        [A, SYN, 0.001],
        [A, ACK, 0.02],
      ],
      [0, 0, 0],
    ],
    [
      'refused',
      [
        [A, SYN, 0],
        [B, RST_ACK, 0.02],
      ],
      [0, 0],
    ],
    [
      'each packet twice',
      [
        [A, SYN, 0],
        [A, SYN, 1e-5],
        [B, SYN_ACK, 0.02],
        [B, SYN_ACK, 1e-5],
      ],
      [0, COPIED, WHOLE, 0],
    ],
    [
      'a SYN sent again after a second',
      [
        [A, SYN, 0],
        [A, SYN, 1],
        [B, SYN_ACK, 0.02],
      ],
      [0, 0, WHOLE],
    ],
    [
      'joined in its middle',
      [
        [A, ACK, 0],
        [B, ACK, 0.02],
        [A, ACK, 0.02],
      ],
      [0, 0, 0],
    ],
  ];
  it.each(cases)('tells of the capture: %s', (_name, steps, bits) => {
    const form = extractor();
    let at = 0;
    const seen = steps.map(([from, flags, afterS]) => {
      at += afterS;
      return form(decoded(segment(from, flags), { at })) & (BEGINS | WHOLE_BEGINNING | REPEATS | ONCE);
    });
    expect(seen).toEqual(bits);
  });

  it('tells that packets come once with what settles it, unless the SYN came twice', () => {
    const told = (...first: number[]): number => {
      const form = extractor();
      const flags = [...first, ...new Array<number>(8).fill(ACK)];
      return flags.reduce((bits, flag, i) => bits | form(decoded(segment(A, flag), { at: i * 0.01 })), 0);
    };
    expect(told(SYN) & (REPEATS | ONCE)).toBe(REPEATS | ONCE);
    expect(told(SYN, SYN) & (REPEATS | ONCE)).toBe(REPEATS);
    expect(told() & (REPEATS | ONCE)).toBe(0);
  });
});

describe('the form of a packet', () => {
  const plain = [ipv4(), udp(), new Uint8Array(400)];
  const whole = frame(ether(), ...plain);
  const cases: [string, Uint8Array, { linkType?: number; wireLen?: number }, number][] = [
    ['whole', whole, {}, 0],
    ['cut as in training', whole.subarray(0, 200), { wireLen: whole.length }, 0],
    ['cut shorter', whole.subarray(0, 96), { wireLen: whole.length }, PACKET_FORM.short],
    ['raw IP', frame(...plain), { linkType: 101 }, PACKET_FORM.noMacs],
    ['tagged', frame(ether(), vlan(), ...plain), {}, PACKET_FORM.tagged],
    ['PPPoE', frame(ether(), pppoe(), new Uint8Array([0, 0x21]), ...plain), {}, PACKET_FORM.tagged],
    ['GRE', frame(ether(), ipv4(), gre(), ...plain), {}, PACKET_FORM.tunnelled],
    ['IP in IP', frame(ether(), ipv4(), ...plain), {}, PACKET_FORM.tunnelled],
    ['VXLAN', frame(ether(), ipv4(), udp({ dst: 4789 }), new Uint8Array(60)), {}, PACKET_FORM.tunnelled],
    ['MPLS', frame(ether({ type: 0x8847 }), new Uint8Array([0, 6, 0x41, 0xff]), ...plain), {}, PACKET_FORM.undecoded],
    ['of a link type that is not decoded', whole, { linkType: 239 }, PACKET_FORM.undecoded],
  ];
  it.each(cases)('says what it is: %s', (_name, bytes, facts, bits) => {
    expect(extractor()(decoded(bytes, facts))).toBe(bits);
  });
});

describe('the form of a connection', () => {
  function connection(history: string, service = 'ssl', more: Partial<ConnRecord> = {}): number {
    const record = new ConnRecord();
    record.proto = 0;
    record.origPkts = record.respPkts = 8;
    Object.assign(record, more);
    record.origBytes = record.respBytes = 100;
    record.history.length = new TextEncoder().encodeInto(history, record.history.bytes).written;
    record.service.length = new TextEncoder().encodeInto(service, record.service.bytes).written;
    return formOf(record);
  }

  it('says whether the sensor saw both sides', () => {
    expect(connection('ShADadFf')).toBe(SETTLES | BOTH_SIDES | BEGINS | WHOLE_BEGINNING);
    expect(connection('SADF')).toBe(SETTLES);
    expect(connection('hadf')).toBe(SETTLES);
    expect(connection('^hadf')).toBe(SETTLES);
    for (const refused of ['S', 'Sr', 'ShR', '^h']) expect(connection(refused)).toBe(0);
  });

  it('says whether it saw the whole beginning, of those not joined in their middle', () => {
    for (const partial of ['SADadFf', '^hADad']) expect(connection(partial)).toBe(SETTLES | BOTH_SIDES | BEGINS);
    expect(connection('DadA')).toBe(SETTLES | BOTH_SIDES);
  });

  it('says what the log does not hold', () => {
    expect(connection('', 'ssl')).toBe(CONNECTION_FORM.noHistory);
    expect(connection('ShADadFf', '') & CONNECTION_FORM.noService).toBe(CONNECTION_FORM.noService);
    expect(connection('', 'ssl', { origPkts: -1, respPkts: -1 }) & CONNECTION_FORM.noPackets).not.toBe(0);
  });

  it('says what the sensor missed, and what came again', () => {
    const plain = connection('ShADadFf');
    expect(connection('ShADadFf', 'ssl', { missedBytes: 1448 })).toBe(plain | CONNECTION_FORM.gap);
    expect(connection('ShADadFf', 'ssl', { missedBytes: 0 })).toBe(plain);
    for (const again of ['ShADTadFf', 'ShADadtFf']) expect(connection(again)).toBe(plain | CONNECTION_FORM.repeated);
  });
});
