/**
 * Driver `tcpdump`: kernel time stamps, exact drop counts, its own privilege drop.
 * Not in immediate mode: the kernel then hands over whole blocks, full or a second old, which loses far less under load.
 */
import type { Driver } from './protocol.js';

/** tcpdump takes the size of the kernel's buffer in KiB */
const KIB = 1024;

export const tcpdumpDriver: Driver = {
  name: 'tcpdump',
  command(options) {
    const args = ['-i', options.interface, '-w', '-', '-U', '-s', String(options.snaplen)];
    args.push('-B', String(Math.ceil(options.ringBytes / KIB)));
    if (!options.promiscuous) args.push('-p');
    if (options.user) args.push('-Z', options.user.name);
    return options.filter === '' ? ['tcpdump', ...args] : ['tcpdump', ...args, '--', options.filter];
  },
  isMissing: () => false,
  stopSignal: 'SIGTERM',
  countsDrops: true,
};
