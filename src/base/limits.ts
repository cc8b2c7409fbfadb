/**
 * The most bytes kept of a packet, libpcap's MAXIMUM_SNAPLEN (pcap-int.h; Wireshark has the same). A packet in a file
 * that says it has more is damage.
 */
export const MAX_SNAPLEN = 262_144;
