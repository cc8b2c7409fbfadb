/** One line for each pattern: who did what to whom. Hedged where the rule cannot know the intention. */

import type { Incident, Moved } from '../incident.js';
import type { PatternName } from '../rules/patterns.js';

/** `i`: initiator, `e`: responder, `at`: the service in words, `n`: parties beside the first, `moved`: addresses at another MAC. */
const TITLES: Readonly<
  Record<PatternName, (i: string, e: string, at: string, n: number, moved: readonly Moved[]) => string>
> = {
  'new client': (i, _e, at, n) =>
    n > 0
      ? `${i}${more(n)} were not there in training; the first uses ${at}`
      : `${i} was not there in training; it uses ${at}`,
  'new service': (i, _e, at) => `${at} is a service that training did not have; ${i} uses it`,
  'new server': (i, e, _at) => `${e} was not there in training; ${i} talks to it`,
  'odd TCP flags': (i, e) => `${i} sends ${e} TCP flags that training did not have, as some scans do`,
  'refused connections': (i, e, _at, n) =>
    `${i} opens connections to ${e}${more(n)} that are not answered, as in a scan`,
  'host sweep': (i, _e, _at) => `${i} addresses many hosts, as in a search for targets`,
  'ARP sweep': (i, _e, _at) => `${i} asks the segment for many addresses, as in a search for hosts`,
  'ping sweep': (i, _e, _at) => `${i} pings many hosts, as in a search for targets`,
  'port scan': (i, e, _at, n) => `${i} tries many ports on ${e}${more(n)}`,
  'ping flood': (i, e, _at, n) => `${i} floods ${e}${more(n)} with pings`,
  'SYN flood': (i, _e, at, n) =>
    `${i}${more(n)} ${n > 0 ? 'flood' : 'floods'} ${at} with connections that are never completed`,
  'UDP flood': (i, _e, at) => `${i} floods ${at} with datagrams that nobody answers`,
  'ICMP tunnel': (i, e) => `${i} sends large pings to ${e}, as in a tunnel`,
  'connection flood': (i, _e, at) => `${i} opens far more connections to ${at} than anybody in training`,
  'password guessing': (i, _e, at) => `${i} tries again and again at ${at}, as when passwords are guessed`,
  'request flood': (i, _e, at) =>
    `${i} asks ${at} far more than anybody in training, as when names or passwords are guessed`,
  'service load': (i, _e, at, n) => `${at} gets far more connections than in training, from ${i}${more(n)}`,
  'held connections': (i, _e, at) => `${i} holds far more connections to ${at} open at once than anybody in training`,
  'reversed roles': (i, _e, at) =>
    `${i} called ${at} and does what it is told there: the called side asks, the caller answers at once, as a remote shell does`,
  'large download': (i, _e, at) => `${i} fetches far more from ${at} than was usual in training`,
  'long session': (i, _e, at) => `${i} keeps a session with ${at} far longer than was usual in training`,
  'unusual use': (i, _e, at) => `${i} uses ${at} unlike anybody in training`,
  'unusual protocol': (i, _e, at) => `${i} talks to ${at} by an IP protocol in a way that training did not have`,
  'DNS tunnel': (i, e) => `${i} sends DNS queries through ${e} that look like data, as in a tunnel`,
  'large upload': (i, _e, at) => `${i} sends far more to ${at} than was usual in training`,
  beacon: (i, _e, at) => `${i} calls ${at} at regular intervals, and training had no such service`,
  'rogue router': (i) => `${i} advertises itself as a router on this segment`,
  'rogue DHCP server': (i) => `${i} answers as a DHCP server on this segment, beside the ones of training`,
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
  return others > 0 ? ` and ${others} more` : '';
}

export function titleOf(pattern: PatternName, incident: Incident): string {
  const { initiator, responder, servicePort, protocol, others } = incident;
  const at = servicePort >= 0 ? `${responder} port ${servicePort} (${protocol})` : `${responder} (${protocol})`;
  return TITLES[pattern](initiator, responder, at, others.length, incident.moved ?? []);
}
