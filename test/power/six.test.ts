/** IPv6 on a network that speaks both. */
import { describe, expect, it } from 'vitest';
import { decodePacket } from '../../src/decode/packet.ts';
import { Random } from '../../src/model/random.ts';
import { castFor } from '../../src/power/casting.ts';
import { type Parties, PartySurvey } from '../../src/power/parties.ts';
import type { Frame } from '../../src/power/write.ts';
import { PacketRecord } from '../../src/table/record.ts';
import { capture, network, network6, START_US, template } from './network.ts';

function decoded({ bytes, wireLen, linkType }: Frame): PacketRecord {
  const record = new PacketRecord();
  decodePacket(bytes, 0, bytes.length, wireLen, linkType, record);
  return record;
}

/** Of `count` casts those that speak IPv6. */
function sixOf(name: string, parties: Parties, count = 200): number {
  const casts = Array.from({ length: count }, (_, seed) =>
    castFor(template(name), parties, { texts: new Set(), targets: new Set() }, START_US, new Random(seed)),
  );
  return casts.filter((found) => found?.cast.target.address.length === 16).length;
}

const both = (share: number, six = network6()): Parties => ({ ...network(), six: { parties: six, share } });

describe('who speaks IPv6', () => {
  it('is found beside those that speak IPv4, with its share of the conversations', () => {
    const survey = new PartySurvey();
    const guessing = template('ssh guessing');
    const frames = [...capture(guessing, 12), ...capture(guessing, 3, network6())];
    for (const frame of frames) survey.packet(decoded(frame));
    const { servers, six } = survey.finish();
    expect(servers.map(({ host: { text }, port }) => [text, port])).toEqual([['192.168.7.10', 22]]);
    expect(six?.share).toBeCloseTo(3 / 15);
    expect(six?.parties.servers.map(({ host: { text, look }, port }) => [text, port, look.ttl])).toEqual([
      // not that of neighbour discovery
      ['fd00:7::10', 22, 64],
    ]);
    expect(six?.parties.near).toHaveLength(2);
  });

  it('is nobody where no conversation is by it', () => {
    const survey = new PartySurvey();
    for (const frame of capture(template('rogue router'), 4)) survey.packet(decoded(frame));
    for (const frame of capture(template('ssh guessing'), 3)) survey.packet(decoded(frame));
    expect(survey.finish().six).toBeUndefined();
  });
});

describe('a placement', () => {
  it('is by IPv6 as often as the network is', () => {
    for (const name of ['SYN scan', 'upload by tls', 'upload through names', 'ping flood', 'reverse shell']) {
      // three standard deviations of 200 throws
      expect(Math.abs(sixOf(name, both(0.25)) / 200 - 0.25), name).toBeLessThan(0.1);
      expect(sixOf(name, network())).toBe(0);
    }
  });

  it('is by IPv4 where it goes through the addresses of a segment', () => {
    for (const name of ['ping sweep', 'spreading', 'ARP takeover', 'rogue DHCP server'])
      expect(sixOf(name, both(1), 10)).toBe(0);
  });

  it('is by IPv4 where nobody asks for names by IPv6, or addresses are of the link alone', () => {
    const { clients, ...rest } = network6();
    const address = Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20);
    const onLink = { ...rest, clients: clients.map((host) => ({ ...host, address })) };
    expect(sixOf('upload by tls', both(1, onLink), 10)).toBe(0);
    expect(sixOf('upload by tls', both(1, { ...network6(), resolver: undefined }), 10)).toBe(0);
    expect(sixOf('SYN scan', both(1, onLink), 10)).toBe(10);
  });
});

it('neighbours are found by solicitation, and everything else is by IPv6, too', () => {
  for (const name of ['SYN scan', 'http guessing', 'ping flood']) {
    const records = capture(template(name), template(name).sizes[0], network6()).map(decoded);
    expect(records.slice(0, 2).map(({ icmpType, ipTtl }) => [icmpType, ipTtl])).toEqual([
      [135, 255],
      [136, 255],
    ]);
    expect(new Set(records.map(({ ipVersion }) => ipVersion))).toEqual(new Set([6]));
  }
});
