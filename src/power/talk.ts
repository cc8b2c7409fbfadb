/** Conversations of the usual protocols, with what is said in the clear as their programs say it. */

import type { Random } from '../model/random.js';
import type { Act, Announcement, Content, Conversation, Exchange, Host } from './act.js';
import { addressType, DNS_TXT, dnsAnswer, dnsQuestion } from './messages/dns.js';
import { httpRequest, httpResponse, line } from './messages/http.js';
import { arp, neighbourMessage, solicitedNode } from './messages/segment.js';
import { SSH_BANNER, sshKexInit, sshKeyExchange } from './messages/ssh.js';
import { clientHello, serverHello } from './messages/tls.js';
import { rdpConnect, smbNegotiate, smbSetup } from './messages/windows.js';
import { ETHERTYPE, linkMessage } from './write.js';

export interface Cast {
  readonly initiator: Host;
  readonly target: Host;
  /** that the target listens on, 0 where any will do */
  readonly port: number;
  /** addresses of the segment, known ones among them, to be looked through */
  readonly neighbours: readonly { readonly host: Host; readonly there: boolean }[];
  readonly resolver: Host | undefined;
  readonly startUs: number;
  readonly random: Random;
  readonly isFar: (host: Host) => boolean;
  /** whether it was seen to answer there */
  readonly isOpen: (host: Host, port: number) => boolean;
}

/** µs there and back, on a segment and beyond it */
const NEAR_RTT_US = 400;
const FAR_RTT_US = 20_000;
/** bytes a second: a local link of which a part is free, and an ordinary line to the world */
const NEAR_RATE = 20e6;
const FAR_RATE = 5e6;
/** µs that a server thinks about a request */
const THINK_US = 3_000;
/** where Linux begins with ports of its own (ip_local_port_range) */
const FIRST_PORT = 32_768;
const PORTS = 28_000;
export const SECOND_US = 1_000_000;
export const MINUTE_US = 60 * SECOND_US;

type Given = Pick<Conversation, 'startUs' | 'client' | 'server' | 'serverPort'> & Partial<Conversation>;

export function talk(cast: Cast, given: Given): Conversation {
  const far = cast.isFar(given.client) || cast.isFar(given.server);
  return {
    type: 'conversation',
    protocol: 'tcp',
    clientPort: FIRST_PORT + cast.random.integer(PORTS),
    outcome: 'established',
    service: '',
    rttUs: Math.round((far ? FAR_RTT_US : NEAR_RTT_US) * (0.8 + 0.4 * cast.random.uniform())),
    rate: far ? FAR_RATE : NEAR_RATE,
    exchanges: [],
    end: 'fin',
    ...given,
  };
}

function turn(fromClient: boolean, bytes: Uint8Array, gapUs = fromClient ? 500 : THINK_US): Exchange {
  return { gapUs, fromClient, bytes: bytes.length, content: { as: 'bytes', bytes } };
}

export function data(
  fromClient: boolean,
  bytes: number,
  as: Content['as'] & ('cipher' | 'text' | 'records'),
  gapUs = THINK_US,
): Exchange {
  return { gapUs, fromClient, bytes, content: { as } };
}

/** Bytes of a finished handshake's rest: the server's certificate and proof, and what the client says to it (RFC 8446 figure 1). */
const CERTIFICATE_BYTES = 2_400;
const FINISHED_BYTES = 74;

/** A handshake of TLS 1.3, then what is given. */
export function tls(name: string, seed: number, rest: readonly Exchange[]): Exchange[] {
  return [
    turn(true, clientHello(name, seed)),
    turn(false, serverHello(seed)),
    data(false, CERTIFICATE_BYTES, 'records', 0),
    data(true, FINISHED_BYTES, 'records', 900),
    ...rest,
  ];
}

/** A request with so many bytes of text and its answer. */
export function http(
  method: string,
  path: string,
  host: string,
  up: number,
  status: string,
  down: number,
  gapUs = 500,
): Exchange[] {
  const header = httpRequest(method, path, host, up);
  const answer = httpResponse(status, down);
  return [
    { gapUs, fromClient: true, bytes: header.length + up, content: { as: 'headed', header, rest: 'text' } },
    {
      gapUs: THINK_US,
      fromClient: false,
      bytes: answer.length + down,
      content: { as: 'headed', header: answer, rest: 'text' },
    },
  ];
}

/** Greetings, algorithms and keys of SSH (RFC 4253 section 7), then what is given. */
export function ssh(seed: number, rest: readonly Exchange[]): Exchange[] {
  return [
    turn(true, SSH_BANNER),
    turn(false, SSH_BANNER),
    turn(true, sshKexInit(seed)),
    turn(false, sshKexInit(seed + 1)),
    turn(true, sshKeyExchange(true, seed)),
    turn(false, sshKeyExchange(false, seed)),
    turn(true, Uint8Array.of(0, 0, 0, 12, 10, 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
    data(true, 44, 'cipher', 400),
    data(false, 44, 'cipher', 400),
    ...rest,
  ];
}

/** OpenSSH's server waits about so long before it says that a password was wrong (PAM's fail delay). */
const WRONG_PASSWORD_US = 2 * SECOND_US;

/** Wrong passwords, each a message of the client and one of the server (RFC 4252 section 8). */
export function sshGuesses(seed: number, passwords: number): Exchange[] {
  const tries = Array.from({ length: passwords }, () => [
    data(true, 148, 'cipher', 50_000),
    data(false, 52, 'cipher', WRONG_PASSWORD_US),
  ]);
  return ssh(seed, [data(true, 68, 'cipher', 800), data(false, 52, 'cipher', 800), ...tries.flat()]);
}

export function smbGuess(user: string, seed: number): Exchange[] {
  return [
    turn(true, smbNegotiate(true, seed)),
    turn(false, smbNegotiate(false, seed)),
    turn(true, smbSetup(true, 1, user, seed)),
    turn(false, smbSetup(false, 1, user, seed)),
    turn(true, smbSetup(true, 2, user, seed)),
    turn(false, smbSetup(false, 2, user, seed)),
  ];
}

/** A connection of RDP, sealed by TLS, in which a password is refused (MS-CSSP section 3.1.5). */
export function rdpGuess(user: string, seed: number): Exchange[] {
  const rounds = [
    data(true, 95, 'records'),
    data(false, 270, 'records'),
    data(true, 640, 'records'),
    data(false, 40, 'records', 40_000),
  ];
  return [turn(true, rdpConnect(true, user)), turn(false, rdpConnect(false, user)), ...tls('srv01', seed, rounds)];
}

/** The lines of a log-in by FTP and of a file's way up (RFC 959 section 7). */
export function ftpControl(port: number): Exchange[] {
  const lines: readonly [boolean, string][] = [
    [false, '220 ready'],
    [true, 'USER backup'],
    [false, '331 password required'],
    [true, 'PASS letmein99'],
    [false, '230 logged in'],
    [true, 'TYPE I'],
    [false, '200 binary'],
    [true, 'EPSV'],
    [false, `229 Entering Extended Passive Mode (|||${port}|)`],
    [true, 'STOR archive.tgz'],
    [false, '150 go on'],
  ];
  return lines.map(([fromClient, text]) => turn(fromClient, line(text)));
}

/** The target's name asked for: its address answers, to which the client then goes. */
export function lookup(cast: Cast, client: Host, startUs: number, name: string): Act[] {
  const { address } = cast.target;
  return question(cast, client, startUs, { name, type: addressType(address), content: address });
}

/** A name asked for, and a text of so many bytes as its answer. */
export function textLookup(cast: Cast, client: Host, startUs: number, name: string, bytes: number): Act[] {
  return question(cast, client, startUs, { name, type: DNS_TXT, content: bytes });
}

interface Question {
  readonly name: string;
  readonly type: number;
  readonly content: Uint8Array | number;
}

function question(cast: Cast, client: Host, startUs: number, { name, type, content }: Question): Act[] {
  const { resolver, random } = cast;
  if (!resolver) return [];
  const id = random.integer(65_536);
  const exchanges = [
    turn(true, dnsQuestion(id, name, type), 0),
    turn(false, dnsAnswer(id, name, type, content), FAR_RTT_US),
  ];
  return [
    talk(cast, { startUs, client, server: resolver, serverPort: 53, protocol: 'udp', service: 'dns', exchanges }),
  ];
}

/** times that Linux asks, a second apart, before it gives a neighbour up (arp(7), mcast_solicit and retrans_time; RFC 4861 section 10) */
export const ASKED = 3;
const ANSWER_US = 200;

/** How a host of the segment finds another one's MAC address; nothing where the records hold none. */
export function resolveMac(from: Host, to: Host, startUs: number, there = true): Act[] {
  if (from.look.mac < 0) return [];
  const [question, answer] = from.address.length === 4 ? byArp(from, to) : byDiscovery(from, to);
  if (there)
    return [
      { ...question, startUs },
      { ...answer, startUs: startUs + ANSWER_US },
    ];
  return Array.from({ length: ASKED }, (_, i) => ({ ...question, startUs: startUs + i * SECOND_US }));
}

type Said = Omit<Announcement, 'startUs'>;

function byArp(from: Host, to: Host): [Said, Said] {
  const common = { type: 'announcement', etherType: ETHERTYPE.arp } as const;
  const [asker, other] = [from.look.mac, to.look.mac];
  return [
    { ...common, from, toMac: BROADCAST, bytes: arp(1, asker, from.address, 0, to.address) },
    { ...common, from: to, toMac: asker, bytes: arp(2, other, to.address, asker, from.address) },
  ];
}

function byDiscovery(from: Host, to: Host): [Said, Said] {
  const common = { type: 'announcement', etherType: ETHERTYPE.ipv6 } as const;
  const group = solicitedNode(to.address);
  const question = neighbourMessage('who has', to.address, from.look.mac);
  const answer = neighbourMessage('here', to.address, to.look.mac);
  return [
    { ...common, from, toMac: group.mac, bytes: linkMessage(from, group.address, question) },
    { ...common, from: to, toMac: from.look.mac, bytes: linkMessage(to, from.address, answer) },
  ];
}

/** Acts of several at once, by time. */
export function sorted(acts: Iterable<Act>): Act[] {
  return [...acts].sort((a, b) => a.startUs - b.startUs);
}

export const BROADCAST = 0xffffffffffff;
