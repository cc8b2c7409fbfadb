/** A network as a survey would find it, and what a template does there. */

import ipaddr from 'ipaddr.js';
import { Random } from '../../src/model/random.ts';
import { type Act, type Host, type Link, writableOptions } from '../../src/power/act.ts';
import { type Casting, castFor } from '../../src/power/casting.ts';
import { framesOf } from '../../src/power/frames.ts';
import type { Parties } from '../../src/power/parties.ts';
import { TEMPLATES } from '../../src/power/table.ts';
import type { Template } from '../../src/power/template.ts';
import type { Frame } from '../../src/power/write.ts';

/** 2023-11-14 22:13:20 */
export const START_US = 1_700_000_000_000_000;

function host(text: string, mac: number): Host {
  const look = { mac, ttl: 64, synWindow: 64_240, window: 501, synOptions: [2, 4, 8, 1, 3] };
  const address = Uint8Array.from(ipaddr.parse(text).toByteArray());
  return { address, text, look: { ...look, options: writableOptions([1, 1, 8]) } };
}

export const network = (type: Link['type'] = 1): Parties => networkOf('192.168.7.', '93.184.216.34', type);

/** The same one, as far as it speaks IPv6. */
export const network6 = (type: Link['type'] = 1): Parties => networkOf('fd00:7::', '2606:2800:220:1::34', type);

function networkOf(prefix: string, away: string, type: Link['type']): Parties {
  const mac = (last: number) => (type === 101 || type === 0 ? -1 : 0x020000000000 + last);
  const hosts = [1, 10, 20, 21, 22].map((last) => host(`${prefix}${last}`, mac(last)));
  const far = host(away, mac(1));
  return {
    link: { type, snapLen: 262_144, around: 0 },
    servers: [22, 80, 445, 3389].map((port) => ({ host: hosts[1], port })),
    clients: hosts.slice(2),
    near: hosts,
    far,
    resolver: hosts[0],
    known: new Set([...hosts, far].map(({ text }) => text)),
  };
}

export function template(name: string): Template {
  const found = TEMPLATES.find((each) => each.name === name);
  if (!found) throw new Error(`no template ${name}`);
  return found;
}

export function casting(of: Template, parties = network(), seed = 7): Casting {
  const found = castFor(of, parties, { texts: new Set(), targets: new Set() }, START_US, new Random(seed));
  if (!found) throw new Error(`no parties for ${of.name}`);
  return found;
}

export function actsOf(of: Template, size: number, parties = network(), seed = 7): Act[] {
  return [...of.acts(casting(of, parties, seed).cast, size)];
}

export function capture(of: Template, size: number, parties = network(), seed = 7): Frame[] {
  return [...framesOf(actsOf(of, size, parties, seed), parties.link, seed)];
}
