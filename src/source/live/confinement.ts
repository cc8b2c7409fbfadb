/** With which rights root starts the process that keeps a capture going. */
import { spawnSync } from 'node:child_process';
import { asUser, atMost, type TargetUser } from '../../base/privileges.js';
import { printable } from '../../base/text.js';

/**
 * What a process that root starts needs to capture, to become another user afterwards and to end a driver that did, wherever
 * in users' folders its program is.
 */
const ROOT_CAPTURES = ['net_raw', 'setuid', 'setgid', 'kill', 'dac_read_search'] as const;

/** How root starts the process that keeps the right to capture. */
export interface Confinement {
  /** what stands before its command line */
  readonly prefix: readonly string[];
  /** who it is then; undefined: root */
  readonly user: TargetUser | undefined;
  /** why it has more rights than it needs; empty: it has not */
  readonly note: string;
}

/**
 * With setpriv (util-linux): as `user` with the right to capture alone; without a user, or where that one cannot read the
 * program, as root with few rights.
 * @param files that the process is made of, its interpreter first
 */
export function confinement(user: TargetUser | undefined, files: readonly [string, ...string[]]): Confinement {
  if (user) {
    const prefix = asUser(user, ['net_raw']);
    if (runs([...prefix, 'sh', '-c', 'test -x "$1" && for file; do test -r "$file" || exit 1; done', 'sh', ...files]))
      return { prefix, user, note: '' };
  }
  const prefix = ['setpriv', ...atMost(ROOT_CAPTURES)];
  if (!runs([...prefix, 'true'])) {
    const why = 'for there is no setpriv (util-linux) that could take them';
    return {
      prefix: [],
      user: undefined,
      note: `the process that keeps the capture going has all rights of root, ${why}`,
    };
  }
  if (!user) return { prefix, user: undefined, note: '' };
  const why = `for ${printable(user.name)} cannot read the program in ${printable(files[1] ?? files[0])}`;
  return { prefix, user: undefined, note: `the process that keeps the capture going stays root, ${why}` };
}

function runs([program = '', ...args]: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore', cwd: '/' }).status === 0;
}
