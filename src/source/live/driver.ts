/** The drivers there are. */
import { capDriver } from './driver-cap.js';
import { tcpdumpDriver } from './driver-tcpdump.js';
import type { Driver, DriverName } from './protocol.js';

export const DRIVERS: Readonly<Record<DriverName, Driver>> = { cap: capDriver, tcpdump: tcpdumpDriver };
