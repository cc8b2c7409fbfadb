/** Messages of protocols as bytes, as far as they are in the clear: questions and answers, greetings, announcements. */

const encoder = new TextEncoder();

/** Bytes written one after another. */
class Bytes {
  private readonly list: number[] = [];

  u8(...values: number[]): this {
    this.list.push(...values);
    return this;
  }

  u16(...values: number[]): this {
    for (const value of values) this.list.push((value >> 8) & 255, value & 255);
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values)
      this.list.push((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
    return this;
  }

  add(bytes: ArrayLike<number>): this {
    for (let i = 0; i < bytes.length; i++) this.list.push(bytes[i]);
    return this;
  }

  text(text: string): this {
    return this.add(encoder.encode(text));
  }

  zeros(count: number): this {
    return this.add(new Uint8Array(count));
  }

  get length(): number {
    return this.list.length;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.list);
  }
}

function mac(value: number): number[] {
  return [40, 32, 24, 16, 8, 0].map((bits) => Math.floor(value / 2 ** bits) % 256);
}

/** Bytes that look like those of a key or a random, the same for the same seed. */
function noise(seed: number, count: number): Uint8Array {
  let state = seed | 1;
  return Uint8Array.from({ length: count }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    return (state >>> 13) & 255;
  });
}

function dnsName(name: string): Uint8Array {
  const bytes = new Bytes();
  for (const label of name.split('.')) bytes.u8(label.length).text(label);
  return bytes.u8(0).done();
}

export const DNS_A = 1;
export const DNS_TXT = 16;
const CLASS_IN = 1;

/** A question for a resolver (RFC 1035 section 4.1). */
export function dnsQuestion(id: number, name: string, type: number): Uint8Array {
  return new Bytes().u16(id, 0x0100, 1, 0, 0, 0).add(dnsName(name)).u16(type, CLASS_IN).done();
}

/** Its answer, with one record of so many bytes: an address, or a text. */
export function dnsAnswer(id: number, name: string, type: number, textBytes: number): Uint8Array {
  const answer = new Bytes().u16(id, 0x8180, 1, 1, 0, 0).add(dnsName(name)).u16(type, CLASS_IN);
  // the name again, as a pointer to the question's
  answer.u16(0xc00c, type, CLASS_IN).u32(60);
  if (type === DNS_A)
    return answer
      .u16(4)
      .u8(198, 51, 100, 1 + (id % 250))
      .done();
  const text = letters(id, Math.min(255, textBytes));
  return answer
    .u16(text.length + 1)
    .u8(text.length)
    .text(text)
    .done();
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** Text of the alphabet of base32 (RFC 4648), as tunnels through names use it. */
export function letters(seed: number, count: number): string {
  return [...noise(Math.imul(seed + 1, 0x9e3779b1), count)].map((byte) => LETTERS[byte & 31]).join('');
}

/** A record of TLS (RFC 8446 section 5.1). */
function record(type: number, body: Uint8Array): Uint8Array {
  return new Bytes().u8(type, 3, 3).u16(body.length).add(body).done();
}

function handshake(type: number, body: Uint8Array): Uint8Array {
  return record(22, new Bytes().u8(type, 0).u16(body.length).add(body).done());
}

/** (RFC 8446 section 4.1.2), with the name of the server (RFC 6066 section 3) */
export function clientHello(name: string, seed: number): Uint8Array {
  const host = new Bytes().u8(0).u16(name.length).text(name).done();
  const extensions = new Bytes();
  const extension = (type: number, body: Uint8Array) => extensions.u16(type, body.length).add(body);
  extension(0, new Bytes().u16(host.length).add(host).done());
  extension(10, new Bytes().u16(4, 0x1d, 0x17).done());
  extension(13, new Bytes().u16(6, 0x0403, 0x0804, 0x0401).done());
  extension(43, new Bytes().u8(2).u16(0x0304).done());
  extension(51, new Bytes().u16(36, 0x1d, 32).add(noise(seed, 32)).done());
  const body = new Bytes()
    .u16(0x0303)
    .add(noise(seed + 1, 32))
    .u8(32)
    .add(noise(seed + 2, 32));
  body.u16(6, 0x1301, 0x1302, 0x1303).u8(1, 0).u16(extensions.length).add(extensions.done());
  return handshake(1, body.done());
}

export function serverHello(seed: number): Uint8Array {
  const body = new Bytes()
    .u16(0x0303)
    .add(noise(seed + 3, 32))
    .u8(32)
    .add(noise(seed + 2, 32))
    .u16(0x1301)
    .u8(0);
  // supported version and key share
  body.u16(46, 43, 2, 0x0304, 51, 36, 0x1d, 32).add(noise(seed + 4, 32));
  return handshake(2, body.done());
}

export const SSH_BANNER = encoder.encode('SSH-2.0-OpenSSH_9.2p1\r\n');

/** A packet of SSH before its keys are there (RFC 4253 section 6). */
function sshPacket(body: Uint8Array): Uint8Array {
  const padding = 4 + ((8 - ((body.length + 9) % 8)) % 8);
  return new Bytes()
    .u32(body.length + padding + 1)
    .u8(padding)
    .add(body)
    .zeros(padding)
    .done();
}

const SSH_ALGORITHMS = [
  'curve25519-sha256',
  'ssh-ed25519',
  'chacha20-poly1305@openssh.com,aes256-gcm@openssh.com',
  'chacha20-poly1305@openssh.com,aes256-gcm@openssh.com',
  'hmac-sha2-256-etm@openssh.com',
  'hmac-sha2-256-etm@openssh.com',
  'none',
  'none',
  '',
  '',
];

/** What a side can do (RFC 4253 section 7.1). */
export function sshKexInit(seed: number): Uint8Array {
  const body = new Bytes().u8(20).add(noise(seed, 16));
  for (const list of SSH_ALGORITHMS) body.u32(list.length).text(list);
  return sshPacket(body.u8(0).u32(0).done());
}

/** The keys of both sides, and that they are used from now on (RFC 5656 section 4). */
export function sshKeyExchange(fromClient: boolean, seed: number): Uint8Array {
  if (fromClient) return sshPacket(new Bytes().u8(30).u32(32).add(noise(seed, 32)).done());
  const hostKey = new Bytes()
    .u32(11)
    .text('ssh-ed25519')
    .u32(32)
    .add(noise(seed + 1, 32))
    .done();
  const signature = new Bytes()
    .u32(11)
    .text('ssh-ed25519')
    .u32(64)
    .add(noise(seed + 2, 64))
    .done();
  const reply = new Bytes()
    .u8(31)
    .u32(hostKey.length)
    .add(hostKey)
    .u32(32)
    .add(noise(seed + 3, 32));
  reply.u32(signature.length).add(signature);
  return new Bytes()
    .add(sshPacket(reply.done()))
    .add(sshPacket(Uint8Array.of(21)))
    .done();
}

export function httpRequest(method: string, path: string, host: string, bodyBytes: number, more = ''): Uint8Array {
  const length = bodyBytes > 0 ? `Content-Length: ${bodyBytes}\r\n` : '';
  return encoder.encode(
    `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n${more}${length}\r\n`,
  );
}

export function httpResponse(status: string, bodyBytes: number): Uint8Array {
  return encoder.encode(
    `HTTP/1.1 ${status}\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: ${bodyBytes}\r\n\r\n`,
  );
}

export function line(text: string): Uint8Array {
  return encoder.encode(`${text}\r\n`);
}

/** A connection request of RDP with a name, and its confirmation, that TLS is to be used (MS-RDPBCGR sections 2.2.1.1 and 2.2.1.2). */
export function rdpConnect(fromClient: boolean, user: string): Uint8Array {
  const negotiation = new Bytes().u8(fromClient ? 1 : 2, 0, 8, 0, fromClient ? 3 : 1, 0, 0, 0).done();
  const cookie = fromClient ? encoder.encode(`Cookie: mstshash=${user}\r\n`) : new Uint8Array(0);
  const x224 = new Bytes().u8(6 + cookie.length + negotiation.length, fromClient ? 0xe0 : 0xd0);
  x224
    .u16(0, fromClient ? 0 : 0x1234)
    .u8(0)
    .add(cookie)
    .add(negotiation);
  return new Bytes()
    .u8(3, 0)
    .u16(4 + x224.length)
    .add(x224.done())
    .done();
}

const SMB2 = { negotiate: 0, sessionSetup: 1 } as const;
const SMB_STATUS = { ok: 0, more: 0xc0000016, logonFailure: 0xc000006d } as const;

/** Numbers of SMB are little-endian. */
const le16 = (value: number): number[] => [value & 255, (value >> 8) & 255];
const le32 = (value: number): number[] => [...le16(value & 0xffff), ...le16(value >>> 16)];

/** A message of SMB 2 over TCP (MS-SMB2 sections 2.1 and 2.2.1.2). */
function smb(command: number, response: boolean, status: number, id: number, session: number, body: Bytes): Uint8Array {
  const header = new Bytes()
    .u8(0xfe)
    .text('SMB')
    .u8(...le16(64), ...le16(1), ...le32(status), ...le16(command), ...le16(1));
  header.u8(...le32(response ? 1 : 0), ...le32(0), ...le32(id), ...le32(0), ...le32(0xfeff), ...le32(0));
  header.u8(...le32(session), ...le32(0)).zeros(16);
  const length = header.length + body.length;
  return new Bytes().u8(0, 0).u16(length).add(header.done()).add(body.done()).done();
}

export function smbNegotiate(fromClient: boolean, seed: number): Uint8Array {
  const body = new Bytes();
  if (fromClient) {
    body
      .u8(...le16(36), ...le16(2), ...le16(1), ...le16(0), ...le32(0))
      .add(noise(seed, 16))
      .zeros(8);
    body.u8(...le16(0x0202), ...le16(0x0210));
  } else {
    body.u8(...le16(65), ...le16(1), ...le16(0x0210), ...le16(0)).add(noise(seed + 1, 16));
    body.u8(...le32(7), ...le32(0x100000), ...le32(0x100000), ...le32(0x100000)).zeros(16);
    body.u8(...le16(128), ...le16(0), ...le32(0));
  }
  return smb(SMB2.negotiate, !fromClient, SMB_STATUS.ok, 0, 0, body);
}

/** The two rounds of a log-in by NTLM (MS-NLMP section 2.2.1): 1 offers, 2 proves; the answers: go on, and that it failed. */
export function smbSetup(fromClient: boolean, round: 1 | 2, user: string, seed: number): Uint8Array {
  const token = ntlm(fromClient, round, user, seed);
  const body = new Bytes();
  if (fromClient) {
    body.u8(...le16(25), 0, 1, ...le32(0), ...le32(0), ...le16(88), ...le16(token.length), ...le32(0), ...le32(0));
  } else if (round === 1) {
    body.u8(...le16(9), ...le16(0), ...le16(72), ...le16(token.length));
  } else {
    return smb(SMB2.sessionSetup, true, SMB_STATUS.logonFailure, 2, 1, body.u8(...le16(9), 0, 0, ...le32(0), 0));
  }
  const status = fromClient ? SMB_STATUS.ok : SMB_STATUS.more;
  return smb(SMB2.sessionSetup, !fromClient, status, round, fromClient && round === 1 ? 0 : 1, body.add(token));
}

const NTLM_FLAGS = 0x00000207;

function ntlm(fromClient: boolean, round: 1 | 2, user: string, seed: number): Uint8Array {
  const token = new Bytes().text('NTLMSSP').u8(0);
  const field = (length: number, at: number) => token.u8(...le16(length), ...le16(length), ...le32(at));
  if (!fromClient) {
    // a challenge
    token.u8(...le32(2));
    field(0, 48);
    return token
      .u8(...le32(NTLM_FLAGS))
      .add(noise(seed, 8))
      .zeros(8)
      .u8(...le16(0), ...le16(0), ...le32(48))
      .done();
  }
  if (round === 1) {
    token.u8(...le32(1), ...le32(NTLM_FLAGS));
    field(0, 32);
    field(0, 32);
    return token.done();
  }
  token.u8(...le32(3));
  const at = 64;
  field(24, at);
  field(24, at + 24);
  field(0, at);
  field(2 * user.length, at + 48);
  field(0, at);
  field(0, at);
  token.u8(...le32(NTLM_FLAGS)).add(noise(seed, 48));
  for (const letter of user) token.u8(letter.charCodeAt(0), 0);
  return token.done();
}

/** ARP for IPv4 over Ethernet (RFC 826). */
export function arp(opcode: 1 | 2, fromMac: number, from: Uint8Array, toMac: number, to: Uint8Array): Uint8Array {
  return new Bytes().u16(1, 0x0800).u8(6, 4).u16(opcode).add(mac(fromMac)).add(from).add(mac(toMac)).add(to).done();
}

/** A router's advertisement with its MAC address and a prefix (RFC 4861 sections 4.2 and 4.6), without its checksum. */
export function routerAdvertisement(fromMac: number, prefix: Uint8Array): Uint8Array {
  const message = new Bytes().u8(134, 0).u16(0).u8(64, 0).u16(1800).u32(0, 0);
  message.u8(1, 1).add(mac(fromMac));
  return message.u8(3, 4, 64, 0xc0).u32(86_400, 14_400, 0).add(prefix).done();
}

const DHCP = { offer: 2, ack: 5 } as const;

/** What a DHCP server says, with itself as router and resolver (RFC 2131 section 2, RFC 2132). */
export function dhcp(
  kind: keyof typeof DHCP,
  id: number,
  clientMac: number,
  offered: Uint8Array,
  server: Uint8Array,
): Uint8Array {
  const message = new Bytes().u8(2, 1, 6, 0).u32(id).u16(0, 0).u32(0).add(offered).add(server).u32(0);
  message
    .add(mac(clientMac))
    .zeros(10 + 64 + 128)
    .u32(0x63825363);
  message.u8(53, 1, DHCP[kind], 54, 4).add(server).u8(51, 4).u32(3600).u8(1, 4, 255, 255, 255, 0);
  return message.u8(3, 4).add(server).u8(6, 4).add(server).u8(255).zeros(30).done();
}

/** The address that a host makes of its MAC address on a link (RFC 4291 appendix A, RFC 4862). */
export function linkLocal(value: number): Uint8Array {
  const [a, b, c, d, e, f] = mac(value);
  return Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f);
}
