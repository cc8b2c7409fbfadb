/** Guessing passwords, and spreading by them. */

import type { Act, Exchange } from '../act.js';
import { type Cast, http, rdpGuess, resolveMac, SECOND_US, smbGuess, sorted, sshGuesses, talk } from '../talk.js';
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
): Generator<Act> {
  const { initiator: client, target: server, port: serverPort, startUs, random } = cast;
  yield* resolveMac(client, server, startUs);
  let at = startUs + 1000;
  for (let i = 0; i < count; i++) {
    yield talk(cast, { startUs: at, client, server, serverPort, service, end, exchanges: exchanges(cast, i) });
    at += Math.round(paceUs * (0.8 + 0.4 * random.uniform()));
  }
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

/** Looks for one port on the hosts of the segment and tries three passwords where it is open. */
function* spread(cast: Cast, size: number): Generator<Act> {
  const { initiator: client, startUs, neighbours, random } = cast;
  for (let i = 0; i < Math.min(size, neighbours.length); i++) {
    const { host: server, there } = neighbours[i];
    const at = startUs + i * SECOND_US;
    const found = resolveMac(client, server, at, there);
    yield* found;
    if (!there && found.length > 0) continue;
    if (!there || server.text !== cast.target.text) {
      const outcome = there ? 'refused' : 'silent';
      yield talk(cast, { startUs: at + 1000, client, server, serverPort: 445, outcome });
      continue;
    }
    for (let k = 0; k < 3; k++) {
      const exchanges = smbGuess('administrator', random.integer(2 ** 30));
      yield talk(cast, {
        startUs: at + 1000 + k * PACE_US,
        client,
        server,
        serverPort: 445,
        service: 'smb',
        exchanges,
      });
    }
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
    acts: (cast, size) => guesses(cast, Math.ceil(size / SSH_PASSWORDS), SSH_SESSION_US / SSH_TASKS, SSH),
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
    acts: (cast, size) => guesses(cast, size, PACE_US, HTTP),
  },
  {
    ...COMMON,
    ...quick,
    name: 'smb guessing',
    port: 445,
    packets: (size) => 19 * size,
    source: 'hydra(1), smb2; MS-SMB2, MS-NLMP',
    acts: (cast, size) => guesses(cast, size, PACE_US, SMB),
  },
  {
    ...COMMON,
    ...quick,
    name: 'rdp guessing',
    port: 3389,
    packets: (size) => 25 * size,
    source: 'hydra(1), rdp; MS-RDPBCGR, MS-CSSP',
    acts: (cast, size) => guesses(cast, size, PACE_US, RDP),
  },
  {
    name: 'spreading',
    names: ['ARP sweep', 'host sweep', 'port scan', 'refused connections', 'password guessing'],
    unit: 'hosts',
    sizes: HOSTS,
    inputs: BOTH,
    initiator: 'client',
    target: 'segment',
    lastsUs: (size) => size * SECOND_US,
    packets: (size) => 3 * size,
    source: 'ATT&CK T1021.002 and T1110.001; MS-SMB2',
    acts: (cast, size) => sorted(spread(cast, size)),
  },
];
