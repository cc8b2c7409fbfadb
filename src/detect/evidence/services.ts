/** Services as numbers: protocol and port, echoes, other IP protocols, and what training used too little to tell apart. */

const SPAN = 131_072;
const OTHER_PORT = 65_536;
const NO_PORT = 65_537;
export const TCP = 6;
const UDP = 17;
const ICMP = 1;
const ICMPV6 = 58;
/** echoes of either ICMP */
export const ECHO = ICMP * SPAN + NO_PORT;

/** of a record's protocol number and service port */
export function serviceOf(protocol: number, port: number): number {
  if (port >= 0) return protocol * SPAN + port;
  return protocol === ICMPV6 ? ECHO : protocol * SPAN + NO_PORT;
}

/** All services of the protocol that training hardly used, as one: a scan, or the ports of FTP and RTP. */
export function pooled(service: number): number {
  return protocolOf(service) * SPAN + OTHER_PORT;
}

export function protocolOf(service: number): number {
  return Math.floor(service / SPAN);
}

/** -1 where it has none, or is pooled */
export function portOf(service: number): number {
  const port = service % SPAN;
  return port < OTHER_PORT ? port : -1;
}

/** Ports below this are assigned, each to a service of its own (RFC 6335, 6). */
const SYSTEM_PORTS = 1024;

/** Told apart from others however little training had of it. */
export function isAlwaysOwn(service: number): boolean {
  return service % SPAN < SYSTEM_PORTS || service === ECHO;
}

/** "tcp", "udp", "icmp" or "ip" */
export function transportOf(service: number): string {
  const protocol = protocolOf(service);
  return protocol === TCP ? 'tcp' : protocol === UDP ? 'udp' : protocol === ICMP ? 'icmp' : 'ip';
}
