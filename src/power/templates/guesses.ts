/** Guessing passwords, and spreading by them. */

import type { Act, Exchange, Host } from '../act.js';
import {
  ASKED,
  type Cast,
  http,
  rdpGuess,
  resolveMac,
  SECOND_US,
  smbGuess,
  sorted,
  sshGuesses,
  talk,
} from '../talk.js';
import { BOTH, type Template } from '../template.js';

const TRIES = [3, 6, 12, 25, 50, 100, 200, 500];
/** hydra(1) has 16 tasks at once by default and advises 4 for ssh; a task's next try waits for the answer to the one before */
const SSH_TASKS = 4;
/** with a password given beforehand a client asks no second time (sshpass(1)) */
const SSH_PASSWORDS = 1;
const SSH_SESSION_US = SSH_PASSWORDS * 2.1 * SECOND_US;
const PACE_US = SECOND_US / 4;
const HOSTS = [2, 4, 8, 16, 32, 64, 128];

interface Guess {
  readonly service: string;
  readonly end?: 'fin' | 'rst';
  readonly exchanges: (cast: Cast, number: number) => readonly Exchange[];
}

function* guesses(
  cast: Cast,
  count: number,
  paceUs: number,
  { service, end = 'fin', exchanges }: Guess,
  startUs: number,
): Generator<Act> {
  const { initiator: client, target: server, port: serverPort, random } = cast;
  let at = startUs;
  for (let i = 0; i < count; i++) {
    yield talk(cast, { startUs: at, client, server, serverPort, service, end, exchanges: exchanges(cast, i) });
    at += Math.round(paceUs * (0.8 + 0.4 * random.uniform()));
  }
}

function* guessing(cast: Cast, count: number, paceUs: number, guess: Guess): Generator<Act> {
  yield* resolveMac(cast.initiator, cast.target, cast.startUs);
  yield* guesses(cast, count, paceUs, guess, cast.startUs + 1000);
}

const SSH: Guess = { service: 'ssh', exchanges: ({ random }) => sshGuesses(random.integer(2 ** 30), SSH_PASSWORDS) };
const SMB: Guess = { service: 'smb', exchanges: ({ random }, i) => smbGuess(`user${i % 7}`, random.integer(2 ** 30)) };
const RDP: Guess = {
  service: 'rdp',
  end: 'rst',
  exchanges: ({ random }, i) => rdpGuess(`user${i % 7}`, random.integer(2 ** 30)),
};
const HTTP: Guess = {
  service: 'http',
  exchanges: ({ target }, i) => http('POST', '/login', target.text, 34 + (i % 9), '401 Unauthorized', 179),
};

/** what programs spread through (ATT&CK T1021.001, .002, .004, .005 and .006), and web servers with log-ins */
const SERVICES = [22, 80, 445, 3389, 5900, 5985];
const LOGINS: Readonly<Record<number, Guess>> = { 22: SSH, 80: HTTP, 445: SMB, 3389: RDP };
/** passwords tried at a service that is open */
const PASSWORDS = 3;
/** `lateral` of the network range-w asks for sixty addresses a second, and for four ports of a host that is there */
const LOOKUP_US = SECOND_US / 60;

/** Looks up all addresses at once, then asks each host that is there for several services, then guesses at those that are open. */
function* spread(cast: Cast, size: number): Generator<Act> {
  const { initiator: client, startUs } = cast;
  for (const [i, { host: server, there }] of addressesOf(cast, size).entries()) {
    const at = startUs + Math.round(i * LOOKUP_US);
    const found = resolveMac(client, server, at, there);
    yield* found;
    if (there) yield* tryAll(cast, server, at + 1000);
    // where MAC addresses are unseen, so is that nobody answered
    else if (found.length === 0)
      yield talk(cast, { startUs: at + 1000, client, server, serverPort: 445, outcome: 'silent' });
  }
}

/** Some of the segment's addresses, the target's among them: who meets nobody does not spread. */
function addressesOf({ neighbours, target, random, isFar }: Cast, size: number): Cast['neighbours'] {
  if (isFar(target)) return neighbours.slice(0, size);
  const others = neighbours.filter(({ host }) => host.text !== target.text).slice(0, size - 1);
  const place = random.integer(others.length + 1);
  return [...others.slice(0, place), { host: target, there: true }, ...others.slice(place)];
}

function* tryAll(cast: Cast, server: Host, startUs: number): Generator<Act> {
  const { initiator: client, random, isOpen } = cast;
  const order = Int32Array.from(SERVICES);
  random.shuffle(order);
  let at = startUs;
  for (const serverPort of order) {
    const outcome = isOpen(server, serverPort) ? 'established' : 'refused';
    yield talk(cast, { startUs: at, client, server, serverPort, outcome, end: 'rst' });
    at += Math.round(PACE_US * (0.5 + random.uniform()));
  }
  for (const serverPort of order) {
    const guess = LOGINS[serverPort];
    if (!guess || !isOpen(server, serverPort)) continue;
    const paceUs = guess === SSH ? SSH_SESSION_US : PACE_US;
    yield* guesses({ ...cast, target: server, port: serverPort }, PASSWORDS, paceUs, guess, at);
    at += Math.round(1.2 * PASSWORDS * paceUs);
  }
}

const COMMON = {
  names: ['password guessing'],
  unit: 'tries',
  sizes: TRIES,
  inputs: BOTH,
  initiator: 'new host',
  target: 'server',
} as const;
const quick = { lastsUs: (size: number) => size * PACE_US + SECOND_US };

export const GUESSES: readonly Template[] = [
  {
    ...COMMON,
    name: 'ssh guessing',
    port: 22,
    lastsUs: (size) => Math.ceil(size / SSH_PASSWORDS / SSH_TASKS) * SSH_SESSION_US + SSH_SESSION_US,
    packets: (size) => 30 * size,
    source: 'sshpass(1) with ssh(1), 4 at once; RFC 4252, RFC 4253',
    acts: (cast, size) => guessing(cast, Math.ceil(size / SSH_PASSWORDS), SSH_SESSION_US / SSH_TASKS, SSH),
  },
  {
    ...COMMON,
    ...quick,
    name: 'http guessing',
    // passwords by HTTP: without a look into pages all that can be seen is how many requests or connections there are
    names: ['password guessing', 'request flood', 'connection flood'],
    port: 80,
    packets: (size) => 11 * size,
    source: 'hydra(1), http-post-form; RFC 9110',
    acts: (cast, size) => guessing(cast, size, PACE_US, HTTP),
  },
  {
    ...COMMON,
    ...quick,
    name: 'smb guessing',
    port: 445,
    packets: (size) => 19 * size,
    source: 'hydra(1), smb2; MS-SMB2, MS-NLMP',
    acts: (cast, size) => guessing(cast, size, PACE_US, SMB),
  },
  {
    ...COMMON,
    ...quick,
    name: 'rdp guessing',
    port: 3389,
    packets: (size) => 25 * size,
    source: 'hydra(1), rdp; MS-RDPBCGR, MS-CSSP',
    acts: (cast, size) => guessing(cast, size, PACE_US, RDP),
  },
  {
    name: 'spreading',
    names: ['ARP sweep', 'host sweep', 'port scan', 'refused connections', 'password guessing'],
    unit: 'hosts',
    sizes: HOSTS,
    inputs: BOTH,
    initiator: 'client',
    target: 'segment',
    lastsUs: (size) =>
      size * LOOKUP_US + ASKED * SECOND_US + (SERVICES.length + 3 * PASSWORDS) * PACE_US + PASSWORDS * SSH_SESSION_US,
    // an address that nobody has is asked for three times; one host's services and log-ins
    packets: (size) => 3 * size + 85 * PASSWORDS,
    source: 'ATT&CK T1018, T1021 and T1110.001; RFC 826, RFC 4252, MS-SMB2',
    acts: (cast, size) => sorted(spread(cast, size)),
  },
];
