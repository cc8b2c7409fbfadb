import { describe, expect, it } from 'vitest';
import { NEIGHBOUR, OFF_LINK, OWN, Roles, RolesBuilder } from '../../../src/detect/evidence/roles.js';
import { batchOf, end, type Packet } from '../traffic.js';

const [SELF, ROUTER, PRINTER] = [0x02_00_00_00_00_01, 0x02_00_00_00_00_02, 0x02_00_00_00_00_03];
const HOST = '10.0.0.2';
const STRANGERS = ['203.0.113.1', '203.0.113.2', '203.0.113.3', '198.51.100.4'];

const arp = (from: string, mac: number): Packet => ({ at: 1, from, to: '10.0.0.1', port: -1, protocol: -1, mac });
/** A question of the captured host and its answer, each with the MACs on the wire. */
const exchange = (from: string, mac: number, to: string, toMac: number): Packet[] => [
  { at: 2, from, to, mac, traffic: { destinationMac: toMac } },
  { at: 2, from, to, reply: true, mac: toMac, traffic: { destinationMac: mac } },
];

const TRAINING: Packet[] = [
  arp(HOST, SELF),
  arp('10.0.0.1', ROUTER),
  arp('10.0.0.7', PRINTER),
  ...STRANGERS.flatMap((stranger) => exchange(HOST, SELF, stranger, ROUTER)),
  ...exchange(HOST, SELF, '10.0.0.7', PRINTER),
];

function learned(packets: readonly Packet[]): Roles {
  const builder = new RolesBuilder();
  const batch = batchOf(packets);
  for (let k = 0; k < batch.count; k++) builder.observe(batch, k);
  return new Roles(JSON.parse(JSON.stringify(builder.state())));
}

function rolesOf(roles: Roles, packets: readonly Packet[], addresses: readonly string[]): number[] {
  const batch = batchOf(packets);
  for (let k = 0; k < batch.count; k++) roles.hear(batch, k, k);
  return addresses.map((address) => {
    const { hashLow, hashHigh, local } = end(address);
    return roles.of(hashLow, hashHigh, local, true);
  });
}

describe('roles on the captured link', () => {
  it('are told by MAC addresses: the host itself, a neighbour, what is behind the router', () => {
    const asked = [HOST, '10.0.0.7', '203.0.113.2', '192.0.2.99'];
    expect(rolesOf(learned(TRAINING), TRAINING, asked)).toEqual([OWN, NEIGHBOUR, OFF_LINK, OFF_LINK]);
  });

  it('make a new host at a new MAC a neighbour, and one behind the router none', () => {
    const news: Packet[] = [
      { at: 9, from: '10.0.0.99', mac: 0x02_00_00_00_00_77 },
      { at: 9, from: '10.9.9.9', mac: ROUTER },
    ];
    expect(rolesOf(learned(TRAINING), news, ['10.0.0.99', '10.9.9.9'])).toEqual([NEIGHBOUR, OFF_LINK]);
  });

  it('tell the addresses of a gateway from those of the hosts that it forwards for', () => {
    // captured on the gateway's inner side: its MAC carries strangers, and speaks by ARP for its own address only
    const gateway = [
      arp('10.0.0.1', SELF),
      ...STRANGERS.flatMap((stranger) => exchange('10.0.0.7', PRINTER, stranger, SELF)),
      ...STRANGERS.flatMap((stranger) => exchange('10.0.0.8', ROUTER, stranger, SELF)),
      ...exchange('10.0.0.7', PRINTER, '10.0.0.1', SELF),
    ];
    const asked = ['10.0.0.1', '203.0.113.1', '10.0.0.7'];
    expect(rolesOf(learned(gateway), gateway, asked)).toEqual([OWN, OFF_LINK, NEIGHBOUR]);
  });

  it('are those of address ranges where there are no MAC addresses', () => {
    const roles = learned([]);
    const { hashLow, hashHigh } = end(HOST);
    expect([true, false].map((local) => roles.of(hashLow, hashHigh, local, false))).toEqual([OWN, OFF_LINK]);
  });
});
