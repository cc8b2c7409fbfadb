/**
 * What may come next in a packet. Each reader returns one of these and packet.ts calls the reader it stands for, so no
 * protocol file imports another. The numbers are internal and stored nowhere.
 */

export const DONE = 0;
export const ETHERNET = 1;
export const SLL = 2;
export const SLL2 = 3;
export const NULL = 4;
export const RAW = 6;
export const PPP = 7;
export const VLAN = 8;
export const LLC = 9;
export const PPPOE = 10;
export const ARP = 11;
export const IPV4 = 12;
export const IPV6 = 13;
export const TCP = 14;
export const UDP = 15;
export const ICMP = 16;
export const ICMPV6 = 17;
export const SCTP = 18;
export const GRE = 19;
export const DNS = 20;
export const DNS_OVER_TCP = 21;
export const TLS = 22;
export const VXLAN = 23;
export const GENEVE = 24;
export const MPLS = 25;
export const IPV4_IN_IP = 26;
export const IPV6_IN_IP = 27;
export const NFLOG = 28;
export const RADIOTAP = 29;
export const WLAN = 30;
export const AVS_OR_PRISM = 31;
export const PPI = 32;
export const ENC = 33;
export const PFLOG = 34;
export const PKTAP = 35;

/** Readers called for one packet at most; Ethernet, tags, PPPoE, PPP, IP, UDP and DNS of a packet that means well are fewer. */
export const MAX_LAYERS = 16;
