/** The machine's network interfaces: which there are, how they are, and which one is meant when none is named. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { AnomalyError } from '../../base/errors.js';
import { defaultRoute4, defaultRoute6 } from './routes.js';

export interface InterfaceInfo {
  readonly name: string;
  /** IPv4 and IPv6 with prefix length */
  readonly addresses: readonly string[];
  /** administratively up; undefined where the platform does not tell */
  readonly up: boolean | undefined;
  /** has a carrier */
  readonly running: boolean | undefined;
  readonly loopback: boolean;
}

/** `unknown`: the platform cannot tell, or an interface such as "any" that is none */
export type InterfaceState = 'up' | 'down' | 'missing' | 'unknown';

const SYS_NET = '/sys/class/net';
/** net_device flags (linux/if.h) */
const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;

function attribute(name: string, file: string): string | undefined {
  try {
    return readFileSync(join(SYS_NET, name, file), 'utf8').trim();
  } catch {
    return undefined;
  }
}

function names(): string[] | undefined {
  try {
    // bonding_masters and the like are files there, interfaces are links
    return readdirSync(SYS_NET).filter((name) => {
      try {
        return readlinkSync(join(SYS_NET, name)) !== '';
      } catch {
        return false;
      }
    });
  } catch {
    return undefined;
  }
}

function flagsOf(name: string): number | undefined {
  const text = attribute(name, 'flags');
  return text === undefined ? undefined : Number(text);
}

export function interfaceState(name: string): InterfaceState {
  if (name === 'any') return 'unknown';
  const flags = flagsOf(name);
  if (flags === undefined) return existsSync(SYS_NET) ? 'missing' : 'unknown';
  return flags & IFF_UP ? 'up' : 'down';
}

/** The system's number of an interface, which it keeps when it is renamed. */
export function interfaceIndex(name: string): number | undefined {
  const text = attribute(name, 'ifindex');
  return text === undefined ? undefined : Number(text);
}

export function nameOfIndex(index: number): string | undefined {
  return names()?.find((name) => interfaceIndex(name) === index);
}

/** All interfaces, in the system's order. Addresses of those without a carrier are not known. */
export function listInterfaces(): InterfaceInfo[] {
  const withAddresses = networkInterfaces();
  const listed = names() ?? Object.keys(withAddresses);
  return listed.map((name) => {
    const addresses = withAddresses[name] ?? [];
    const flags = flagsOf(name);
    const state = attribute(name, 'operstate');
    return {
      name,
      addresses: addresses.map(({ address, cidr }) => cidr ?? address),
      up: flags === undefined ? undefined : (flags & IFF_UP) !== 0,
      running:
        state === undefined ? undefined : state === 'up' || (state === 'unknown' && ((flags ?? 0) & IFF_UP) !== 0),
      loopback: flags === undefined ? addresses.some(({ internal }) => internal) : (flags & IFF_LOOPBACK) !== 0,
    };
  });
}

function proc(file: string): string {
  try {
    return readFileSync(`/proc/net/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * The interface of the default route (IPv4 before IPv6), else the first that is up and no loopback, with a carrier before without.
 * @throws AnomalyError INTERFACE where there is none
 */
export function defaultInterface(): string {
  const route = defaultRoute4(proc('route')) ?? defaultRoute6(proc('ipv6_route'));
  if (route !== undefined) return route;
  const up = listInterfaces().filter(({ up, loopback }) => up !== false && !loopback);
  const best = up.find(({ running, addresses }) => running ?? addresses.length > 0) ?? up[0];
  if (best) return best.name;
  throw new AnomalyError('INTERFACE', 'no interface is up besides the loopback: name one with -i (-D lists them)');
}
