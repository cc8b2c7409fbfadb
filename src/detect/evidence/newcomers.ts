/**
 * Windows of training with the novelty that each would have had if whom it is of had come last, after all others. An initiator
 * is judged as one, with all that it does; of the captured host, which may be the only one that does much, each dealing alone.
 */
import { changed } from './cells.js';
import type { FitInput } from './fit.js';
import type { Subject } from './groups.js';
import { KNOWN, NEW, noveltyOfPair } from './novelty.js';
import { OWN } from './roles.js';
import { pooled } from './services.js';
import { INITIATOR_FAMILY, PAIR_FAMILY, SERVICE_FAMILY, ZONE_FAMILY } from './statistics.js';

/** Whose a window is; a service's own are those that no client makes most of. */
export function ownerOf({ family, initiator, responder, service, roleOfInitiator }: Subject, client: number): string {
  if (family === SERVICE_FAMILY) return client === 0 ? `${responder}:${service}` : `${client}`;
  if (family === INITIATOR_FAMILY || roleOfInitiator !== OWN) return `${initiator}`;
  return `${initiator}>${responder}:${service}`;
}

/** Who had a thing: one, or several. */
class Owners {
  private readonly owners = new Map<string, string>();

  add(thing: string, owner: string): void {
    const known = this.owners.get(thing);
    if (known === undefined) this.owners.set(thing, owner);
    else if (known !== owner) this.owners.set(thing, '');
  }

  /** Whether somebody else had it. */
  hasBeside(thing: string, owner: string): boolean {
    const known = this.owners.get(thing);
    return known !== undefined && known !== owner;
  }
}

/** @param input windows under the services that all of training tells apart */
export function asNewcomers({ cells, subjects }: FitInput): FitInput {
  const owners = new Owners();
  const things = ({ responder, service }: Subject) => ({
    zone: `z${service}`,
    service: `s${service}`,
    offer: `o${responder}:${service}`,
    host: `h${responder}`,
  });
  for (const subject of subjects) {
    const owner = ownerOf(subject, 0);
    const { zone, service, offer, host } = things(subject);
    if (subject.family === ZONE_FAMILY) owners.add(zone, owner);
    if (subject.family !== PAIR_FAMILY) continue;
    for (const thing of [service, offer, host, `h${subject.initiator}`]) owners.add(thing, owner);
  }
  const noveltyOf = (subject: Subject): number => {
    const owner = ownerOf(subject, 0);
    const { zone, service, offer, host } = things(subject);
    if (subject.family === ZONE_FAMILY) return subject.service !== 0 && owners.hasBeside(zone, owner) ? KNOWN : NEW;
    if (subject.family !== PAIR_FAMILY) return NEW;
    const told = subject.service !== pooled(subject.service) && owners.hasBeside(service, owner);
    return noveltyOfPair(told, false, owners.hasBeside(offer, owner), owners.hasBeside(host, owner));
  };
  const novelties = subjects.map(noveltyOf);
  return { subjects, cells: cells.map((cell) => changed(cell, { novelty: novelties[cell.subject] })) };
}
