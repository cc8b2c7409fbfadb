/**
 * Driver `tcpdump`: kernel time stamps, exact drop counts, its own privilege drop.
 * Not in immediate mode: the kernel then hands over whole blocks, full or a second old, which loses far less under load.
 */
import { spawnSync } from 'node:child_process';
import type { Driver } from './protocol.js';

/** tcpdump takes the size of the kernel's buffer in KiB */
const KIB = 1024;

/**
 * A service manager that ends a service signals each of its processes, and tcpdump would end with packets of the last second
 * still in the kernel's buffer. It cannot be made to ignore that, but what starts it can block it; it is asked to end by
 * another signal that it takes in the same way.
 */
const BLOCKING = ['env', '--block-signal=TERM', '--block-signal=INT', '--block-signal=HUP'] as const;
/** Of GNU from 2019 on; elsewhere the last second is lost when every process gets the signal. */
function blocking(): readonly string[] {
  const [env, ...options] = BLOCKING;
  return spawnSync(env, [...options, 'true'], { stdio: 'ignore' }).status === 0 ? BLOCKING : [];
}

export const tcpdumpDriver: Driver = {
  name: 'tcpdump',
  command(options) {
    const args = ['-i', options.interface, '-w', '-', '-U', '-s', String(options.snaplen)];
    args.push('-B', String(Math.ceil(options.ringBytes / KIB)));
    if (!options.promiscuous) args.push('-p');
    if (options.user) args.push('-Z', options.user.name);
    if (options.filter !== '') args.push('--', options.filter);
    return [...blocking(), 'tcpdump', ...args] as [string, ...string[]];
  },
  isMissing: (words) => /^env: .*tcpdump.*: No such file/m.test(words),
  stopSignal: 'SIGPIPE',
  countsDrops: true,
};
