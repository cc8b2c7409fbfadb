/** Taking a place on the segment that is somebody else's: no conn.log holds what is said here. */

import type { Act } from '../act.js';
import { arp, dhcp, linkLocal, routerAdvertisement } from '../messages/segment.js';
import { BROADCAST, type Cast, SECOND_US, talk } from '../talk.js';
import { PACKETS_ONLY, type Template } from '../template.js';
import { ETHERTYPE, linkMessage } from '../write.js';

const COUNTS = [1, 2, 4, 8, 16, 32];
/** arpspoof(8) tells each side every two seconds */
const ARP_PACE_US = 2 * SECOND_US;
/** fake_router6 of THC-IPv6 advertises every five seconds */
const RA_PACE_US = 5 * SECOND_US;
const ALL_NODES_MAC = 0x333300000001;
const ALL_NODES = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const DHCP_SERVER = 67;
const DHCP_CLIENT = 68;

/** Says that the target's address is at the initiator's MAC address. */
function* takeover({ initiator, target, startUs, neighbours }: Cast, size: number): Generator<Act> {
  const victim = neighbours.find(({ there, host }) => there && host.text !== target.text)?.host ?? initiator;
  for (let i = 0; i < size; i++) {
    const bytes = arp(2, initiator.look.mac, target.address, victim.look.mac, victim.address);
    yield {
      type: 'announcement',
      startUs: startUs + i * ARP_PACE_US,
      from: initiator,
      toMac: victim.look.mac,
      etherType: ETHERTYPE.arp,
      bytes,
    };
  }
}

function* rogueRouter({ initiator, startUs, random }: Cast, size: number): Generator<Act> {
  const prefix = new Uint8Array(16);
  prefix.set([0xfd, random.integer(256), random.integer(256), random.integer(256)]);
  const message = routerAdvertisement(initiator.look.mac, prefix);
  const address = linkLocal(initiator.look.mac);
  const from = { ...initiator, address };
  const bytes = linkMessage(from, ALL_NODES, message);
  for (let i = 0; i < size; i++) {
    yield {
      type: 'announcement',
      startUs: startUs + i * RA_PACE_US,
      from,
      toMac: ALL_NODES_MAC,
      etherType: ETHERTYPE.ipv6,
      bytes,
    };
  }
}

/** Offers addresses of the segment, with itself as the router. */
function* rogueDhcp(cast: Cast, size: number): Generator<Act> {
  const { initiator: client, startUs, neighbours, random } = cast;
  for (let i = 0; i < size; i++) {
    const offered = neighbours[i % neighbours.length].host.address;
    const asker = 0x020000000000 + random.integer(2 ** 30);
    const id = random.integer(2 ** 30);
    for (const [k, kind] of (['offer', 'ack'] as const).entries()) {
      const message = dhcp(kind, id, asker, offered, client.address);
      const exchanges = [
        { gapUs: 0, fromClient: true, bytes: message.length, content: { as: 'bytes', bytes: message } as const },
      ];
      const server = {
        address: Uint8Array.of(255, 255, 255, 255),
        text: '255.255.255.255',
        look: { ...client.look, mac: BROADCAST },
      };
      const ports = { clientPort: DHCP_SERVER, serverPort: DHCP_CLIENT, protocol: 'udp', outcome: 'silent' } as const;
      yield talk(cast, {
        startUs: startUs + i * ARP_PACE_US + k * 3_000,
        client,
        server,
        service: 'dhcp',
        exchanges,
        ...ports,
      });
    }
  }
}

const SEGMENT = { sizes: COUNTS, inputs: PACKETS_ONLY, initiator: 'new host', about: 'segment' } as const;

export const SEGMENTS: readonly Template[] = [
  {
    ...SEGMENT,
    name: 'ARP takeover',
    names: ['ARP spoofing', 'changed MAC address'],
    unit: 'announcements',
    target: 'server',
    lastsUs: (size) => size * ARP_PACE_US,
    packets: (size) => size,
    source: 'arpspoof(8); RFC 826',
    acts: takeover,
  },
  {
    ...SEGMENT,
    name: 'rogue router',
    names: ['rogue router'],
    unit: 'advertisements',
    target: 'segment',
    lastsUs: (size) => size * RA_PACE_US,
    packets: (size) => size,
    source: 'fake_router6 of THC-IPv6; RFC 4861 section 4.2, RFC 6104',
    acts: rogueRouter,
  },
  {
    ...SEGMENT,
    name: 'rogue DHCP server',
    names: ['rogue DHCP server'],
    unit: 'clients served',
    target: 'segment',
    lastsUs: (size) => size * ARP_PACE_US,
    packets: (size) => 2 * size,
    source: 'Responder, DHCP; RFC 2131',
    acts: rogueDhcp,
  },
];
