/** Giving up root: whom to become, and becoming it for good. */
import { execFileSync } from 'node:child_process';
import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import type { TargetUser } from './protocol.js';

/** Whether this process runs as root and so has rights to give up. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

function ask(flag: '-u' | '-g' | '-un', user: string): string {
  try {
    return execFileSync('id', [flag, '--', user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch (cause) {
    throw new AnomalyError('USAGE', `--user ${printable(user)}: no such user on this machine`, { cause });
  }
}

/**
 * Whom to become: `user` (a name or number), else who called sudo. Undefined: nobody was named, or this is not root.
 * Throws USAGE for an unknown user, and for a named one where this process may not change its own.
 */
export function targetUser(user: string | undefined, env: NodeJS.ProcessEnv = process.env): TargetUser | undefined {
  if (user === undefined) {
    const uid = Number(env.SUDO_UID);
    if (!isRoot() || !Number.isInteger(uid) || uid <= 0) return undefined;
    // sudo's own variables: the user need not be in this machine's list of users
    return { uid, gid: Number(env.SUDO_GID ?? uid), name: env.SUDO_USER ?? String(uid) };
  }
  const uid = Number(ask('-u', user));
  if (uid === process.geteuid?.()) return undefined;
  if (!isRoot()) throw new AnomalyError('USAGE', `--user ${printable(user)}: only root can become another user`);
  return { uid, gid: Number(ask('-g', user)), name: ask('-un', user) };
}

/**
 * Root is to become `user`, and this Node does not let a process change its own user: Debian 13's, which links a libuv with
 * io_uring (CVE-2024-22017). A command starts itself again as that user; a program of somebody else's has to be started so.
 */
export class CannotBecome extends AnomalyError {
  constructor(readonly user: TargetUser) {
    super(
      'NO_PERMISSION',
      `this Node cannot give up root's rights: start it as ${printable(user.name)} with the right to capture, "${asUser(user).join(' ')} PROGRAM"`,
    );
  }
}

/** The beginning of a command line whose rest runs as `user`, with the right to capture and no other. */
export function asUser({ uid, gid }: TargetUser): string[] {
  const right = ['--inh-caps', '--ambient-caps', '--bounding-set'].map((set) => `${set}=-all,+net_raw`);
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...right, '--no-new-privs'];
}

/** @throws CannotBecome */
export function checkBecoming(user: TargetUser): void {
  try {
    // changes nothing
    process.setgid?.(process.getgid?.() ?? 0);
  } catch {
    throw new CannotBecome(user);
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
}
