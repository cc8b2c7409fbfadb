/** Who plays in an attack: parties of a network, at random, and new ones. */

import { isLinkLocal } from '../features/local.js';
import type { Random } from '../model/random.js';
import { familyOf, type Host, type Look, textOf } from './act.js';
import type { Parties } from './parties.js';
import type { Cast } from './talk.js';
import type { Template } from './template.js';

/** networks that are for examples (RFC 5737) and so nobody's, and the like of IPv6 (RFC 3849) */
const REMOTES = [
  [203, 0, 113],
  [198, 51, 100],
  [192, 0, 2],
] as const;
const REMOTES6 = [0x20, 1, 0x0d, 0xb8] as const;
/** tries until an address is found that nobody has */
const TRIES = 64;
const DNS_PORT = 53;
/** as many as a /24 holds */
const NEIGHBOURS = 250;
/** first bytes of virtual network cards (QEMU) */
const CARD = 0x525400000000;

/** Of the placements of one pass: what one has, the others do not get. */
export interface Taken {
  readonly texts: ReadonlySet<string>;
  /** of the network's hosts those that something is done to: what they do meanwhile may be told as part of it */
  readonly targets: ReadonlySet<string>;
}

/** A cast and how its incidents are told from others. */
export interface Casting {
  readonly cast: Cast;
  /** addresses that nobody else has in this pass, and nobody had in the block */
  readonly unique: readonly string[];
  /** of the network's own hosts that do something */
  readonly own: readonly string[];
  /** of them those that something is done to */
  readonly targets: readonly string[];
  /** nobody else of the pass gets these */
  readonly takes: readonly string[];
  /** who hears of it, and at which port; 0: at any */
  readonly meets: { readonly text: string; readonly port: number };
}

/** @returns undefined: the network has no such parties, or others of the pass have them all */
export function castFor(
  template: Template,
  parties: Parties,
  taken: Taken,
  startUs: number,
  random: Random,
): Casting | undefined {
  const six = inSix(template, parties, random);
  return (six && castOf(template, six, taken, startUs, random)) || castOf(template, parties, taken, startUs, random);
}

/** The parties that speak IPv6, as often as the network does. */
function inSix({ target, about }: Template, { six }: Parties, random: Random): Parties | undefined {
  // addresses of a segment are gone through by IPv4 alone: of IPv6 it has too many
  if (!six || target === 'segment' || about === 'segment') return undefined;
  // a name that leads to such an address is asked for by IPv6, too
  if (target === 'new remote' && !six.parties.resolver) return undefined;
  return random.uniform() < six.share ? six.parties : undefined;
}

/** With parties of one family of addresses. */
function castOf(
  template: Template,
  parties: Parties,
  taken: Taken,
  startUs: number,
  random: Random,
): Casting | undefined {
  const isFar = (host: Host): boolean => !near.has(host.text);
  const near = new Set(parties.near.map(({ text }) => text));
  const client = template.initiator === 'client' ? pick(parties.clients, taken, random) : undefined;
  const stranger = template.initiator === 'new host' ? newHost(parties, taken, random) : undefined;
  const initiator = client ?? stranger;
  if (!initiator) return undefined;
  // what is said on a segment is said by a MAC address
  if (template.about === 'segment' && initiator.look.mac < 0) return undefined;
  // an address of the link goes no further
  if (template.target === 'new remote' && isLinkLocal(familyOf(initiator.address), initiator.address)) return undefined;
  near.add(initiator.text);
  const remote = template.target === 'new remote' ? newRemote(parties, taken, random) : undefined;
  const server = serverFor(template, parties, taken, initiator, random);
  const target = remote ?? server?.host;
  if (!target) return undefined;
  // what is told of the target as if it did it is nobody else's doing
  const about = template.about && template.target === 'server' ? [target.text] : [];
  const resolver = template.asks === 'resolver' ? parties.resolver : undefined;
  if (template.asks && !resolver) return undefined;
  return {
    cast: {
      initiator,
      target,
      port: template.port ?? server?.port ?? 0,
      neighbours: neighboursOf(parties, initiator, target, random),
      resolver: parties.resolver,
      startUs,
      random,
      isFar,
      isOpen: ({ text }, port) => parties.servers.some((each) => each.host.text === text && each.port === port),
    },
    unique: [...(stranger ? [stranger.text] : []), ...(remote ? [remote.text] : [])],
    own: [...(client ? [client.text] : []), ...about],
    targets: remote || template.target === 'segment' ? [] : [target.text],
    takes: [initiator.text, ...about, ...(remote ? [remote.text] : [])],
    meets: resolver ? { text: resolver.text, port: DNS_PORT } : { text: target.text, port: template.port ?? 0 },
  };
}

function pick<T extends Host>(hosts: readonly T[], { texts, targets }: Taken, random: Random): T | undefined {
  const free = hosts.filter(({ text }) => !texts.has(text) && !targets.has(text));
  return free[random.integer(Math.max(1, free.length))];
}

/** One that listens on the template's port, where there is one; else any of the servers, as if it did. */
function serverFor(
  { port, about, target }: Template,
  { servers, near }: Parties,
  { texts, targets }: Taken,
  initiator: Host,
  random: Random,
): { host: Host; port: number } | undefined {
  const isFree = ({ text }: Host): boolean =>
    text !== initiator.text && (target === 'segment' || (!texts.has(text) && !(about && targets.has(text))));
  const others = servers.filter(({ host }) => isFree(host));
  const listening = others.filter((server) => server.port === port);
  const choice = listening.length > 0 ? listening : others;
  if (choice.length > 0) return choice[random.integer(choice.length)];
  const host = near.find(isFree);
  return host && { host, port: port ?? 0 };
}

/** An address of the segment that nobody has, with a network card of its own and a usual look. */
function newHost({ near, known, link }: Parties, { texts }: Taken, random: Random): Host | undefined {
  const model = near[random.integer(Math.max(1, near.length))];
  if (!model) return undefined;
  for (let i = 0; i < TRIES; i++) {
    const address = model.address.slice();
    address[address.length - 1] = 2 + random.integer(NEIGHBOURS);
    if (address.length === 16) address[14] = random.integer(256);
    const mac = link.type === 101 || link.type === 0 || model.look.mac < 0 ? -1 : CARD + random.integer(2 ** 24);
    const host = { address, text: textOf(address), look: { ...model.look, mac, ttl: 64 } };
    if (!known.has(host.text) && !texts.has(host.text)) return host;
  }
  return undefined;
}

/** An address beyond the segment that nobody has; its packets come as those of others from there. */
function newRemote({ far, near, known }: Parties, { texts }: Taken, random: Random): Host | undefined {
  const look: Look | undefined = (far ?? near[0])?.look;
  if (!look) return undefined;
  const wide = (far ?? near[0]).address.length === 16;
  for (let i = 0; i < TRIES; i++) {
    const address = new Uint8Array(wide ? 16 : 4);
    address.set(wide ? REMOTES6 : REMOTES[random.integer(REMOTES.length)]);
    address[address.length - 1] = 1 + random.integer(254);
    const host = { address, text: textOf(address), look };
    if (!known.has(host.text) && !texts.has(host.text)) return host;
  }
  return undefined;
}

/** The addresses around the initiator in a mixed order, hosts that are there among them. */
function neighboursOf({ near }: Parties, initiator: Host, target: Host, random: Random): Cast['neighbours'] {
  const there = new Map([...near, target].map((host) => [host.text, host]));
  const order = Int32Array.from({ length: NEIGHBOURS }, (_, i) => 1 + i);
  random.shuffle(order);
  return [...order].flatMap((last) => {
    const address = initiator.address.slice();
    address[address.length - 1] = last;
    const text = textOf(address);
    if (text === initiator.text) return [];
    const host = there.get(text);
    return [{ host: host ?? { address, text, look: initiator.look }, there: host !== undefined }];
  });
}
