/** Giving up root: whom to become, and becoming it for good. */
import { execFileSync } from 'node:child_process';
import { AnomalyError } from './errors.js';
import { printable } from './text.js';

/** A user to become: numbers, and the name for programs that want one. */
export interface TargetUser {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

/** The greatest number of a user or group; the one above stands for "no change" in setuid(2). */
const GREATEST_ID = 2 ** 32 - 2;

/** Whether this process runs as root and so has rights to give up. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** Whose rights this process has, where it gave up root's: messages name him. */
let became: TargetUser | undefined;

/** What a refusal of the system has to say of the user, who may not be the one who typed the command. */
export function whoseRights(): string {
  return became === undefined ? '' : ` as ${printable(became.name)}, whom root became; --user root stays root`;
}

/** Undefined: `user` is none of this machine's. */
function ask(flag: '-u' | '-g' | '-un', user: string): string | undefined {
  try {
    return execFileSync('id', [flag, '--', user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

function idIn(text: string | undefined): number | undefined {
  const id = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return id <= GREATEST_ID ? id : undefined;
}

/** Who called sudo. @throws AnomalyError USAGE where that is nobody: root is neither kept nor given up by guessing */
function sudoCaller(env: NodeJS.ProcessEnv): TargetUser | undefined {
  const { SUDO_UID, SUDO_GID, SUDO_USER } = env;
  if (SUDO_UID === undefined || SUDO_UID === '') return undefined;
  const remedy = 'say whom to become with --user NAME, or stay root with --user root';
  const uid = idIn(SUDO_UID);
  if (uid === undefined)
    throw new AnomalyError('USAGE', `SUDO_UID is ${printable(SUDO_UID)}, which is no user; ${remedy}`);
  if (uid === 0) return undefined;
  const ownGroup = SUDO_GID === undefined || SUDO_GID === '';
  const gid = idIn(ownGroup ? ask('-g', String(uid)) : SUDO_GID);
  if (gid === undefined) {
    const what = ownGroup
      ? `SUDO_GID is not set, and user ${uid} is none of this machine's`
      : `SUDO_GID is ${printable(SUDO_GID)}, which is no group`;
    throw new AnomalyError('USAGE', `${what}; ${remedy}`);
  }
  // sudo's own variables: the user need not be in this machine's list of users
  return { uid, gid, name: SUDO_USER || (ask('-un', String(uid)) ?? String(uid)) };
}

/**
 * Whom to become: `user` (a name or number), else who called sudo. Undefined: nobody was named, or this is not root.
 * Throws USAGE for an unknown user, and for a named one where this process may not change its own.
 */
export function targetUser(user: string | undefined, env: NodeJS.ProcessEnv = process.env): TargetUser | undefined {
  if (user === undefined) return isRoot() ? sudoCaller(env) : undefined;
  const uid = Number(ask('-u', user) ?? Number.NaN);
  if (Number.isNaN(uid)) throw new AnomalyError('USAGE', `--user ${printable(user)}: no such user on this machine`);
  if (uid === process.geteuid?.()) return undefined;
  if (!isRoot()) throw new AnomalyError('USAGE', `--user ${printable(user)}: only root can become another user`);
  return { uid, gid: Number(ask('-g', user)), name: ask('-un', user) ?? user };
}

/** Said once where root stays root, for nobody said who else it could be. */
export const STAYS_ROOT = 'running as root, for nobody else was named: --user NAME drops its rights';

export type Right = 'net_raw';

/**
 * Root is to become `user`, and this Node does not let a process change its own user: Debian 13's, which links a libuv with
 * io_uring (CVE-2024-22017). A command starts itself again as that user; a program of somebody else's has to be started so.
 */
export class CannotBecome extends AnomalyError {
  /** @param rights that are to be kept */
  constructor(
    readonly user: TargetUser,
    readonly rights: readonly Right[],
  ) {
    super(
      'NO_PERMISSION',
      `this Node cannot give up root's rights: start it as ${printable(user.name)}${rights.length > 0 ? ' with the right to capture' : ''}, "${asUser(user, rights).join(' ')} PROGRAM"`,
    );
  }
}

/** Options of setpriv for a process that can have these capabilities and never any other. */
export function atMost(rights: readonly string[]): string[] {
  return [`--bounding-set=${['-all', ...rights.map((right) => `+${right}`)].join(',')}`, '--no-new-privs'];
}

/** The beginning of a command line whose rest runs as `user`, with these rights and no other. */
export function asUser({ uid, gid }: TargetUser, rights: readonly Right[]): string[] {
  const kept = ['-all', ...rights.map((right) => `+${right}`)].join(',');
  const become = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  return ['setpriv', ...become, `--inh-caps=${kept}`, `--ambient-caps=${kept}`, ...atMost(rights)];
}

/** @throws CannotBecome */
export function checkBecoming(user: TargetUser, rights: readonly Right[]): void {
  try {
    // changes nothing
    process.setgid?.(process.getgid?.() ?? 0);
  } catch {
    throw new CannotBecome(user, rights);
  }
}

/** Becomes `user` for good: supplementary groups, then group, then user; and makes sure that there is no way back. */
export function becomeUser(user: TargetUser): void {
  process.setgroups?.([user.gid]);
  process.setgid?.(user.gid);
  process.setuid?.(user.uid);
  let back = true;
  try {
    process.setuid?.(0);
  } catch {
    back = false;
  }
  if (back || process.geteuid?.() !== user.uid || process.getegid?.() !== user.gid) {
    throw new AnomalyError('UNEXPECTED', 'root rights could not be given up');
  }
  became = user;
}
