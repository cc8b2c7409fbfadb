/**
 * Live capture. Three processes: this one reads packets, with no more rights than its user has; the keeper holds the right
 * to capture and starts the driver again when it ends; the driver (npm cap in a child of ours, or tcpdump) captures.
 */
import { totalmem } from 'node:os';
import { AnomalyError } from '../../base/errors.js';
import { MAX_SNAPLEN } from '../../base/limits.js';
import { becomeUser, checkBecoming, isRoot, STAYS_ROOT, targetUser } from '../../base/privileges.js';
import { printable } from '../../base/text.js';
import type { PacketSource } from '../packet-source.js';
import { Accounting } from './accounting.js';
import { permissionRemedy } from './failure.js';
import { defaultInterface } from './interfaces.js';
import { KeeperLink } from './keeper-link.js';
import { LiveSource } from './live-source.js';
import type { DriverName, KeeperEvent, LiveOptions } from './protocol.js';

export { defaultInterface, type InterfaceInfo, listInterfaces } from './interfaces.js';
export type { LiveOptions } from './protocol.js';

const RING_BYTES = 64 * 1024 * 1024;

function driversFor(options: LiveOptions, interfaceName: string): DriverName[] {
  const { driver } = options;
  if (driver === 'cap' && options.promiscuous === false) {
    throw new AnomalyError('USAGE', '-p: driver cap is always promiscuous; --driver tcpdump can do without');
  }
  if (driver !== 'auto') return [driver];
  // only tcpdump knows how to do without promiscuous mode, and many interfaces at once
  return options.promiscuous === false || interfaceName === 'any' ? ['tcpdump'] : ['cap', 'tcpdump'];
}

/**
 * Opens a live capture. When it returns, the interface is open and, if this was root and SUDO_UID or `user` says whom
 * to become, this process is that user for good.
 *
 * @throws AnomalyError INTERFACE: no such interface, it is down, no driver; NO_PERMISSION with the remedy, as CannotBecome where this Node cannot change its user;
 * USAGE: filter does not compile (with the compiler's words), unknown user; while iterating INTERFACE, where the
 * capture can neither go on nor be started again
 */
export async function openLive(options: LiveOptions): Promise<PacketSource> {
  const interfaceName = options.interface ?? defaultInterface();
  const filter = options.filter ?? '';
  const notice = options.notice ?? (() => undefined);
  const drivers = driversFor(options, interfaceName);
  const user = targetUser(options.user);
  if (user) checkBecoming(user, ['net_raw']);
  const accounting = new Accounting(printable(interfaceName), filter.trim() !== '', notice);
  let failure: AnomalyError | undefined;
  let source: LiveSource | undefined;
  let settled: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    settled = resolve;
  });
  const link = await KeeperLink.start(
    {
      interface: interfaceName,
      filter,
      snaplen: options.snaplen ?? MAX_SNAPLEN,
      promiscuous: options.promiscuous !== false,
      ringBytes: Math.min(RING_BYTES, totalmem() / 8),
      user,
      drivers,
    },
    notice,
    (event: KeeperEvent) => {
      if (event.event === 'failed') {
        const message = event.code === 'NO_PERMISSION' ? permissionRemedy(interfaceName) : event.message;
        failure = new AnomalyError(event.code, message);
      }
      accounting.hear(event, source?.wanted === true);
      if (event.event === 'open' || event.event === 'failed') settled();
    },
  );
  await opened;
  try {
    if (failure) throw failure;
    if (user) {
      link.mayRestart = false;
      becomeUser(user);
    } else if (isRoot() && options.user === undefined) {
      notice(STAYS_ROOT);
    }
  } catch (error) {
    await link.destroy();
    throw error;
  }
  source = new LiveSource(link, accounting, () => failure, options.count ?? Number.POSITIVE_INFINITY);
  return source;
}
