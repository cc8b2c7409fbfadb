/** Packets under link types that have headers of their own: firewall logs, radio, loopback of IPsec. */

import * as p from '../support/packets.ts';

const { frame, ether, ipv4, ipv6, udp, wlan } = p;
const hello = 'hello, world\n';

type Part = p.Layer | Uint8Array | string;
const v4 = (): Part[] => [ipv4(), udp({ src: 5000, dst: 5001 }), hello];
const v6 = (): Part[] => [ipv6(), udp({ src: 5000, dst: 5001 }), hello];
const data = (fields: Parameters<typeof wlan>[0] = {}): Part[] => [wlan(fields), p.snap()];

const cut = (bytes: Uint8Array, capLen: number): p.CapturedPacket => ({
  data: bytes.subarray(0, capLen),
  wireLen: bytes.length,
});

const frames: readonly Uint8Array[] = [
  frame(...data(), ...v4()),
  frame(...data({ flags: 2, addresses: [p.STATION, p.ACCESS_POINT, p.SERVER] }), ...v6()),
  frame(...data({ flags: 0, addresses: [p.SERVER, p.STATION, p.ACCESS_POINT] }), p.arp()),
  frame(...data({ flags: 3, addresses: [p.ACCESS_POINT, p.ACCESS_POINT, p.SERVER, p.STATION] }), ...v4()),
  frame(...data({ subtype: 8 }), ...v4()),
  frame(...data({ subtype: 8, flags: 0x81 }), ...v4()),
  frame(wlan({ subtype: 8, qos: 0x80 }), p.aggregated(), p.snap(), ...v4()),
  frame(wlan(), p.snap({ oui: 0x0000f8 }), ...v4()),
  frame(wlan(), p.llc(), hello),
  frame(wlan({ subtype: 4 })),
  frame(wlan({ flags: 0x41 }), new Uint8Array(60).fill(7)),
  frame(...data({ flags: 5 }), ...v4()),
  frame(wlan({ fragment: 1 }), new Uint8Array(40).fill(65)),
  // a beacon, an acknowledgment
  frame(
    wlan({ type: 0, subtype: 8, flags: 0, addresses: ['ff:ff:ff:ff:ff:ff', p.ACCESS_POINT, p.ACCESS_POINT] }),
    new Uint8Array(12),
    Uint8Array.of(0, 4, 104, 111, 109, 101),
  ),
  Uint8Array.of(0xd4, 0, 0, 0, 2, 0, 0, 0, 0, 10),
];

export const CAPTURES = {
  nflog: {
    linkType: 239,
    packets: [
      frame(p.nflog(), ...v4()),
      frame(p.nflog(), ...v6()),
      frame(
        p.nflog({
          attributes: [
            [8, new Uint8Array(12)],
            [4, new Uint8Array(5)],
          ],
        }),
        ...v4(),
      ),
      frame(p.nflog({ family: 0 }), hello),
      frame(p.nflog({ payload: false })),
      ...[3, 6, 14, 30].map((length) => cut(frame(p.nflog(), ...v4()), length)),
    ],
  },
  radiotap: {
    linkType: 127,
    packets: [
      ...frames.map((bytes) => frame(p.radiotap(), bytes)),
      frame(p.radiotap({ flags: 0x10 }), ...data(), ...v4()),
      frame(p.radiotap({ flags: 0x10, timer: true }), wlan(), p.llc(), hello),
      frame(p.radiotap({ flags: 0x20, timer: true, antennas: 2 }), wlan({ subtype: 8, padding: 2 }), p.snap(), ...v4()),
      frame(p.radiotap({ version: 1 }), ...data(), ...v4()),
      ...[6, 20, 34, 50].map((length) => cut(frame(p.radiotap(), ...data(), ...v4()), length)),
    ],
  },
  wlan: { linkType: 105, packets: frames },
  'wlan-prism': { linkType: 119, packets: [frame(p.prism(), ...data(), ...v4()), frame(p.avs(), ...data(), ...v4())] },
  'wlan-avs': { linkType: 163, packets: [frame(p.avs(), ...data(), ...v4())] },
  ppi: {
    linkType: 192,
    packets: [frame(p.ppi(), ...data(), ...v4()), frame(p.ppi(1), ether(), ...v6()), frame(p.ppi(147), hello)],
  },
  enc: {
    linkType: 109,
    packets: [frame(p.enc(), ...v4()), frame(p.enc(), ...v6()), frame(p.enc({ family: 99 }), hello)],
  },
  pflog: {
    linkType: 117,
    packets: [
      frame(p.pflog(), ...v4()),
      frame(p.pflog({ family: 30 }), ...v6()),
      frame(p.pflog({ length: 100 }), ...v4()),
      cut(frame(p.pflog(), ...v4()), 40),
    ],
  },
  pktap: {
    linkType: 258,
    packets: [
      frame(p.pktap(), ether(), ...v4()),
      frame(p.pktap({ linkType: 101 }), ...v6()),
      frame(p.pktap({ linkType: 189 }), hello),
    ],
  },
  'ppp-ether': {
    linkType: 51,
    packets: [frame(p.pppoe(), p.ppp({ framing: false }), ...v4()), frame(p.pppoe({ code: 9 }), hello)],
  },
  'cisco-hdlc': {
    linkType: 104,
    packets: [frame(p.ppp({ cisco: true }), ...v4()), frame(p.ppp({ cisco: true }), ...v6())],
  },
  'atm-llc': { linkType: 100, packets: [frame(p.snap(), ...v4()), frame(p.snap(), ...v6())] },
};
