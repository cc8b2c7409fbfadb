/** What of SSH is in the clear: greetings, algorithms and keys. */

import { Bytes, noise } from './bytes.js';

const encoder = new TextEncoder();

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
