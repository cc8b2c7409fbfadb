/**
 * Which template an attack is like, by its name, and how large the attack is in the unit of that template: counted in its
 * labelled records.
 */
const TCP = 6;
const UDP = 17;
/** protocols as rows of a conn.log have them */
const [TCP_ROW, ICMP_ROW] = [0, 2];
const SYN = 2;
const ACK = 16;
const ECHO_REQUEST = new Set([8, 128]);
const ROUTER_ADVERTISEMENT = 134;
/** bytes that a character of a name carries, in base32 (RFC 4648) */
const NAME_SHARE = 5 / 8;
/** labels of the zone that answers */
const ZONE_LABELS = 3;
/** of uniform jitter ±j the standard deviation is j/√3 */
const jitterOf = (gaps) => (Math.sqrt(3) * deviation(gaps)) / mean(gaps);
/** above this a payload reads as text */
const PRINTABLE = 0.9;

/** Templates by attack; what is not here is like none of them. */
export const LIKE = {
  // IoT-23, by its own word
  'C&C': callHome,
  DDoS: 'SYN flood',
  PartOfAHorizontalPortScan: 'host sweep',
  // of the SCADA lab: a program sent through a session that is there already, and commands through one
  CnC_uploading_exe: 'upload by tls',
  moving_two_files: 'reverse shell',
  'arp-spoof': 'ARP takeover',
  'c2-beacon': callHome,
  'connect-slow': 'slow connect scan',
  'dns-portions': 'upload through names',
  'dns-tunnel': 'upload through names',
  exfil: 'upload by tls',
  'ftp-upload': 'upload by ftp',
  'http-beacon': callHome,
  'https-beacon': callHome,
  'https-portions': 'upload by tls, in portions',
  'https-upload': 'upload by tls, in portions',
  'icmp-flood': 'ping flood',
  'icmp-tunnel': 'upload through pings',
  'lan-scan': 'slow connect scan',
  lateral: 'spreading',
  'login-hidden': 'http guessing',
  'ping-sweep': 'ping sweep',
  'rev-shell': 'reverse shell',
  'rogue-ra': 'rogue router',
  'slow-ssh': 'ssh guessing',
  'smb-guess': 'smb guessing',
  spread: 'spreading',
  'ssh-brute': 'ssh guessing',
  'ssh-guess-out': 'ssh guessing',
  'ssh-upload': 'upload by ssh',
  'syn-flood': 'SYN flood',
  'syn-scan': 'SYN scan',
  'tls-shell': 'reverse shell',
  'udp-scan': 'UDP scan',
};

/** By what is said, and how regularly. */
function callHome({ opened, printable }) {
  if (mean(printable) > PRINTABLE) return 'call home by http';
  const jitter = jitterOf(gapsOf(opened));
  return Math.abs(jitter - 0.5) < jitter ? 'call home by tls, jitter 50 %' : 'call home by tls';
}

/** Sizes by the unit of a template. */
export const SIZES = {
  ports: ({ asked }) => new Set(asked.map(({ port }) => port)).size,
  hosts: ({ asked, lookedUp }) => new Set([...asked.map(({ to }) => to), ...lookedUp]).size,
  tries: ({ opened }) => Math.max(...countsOf(opened.map(({ to, port }) => `${to} ${port}`)).values()),
  's from call to call': ({ opened }) => median(gapsOf(opened)),
  bytes: ({ sentBytes, sessionBytes, echoBytes, nameBytes }) =>
    Math.max(sentBytes, sessionBytes) || echoBytes || nameBytes,
  minutes: ({ firstUs, lastUs }) => (lastUs - firstUs) / 60e6,
  'packets a second': ({ turns }) => {
    const [{ packets, firstUs, lastUs }] = [...turns.values()].sort((a, b) => b.packets - a.packets);
    return packets / ((lastUs - firstUs) / 1e6);
  },
  announcements: ({ claims }) => Math.max(...countsOf(claims).values()),
  advertisements: ({ advertisements }) => advertisements,
};

/** What the labelled records of an attack show, one packet or row of a conn.log after the other. */
export class Attack {
  firstUs = Number.POSITIVE_INFINITY;
  lastUs = 0;
  /** what was turned to: every SYN and every datagram of the side that began */
  asked = [];
  /** connections, each once */
  opened = [];
  lookedUp = [];
  claims = [];
  printable = [];
  sentBytes = 0;
  nameBytes = 0;
  echoBytes = 0;
  advertisements = 0;
  /** packets by whom they turned to, and when: an attack may have several targets, one after the other */
  turns = new Map();
  #flows = new Set();
  /** bytes each way of what was open before the recording began */
  #sessions = new Map();

  /** of the side of those sessions that said more */
  get sessionBytes() {
    return Math.max(0, ...this.#sessions.values());
  }

  add(record) {
    if (record.respH) this.#connection(record);
    else this.#packet(record);
  }

  #connection({ timestampUs, ipVersion, respH, respP, proto, origPkts, respPkts }) {
    this.firstUs = Math.min(this.firstUs, timestampUs);
    this.lastUs = Math.max(this.lastUs, timestampUs);
    const to = hex(respH.subarray(0, ipVersion === 4 ? 4 : 16));
    if (proto === ICMP_ROW) this.lookedUp.push(to);
    else this.asked.push({ to, port: respP });
    if (proto === TCP_ROW) this.opened.push({ timestampUs, to, port: respP });
    // a SYN that is answered is followed by others that ask for nothing; where a flood is too much, its rows have no counts
    this.#turn(to, timestampUs, proto === TCP_ROW && respPkts > 0 ? 1 : Math.max(1, origPkts));
  }

  #turn(to, timestampUs, packets) {
    const turn = this.turns.get(to) ?? { packets: 0, firstUs: timestampUs };
    this.turns.set(to, { ...turn, packets: turn.packets + packets, lastUs: timestampUs });
  }

  #packet(record) {
    const { timestampUs, ipProto, ipVersion, srcport, dstport, tcpFlags, payloadLen, payloadPrintable } = record;
    this.firstUs = Math.min(this.firstUs, timestampUs);
    this.lastUs = Math.max(this.lastUs, timestampUs);
    if (record.arpOpcode === 1) this.lookedUp.push(hex(record.arpDst));
    if (record.arpOpcode === 2) this.claims.push(hex(record.arpSrc));
    if (ipVersion < 0) return;
    const width = ipVersion === 4 ? 4 : 16;
    const [from, to] = [hex(record.ipSrc.subarray(0, width)), hex(record.ipDst.subarray(0, width))];
    if (ipVersion === 6 && record.icmpType === ROUTER_ADVERTISEMENT) this.advertisements++;
    if (ECHO_REQUEST.has(record.icmpType)) {
      this.#turn(to, timestampUs, 1);
      this.echoBytes += payloadLen;
      this.lookedUp.push(to);
    }
    if (record.dnsResponse === 0) {
      const labels = record.dnsQryName.toString().split('.');
      this.nameBytes += NAME_SHARE * labels.slice(0, -ZONE_LABELS).join('').length;
    }
    const flow = `${from} ${srcport} ${to} ${dstport}`;
    if (ipProto === TCP && (tcpFlags & (SYN | ACK)) === SYN) {
      this.asked.push({ to, port: dstport });
      this.#turn(to, timestampUs, 1);
      if (!this.#flows.has(flow)) this.opened.push({ timestampUs, to, port: dstport });
      this.#flows.add(flow);
    } else if (ipProto === TCP && this.#flows.has(flow) && payloadLen > 0) {
      this.sentBytes += payloadLen;
      if (payloadPrintable >= 0) this.printable.push(payloadPrintable);
    } else if (ipProto === TCP && !this.#flows.has(`${to} ${dstport} ${from} ${srcport}`)) {
      this.#sessions.set(flow, (this.#sessions.get(flow) ?? 0) + payloadLen);
    }
    if (ipProto === UDP && record.dnsResponse < 0 && !this.#flows.has(`${to} ${dstport} ${from} ${srcport}`)) {
      this.#flows.add(flow);
      this.asked.push({ to, port: dstport });
      this.#turn(to, timestampUs, 1);
    }
  }
}

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const gapsOf = (opened) => opened.slice(1).map(({ timestampUs }, i) => (timestampUs - opened[i].timestampUs) / 1e6);

function countsOf(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
