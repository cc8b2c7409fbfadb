/** What Windows says when somebody logs in: RDP and SMB. */

import { Bytes, noise } from './bytes.js';

const encoder = new TextEncoder();

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
