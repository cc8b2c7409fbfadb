/** Why a capture could not be opened: libpcap's words turned into an error code and a line that says what to do. */
import type { ErrorCode } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import type { DriverName } from './protocol.js';

export interface Failure {
  /** MISSING: the driver is not installed */
  readonly code: ErrorCode | 'MISSING';
  readonly message: string;
}

const NOT_PERMITTED = /permission|not permitted/i;
const NO_DEVICE = /no such device|doesn't exist|not exist/i;
const DOWN = /is not up|network is down|went down/i;
const DEVICE = /disappeared|not supported|can't set|couldn't|socket|ioctl|memory|buffer/i;

/** @param words what libpcap said, perhaps with tcpdump's name before it and details after it */
export function explain(words: string, interfaceName: string, filter: string): Failure {
  const name = printable(interfaceName);
  const said = printable(
    words
      .split('\n', 1)[0]
      .replace(/^tcpdump: /, '')
      .trim(),
  );
  if (NOT_PERMITTED.test(words)) return { code: 'NO_PERMISSION', message: said };
  if (NO_DEVICE.test(words)) return { code: 'INTERFACE', message: `${name}: no such interface; -D lists them` };
  if (DOWN.test(words))
    return { code: 'INTERFACE', message: `${name}: is down; "ip link set dev ${name} up" changes that` };
  // what is left, where there is a filter, are the many sentences of its compiler
  if (filter !== '' && !DEVICE.test(words)) {
    return {
      code: 'USAGE',
      message: `filter "${printable(filter)}": ${said.replace(/^can't parse filter expression: /, '')}`,
    };
  }
  return { code: 'INTERFACE', message: `${name}: ${said}` };
}

/** The remedies for a missing right to capture, none of which gives it to every program that Node runs. */
export function permissionRemedy(interfaceName: string): string {
  return (
    `no permission to capture on ${printable(interfaceName)}: run with sudo (rights are dropped once the capture is open), ` +
    'or as a systemd service with AmbientCapabilities=CAP_NET_RAW, or, once: ' +
    'sudo setcap cap_net_raw+ep "$(command -v tcpdump)" (never on node: that would be every script\'s right)'
  );
}

export function missingDrivers(drivers: readonly DriverName[]): string {
  const [only] = drivers;
  if (drivers.length > 1) {
    return 'nothing to capture with: npm cap was not built here, and tcpdump is not installed; "apt-get install tcpdump" is enough';
  }
  return only === 'cap'
    ? 'npm cap was not built here: "apt-get install libpcap-dev g++ make" and then "anomaly-setup cap", or --driver tcpdump'
    : 'tcpdump is not installed: "apt-get install tcpdump", or --driver cap';
}
