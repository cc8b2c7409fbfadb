/** One line for each pattern: who did what to whom. Hedged where the rule cannot know the intention. */

import type { Incident, Moved } from '../incident.js';
import { type PatternName, patternOf } from '../rules/patterns.js';
import { SETTINGS } from '../settings.js';
import type { OpenStep } from './open-incident.js';

/** `i`: initiator, `e`: responder, `at`: the service in words, `n`: parties beside the first (initiators where many do it, else responders), `moved`: addresses at another MAC, `flags`: of TCP, where these are odd. */
const TITLES: Readonly<
  Record<PatternName, (i: string, e: string, at: string, n: number, moved: readonly Moved[], flags: string) => string>
> = {
  'new client': (i, _e, at, n) =>
    n > 0
      ? `${i}${more(n)} were not there in training; the first uses ${at}`
      : `${i} was not there in training; it uses ${at}`,
  'new service': (i, _e, at) => `${at} is a service that training did not have; ${i} uses it`,
  'new server': (i, e, _at) => `${e} was not there in training; ${i} talks to it`,
  'odd TCP flags': (i, e, _at, n, _moved, flags) =>
    `${i} sends ${e}${more(n)} TCP flags that no TCP sends (${flags}), as some scans do`,
  'IP protocol scan': (i, e, _at, n) => `${i} tries IP protocols on ${e}${more(n)} that nobody used in training`,
  'odd packets of many': (i, e, _at, _n, _moved, flags) =>
    `several senders, ${i} among them, send ${e} ${flags ? `TCP flags that no TCP sends (${flags})` : 'IP protocols that nobody used in training'}`,
  'unasked answers': (i, e, _at, n) =>
    `${i}${more(n)} ${n > 0 ? 'answer' : 'answers'} ${e} with SYN-ACKs to no SYN of it, as when others are flooded under its address`,
  'refused connections': (i, e, _at, n) =>
    `${i} turns to services of ${e}${more(n)} that refuse or do not answer, as in a scan`,
  'host sweep': (i, _e, _at) => `${i} turns to many hosts, as in a search for targets`,
  'ARP sweep': (i, _e, _at) =>
    `${i} asks the segment for many addresses (ARP, neighbour discovery), as in a search for hosts`,
  'ping sweep': (i, _e, _at) => `${i} pings many hosts, as in a search for targets`,
  'port scan': (i, e, _at, n) => `${i} tries many ports on ${e}${more(n)}`,
  'ping flood': (i, e, _at, n) => `${i} floods ${e}${more(n)} with pings`,
  'SYN flood': (i, _e, at, n) =>
    `${i}${more(n)} ${n > 0 ? 'flood' : 'floods'} ${at} with connections, most of which come to nothing`,
  'UDP flood': (i, _e, at) => `${i} floods ${at} with datagrams, most of which nobody answers`,
  'ICMP tunnel': (i, e) => `${i} and ${e} exchange pings unlike those of training, as in a tunnel`,
  'connection flood': (i, _e, at) =>
    `${i} opens connections to ${at} far more often, or far more alike, than was usual in training`,
  'password guessing': (i, _e, at) => `${i} tries again and again at ${at}, as when passwords are guessed`,
  'request flood': (i, _e, at) =>
    `${i} asks ${at} far more, or for far more of the same, than was usual in training, as when names are guessed`,
  'service load': (i, _e, at, n) => `${at} gets connections far beyond what was usual in training, from ${i}${more(n)}`,
  'held connections': (i, _e, at) => `${i} holds far more connections to ${at} open at once than was usual in training`,
  'reversed roles': (i, _e, at) =>
    `${i} called ${at} and answers at once what the called side sends after a silence, as a remote shell does`,
  'large download': (i, _e, at) => `${i} fetches far more from ${at} than was usual in training`,
  'long session': (i, _e, at) => `${i} keeps a session with ${at} far longer than was usual in training`,
  'unusual use': (i, _e, at) => `${i} uses ${at} as hardly anybody did in training`,
  'unusual protocol': (i, _e, at) => `${i} talks to ${at} by that IP protocol as hardly anybody did in training`,
  'DNS tunnel': (i, e) => `${i} asks ${e} for DNS names unlike those of training, as when they carry data`,
  'large upload': (i, _e, at) => `${i} sends far more to ${at} than was usual in training`,
  beacon: (i, _e, at) => `${i} calls ${at} at regular intervals, as a program that reports to somebody`,
  'rogue router': (i) => `${i} advertises itself as a router on this segment`,
  'router advertisement flood': (i) => `${i} sends router advertisements faster than a router may`,
  'ICMP redirects': (i, e) => `${i} redirects traffic of ${e}, and was no router in training`,
  'neighbour spoofing': (i) =>
    `${i} sends neighbour advertisements that nobody asked for, as when somebody gets in between`,
  'rogue DHCP server': (i) => `${i} answers as a DHCP server on this segment, and did not in training`,
  'changed MAC address': (i, _e, _at, _n, moved) => {
    const [first, ...others] = moved;
    if (!first) return `${i} has another MAC address than in training`;
    const who = `${first.router ? 'the router ' : ''}${first.address}${more(others.length)}`;
    const has = others.length > 0 ? 'have other MAC addresses' : 'has another MAC address';
    const what = first.router || others.length > 0 ? 'replaced' : 'another device';
    return `${who} ${has}: ${first.to} instead of ${first.from.join(', ')}; ${what}, or somebody answers in its place`;
  },
  'MAC flood': () => 'far more MAC addresses send on this segment than in training, as when its switches are flooded',
  'ARP spoofing': (i, _e, _at, _n, moved) => {
    const [first, ...others] = moved.filter((one) => one.conflict);
    if (!first) return `${i} sends ARP replies that nobody asked for, as when somebody gets in between`;
    const who = `${first.router ? 'the router ' : ''}${first.address}${more(others.length)}`;
    const verb = others.length > 0 ? 'speak' : 'speaks';
    return first.present
      ? `${who} ${verb} at ${first.to} and at ${first.from.join(', ')}: somebody gets in between, or two hosts have one address`
      : `${who} ${verb} at ${first.to}, which has another address too, instead of ${first.from.join(', ')}, as when somebody gets in between`;
  },
};

function more(others: number): string {
  return others > 0 ? ` and ${others}${others >= SETTINGS.OTHERS ? ' or' : ''} more` : '';
}

/** @param step that names the incident */
export function titleOf(pattern: PatternName, incident: Incident, step?: OpenStep, flags = ''): string {
  const { initiator, responder, servicePort, protocol, others, moved = [] } = incident;
  const port = servicePort >= 0 ? `${responder} port ${servicePort} (${protocol})` : `${responder} (${protocol})`;
  const at = step?.severalPorts ? `ports of ${responder} that training hardly used (${protocol})` : port;
  const { initiators = new Set(), responders = new Set() } = step ?? {};
  const n =
    step && patternOf(pattern).severity !== 'notice'
      ? (initiators.size > 1 ? initiators : responders).size - 1
      : others.length;
  if (pattern === 'unusual use' && step?.wide)
    return `${initiator} turns to hosts and services as it hardly did in training`;
  const title = TITLES[pattern](initiator, responder, at, n, moved, flags);
  // only TCP has connections
  return protocol === 'UDP' ? title.replace(/\bconnections\b/g, 'flows') : title;
}
