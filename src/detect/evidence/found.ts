/** What stands out in training, in words: who, how, when, how much, and what others did. */
import { protocolName } from '../incidents/protocol-name.js';
import type { PatternName } from '../rules/patterns.js';
import type { Addresses } from './addresses.js';
import type { Cell } from './cells.js';
import { figureOf, figureWithNoun } from './figure.js';
import type { FitInput } from './fit.js';
import { groupsOfWindow, type Of, type Subject } from './groups.js';
import type { Outlier } from './hygiene.js';
import { nameOf } from './naming.js';
import { ownerOf } from './newcomers.js';
import { ECHO, portOf, protocolOf } from './services.js';
import { INITIATOR_FAMILY, SERVICE_FAMILY, STATISTICS, type Statistic, windowUs, ZONE_FAMILY } from './statistics.js';
import { KINDS } from './strength.js';

/** A part of less than e to one explains nothing. */
const LEAST_NATS = 1;

export interface TrainingFinding {
  readonly who: string;
  /** as an allow-list names them; empty where it is about many */
  readonly initiator: string;
  readonly responder: string;
  /** of the service; -1: none, or several */
  readonly port: number;
  /** IP protocol number; -2: several */
  readonly protocolNumber: number;
  readonly pattern: PatternName;
  /** µs; when its strangest window began */
  readonly startUs: number;
  readonly windowS: number;
  /** what it did, and the most that others did */
  readonly figures: readonly string[];
}

/**
 * Each owner once, by the rarest of what it did; one deed once, though it was found under a service of its own and a pooled one.
 * @param windowsOf the windows that an outlier stands out of
 */
export function findingsOf(
  outliers: readonly Outlier[],
  windowsOf: (outlier: Outlier) => FitInput,
  addresses: Addresses,
): TrainingFinding[] {
  const told = new Set<string>();
  const rarestFirst = [...outliers].sort((a, b) => a.rate - b.rate);
  return rarestFirst.flatMap((outlier) => {
    const { of, cell } = outlier;
    const owner = ownerOf(of, cell.client);
    const deed = `${of.family}/${of.initiator}>${of.responder}@${cell.startUs}`;
    const isTold = told.has(owner) || told.has(deed);
    told.add(owner).add(deed);
    return isTold ? [] : [describe(outlier, windowsOf(outlier), addresses)];
  });
}

function describe({ of, cell, parts }: Outlier, windows: FitInput, addresses: Addresses): TrainingFinding {
  const { family, service, roleOfInitiator, roleOfResponder } = of;
  const mostOf = (statistic: Statistic): number =>
    mostOfOthers(windows, of, cell, STATISTICS[family].indexOf(statistic));
  const figures = parts
    .slice(0, KINDS)
    .filter(({ nats }) => nats >= LEAST_NATS)
    .map(({ statistic, value }) => {
      const most = mostOf(statistic);
      const others = most > 0 ? `others alike at most ${figureOf(statistic, most)}` : 'nobody alike any';
      return `${figureWithNoun(statistic, value)} (${others})`;
    });
  const port = portOf(service);
  // which ports a pooled service was, and what failed, was not kept
  const severalPorts = port < 0 && service !== ECHO;
  const entity = { family, service, port, severalPorts, pings: 0, failed: 0, roleOfInitiator, roleOfResponder };
  const pattern = nameOf({
    entity,
    parts,
    scale: cell.scale,
    stats: cell.stats,
    ofMany: family === SERVICE_FAMILY,
    usual: (statistic) => ({ most: mostOf(statistic) }),
  });
  return {
    ...partiesOf(of, cell.client, addresses),
    who: whoOf(of, cell.client, addresses),
    pattern,
    startUs: cell.startUs,
    windowS: windowUs(cell.scale) / 1e6,
    figures,
  };
}

function mostOfOthers({ cells, subjects }: FitInput, of: Of, { scale, client }: Cell, j: number): number {
  const owner = ownerOf(of, client);
  const like = likeOf(of);
  let most = 0;
  for (const cell of cells) {
    const subject = subjects[cell.subject];
    if (subject.family !== of.family || cell.scale !== scale || cell.stats[j] <= most) continue;
    if (likeOf(subject) === like && ownerOf(subject, cell.client) !== owner) most = cell.stats[j];
  }
  return most;
}

/** The group of those of like roles and transport. */
function likeOf(subject: Subject): string {
  const [all, alike] = groupsOfWindow(subject, false);
  return subject.family === ZONE_FAMILY ? all : alike;
}

function partiesOf(
  { family, initiator, address, service }: Of,
  client: number,
  addresses: Addresses,
): Pick<TrainingFinding, 'initiator' | 'responder' | 'port' | 'protocolNumber'> {
  const wide = family === INITIATOR_FAMILY;
  const ofMany = family === SERVICE_FAMILY && client === 0;
  // a zone stands where a service does
  const named = !wide && family !== ZONE_FAMILY;
  return {
    initiator: ofMany ? '' : addresses.get(client || initiator),
    responder: wide ? '' : addresses.get(address),
    port: named ? portOf(service) : -1,
    protocolNumber: named && service !== ECHO ? protocolOf(service) : -2,
  };
}

function whoOf({ family, initiator, address, service }: Of, client: number, addresses: Addresses): string {
  const [from, to] = [addresses.get(client || initiator), addresses.get(address)];
  if (family === INITIATOR_FAMILY) return from;
  if (family === ZONE_FAMILY) return `${from} to ${to}, one DNS zone`;
  const what = service === ECHO ? 'echo' : protocolName(protocolOf(service));
  const port = portOf(service);
  const at = port >= 0 ? `${to} port ${port} (${what})` : `${to} (${what})`;
  return family === SERVICE_FAMILY && client === 0 ? `the clients of ${at}` : `${from} to ${at}`;
}
