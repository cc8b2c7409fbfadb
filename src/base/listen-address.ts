/** Where a server listens, as people write it: PORT, ADDRESS:PORT or [IPv6]:PORT. */
import { isIP, isIPv6 } from 'node:net';
import { AnomalyError } from './errors.js';
import { printable } from './text.js';

export interface ListenAddress {
  /** an IP address, without brackets */
  readonly host: string;
  /** 0: any that is free */
  readonly port: number;
}

/** @throws AnomalyError USAGE; a name is none, since it may come to mean another address */
export function listenAddress(text: string, name: string): ListenAddress {
  const parts = /^(?:\[([^\]]+)\]:|([^:[\]]+):)?(\d{1,5})$/.exec(text.trim());
  const host = (parts?.[1] ?? parts?.[2] ?? '127.0.0.1').replace(/^localhost$/i, '127.0.0.1');
  const port = Number(parts?.[3]);
  const bracketed = parts?.[1] !== undefined;
  if (!parts || port > 65_535 || isIP(host) === 0 || isIPv6(host) !== bracketed) {
    const shape = 'a port, ADDRESS:PORT or [IPv6 address]:PORT';
    throw new AnomalyError('USAGE', `${name}: ${shape} expected, such as 127.0.0.1:9464, not "${printable(text)}"`);
  }
  return { host, port };
}

/** What only this machine reaches: 127.0.0.0/8 and ::1. */
export function isLoopback(host: string): boolean {
  if (!isIPv6(host)) return isIP(host) === 4 && host.startsWith('127.');
  // an address of one interface (fe80::1%eth0) has no place in a URL
  return !host.includes('%') && new URL(`http://[${host}]`).hostname === '[::1]';
}

/** As it stands in a URL and in messages. */
export function addressText({ host, port }: ListenAddress): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
