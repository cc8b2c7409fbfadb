/**
 * The one table of patterns: what an incident is called, how bad it is, whom it is about, and which ATT&CK technique it
 * looks like.
 */
import type { Severity } from '../incident.js';

/** What an incident is keyed by: its initiator, its responder, the pair of both, or the whole network segment. */
export type Scope = 'initiator' | 'responder' | 'pair' | 'segment';

export interface Pattern {
  readonly severity: Severity;
  readonly scope: Scope;
  /** patterns of one family are signs of one event */
  readonly family:
    | 'scan'
    | 'flood'
    | 'service'
    | 'dns'
    | 'exfiltration'
    | 'beacon'
    | 'use'
    | 'segment'
    | 'macs'
    | 'new'
    | 'spoofed'
    | 'strays';
  /** ATT&CK, https://attack.mitre.org */
  readonly technique?: { readonly id: string; readonly name: string };
  /** of two patterns in one incident the higher rank names it: what was done before how it was found, of equals the first */
  readonly rank: number;
  /** its parties are who sends and to whom, whoever began their flow; what concerns the segment is told so anyway */
  readonly bySender?: boolean;
  /** how much there is of it says nothing of how bad it is */
  readonly steady?: boolean;
}

export const PATTERNS = {
  'new client': { severity: 'notice', scope: 'initiator', family: 'new', rank: 0 },
  'new service': { severity: 'notice', scope: 'responder', family: 'new', rank: 0 },
  'new server': { severity: 'notice', scope: 'responder', family: 'new', rank: 0 },
  'refused connections': {
    severity: 'medium',
    scope: 'initiator',
    family: 'scan',
    rank: 3,
    technique: { id: 'T1046', name: 'Network Service Discovery' },
  },
  'odd TCP flags': {
    severity: 'medium',
    scope: 'initiator',
    family: 'scan',
    rank: 5,
    bySender: true,
    technique: { id: 'T1046', name: 'Network Service Discovery' },
  },
  'IP protocol scan': {
    severity: 'medium',
    scope: 'initiator',
    family: 'scan',
    rank: 5,
    bySender: true,
    technique: { id: 'T1046', name: 'Network Service Discovery' },
  },
  'host sweep': {
    severity: 'medium',
    scope: 'initiator',
    family: 'scan',
    rank: 4,
    technique: { id: 'T1018', name: 'Remote System Discovery' },
  },
  'ARP sweep': {
    severity: 'medium',
    scope: 'initiator',
    family: 'scan',
    rank: 4,
    technique: { id: 'T1018', name: 'Remote System Discovery' },
  },
  'ping sweep': {
    severity: 'medium',
    scope: 'initiator',
    family: 'scan',
    rank: 5,
    technique: { id: 'T1018', name: 'Remote System Discovery' },
  },
  'port scan': {
    severity: 'medium',
    scope: 'initiator',
    family: 'scan',
    rank: 6,
    technique: { id: 'T1046', name: 'Network Service Discovery' },
  },
  'ping flood': {
    severity: 'high',
    scope: 'initiator',
    family: 'flood',
    rank: 5,
    technique: { id: 'T1498.001', name: 'Direct Network Flood' },
  },
  'odd packets of many': { severity: 'medium', scope: 'responder', family: 'spoofed', rank: 3, bySender: true },
  'unasked answers': { severity: 'low', scope: 'responder', family: 'strays', rank: 2, bySender: true },
  'SYN flood': {
    severity: 'high',
    scope: 'responder',
    family: 'flood',
    rank: 7,
    technique: { id: 'T1499.001', name: 'OS Exhaustion Flood' },
  },
  'UDP flood': {
    severity: 'high',
    scope: 'pair',
    family: 'flood',
    rank: 5,
    technique: { id: 'T1498.001', name: 'Direct Network Flood' },
  },
  'ICMP tunnel': {
    severity: 'medium',
    scope: 'initiator',
    family: 'flood',
    rank: 4,
    technique: { id: 'T1095', name: 'Non-Application Layer Protocol' },
  },
  'connection flood': {
    severity: 'medium',
    scope: 'pair',
    family: 'service',
    rank: 4,
    technique: { id: 'T1499', name: 'Endpoint Denial of Service' },
  },
  'password guessing': {
    severity: 'medium',
    scope: 'pair',
    family: 'service',
    rank: 7,
    technique: { id: 'T1110', name: 'Brute Force' },
  },
  'request flood': {
    severity: 'medium',
    scope: 'pair',
    family: 'service',
    rank: 3,
    technique: { id: 'T1595.003', name: 'Wordlist Scanning' },
  },
  'service load': {
    severity: 'medium',
    scope: 'responder',
    family: 'flood',
    rank: 4,
    technique: { id: 'T1499', name: 'Endpoint Denial of Service' },
  },
  'held connections': {
    severity: 'medium',
    scope: 'pair',
    family: 'service',
    rank: 4,
    technique: { id: 'T1499.002', name: 'Service Exhaustion Flood' },
  },
  'reversed roles': {
    severity: 'high',
    scope: 'pair',
    family: 'beacon',
    rank: 7,
    technique: { id: 'T1059', name: 'Command and Scripting Interpreter' },
  },
  'large download': { severity: 'low', scope: 'pair', family: 'use', rank: 2 },
  'long session': { severity: 'low', scope: 'pair', family: 'use', rank: 2 },
  'unusual use': { severity: 'low', scope: 'pair', family: 'use', rank: 2 },
  'unusual protocol': { severity: 'medium', scope: 'pair', family: 'use', rank: 3 },
  'DNS tunnel': {
    severity: 'high',
    scope: 'initiator',
    family: 'dns',
    rank: 7,
    technique: { id: 'T1071.004', name: 'Application Layer Protocol: DNS' },
  },
  'large upload': {
    severity: 'medium',
    scope: 'pair',
    family: 'exfiltration',
    rank: 7,
    technique: { id: 'T1048', name: 'Exfiltration Over Alternative Protocol' },
  },
  beacon: {
    severity: 'medium',
    scope: 'pair',
    family: 'beacon',
    rank: 7,
    technique: { id: 'T1071', name: 'Application Layer Protocol' },
  },
  'router advertisement flood': {
    severity: 'high',
    scope: 'segment',
    family: 'segment',
    rank: 6,
    technique: { id: 'T1498.001', name: 'Direct Network Flood' },
  },
  'ICMP redirects': {
    severity: 'high',
    scope: 'segment',
    family: 'segment',
    rank: 8,
    technique: { id: 'T1557', name: 'Adversary-in-the-Middle' },
  },
  'neighbour spoofing': {
    severity: 'high',
    scope: 'segment',
    family: 'segment',
    rank: 7,
    technique: { id: 'T1557', name: 'Adversary-in-the-Middle' },
  },
  'rogue router': {
    severity: 'high',
    scope: 'segment',
    family: 'segment',
    rank: 8,
    technique: { id: 'T1557', name: 'Adversary-in-the-Middle' },
  },
  'rogue DHCP server': {
    severity: 'high',
    scope: 'segment',
    family: 'segment',
    rank: 8,
    technique: { id: 'T1557.003', name: 'DHCP Spoofing' },
  },
  // medium: most often a new device, of which the administrator knows; who answers for a router that is gone reads all its traffic
  'changed MAC address': { severity: 'medium', scope: 'segment', family: 'segment', rank: 7, steady: true },
  'MAC flood': {
    severity: 'high',
    scope: 'segment',
    family: 'macs',
    rank: 8,
    technique: { id: 'T1040', name: 'Network Sniffing' },
  },
  'ARP spoofing': {
    severity: 'high',
    scope: 'segment',
    family: 'segment',
    rank: 9,
    technique: { id: 'T1557.002', name: 'ARP Cache Poisoning' },
  },
} as const satisfies Record<string, Pattern>;

export type PatternName = keyof typeof PATTERNS;

/** A row of the table with its optional fields. */
export function patternOf(name: PatternName): Pattern {
  return PATTERNS[name];
}

/** Ports of services that ask for a password: many short connections to one look like guessing. */
const LOGIN_PORTS = new Set([
  21, 22, 23, 25, 110, 139, 143, 389, 445, 465, 512, 513, 514, 587, 636, 993, 995, 1433, 1521, 3306, 3389, 5432, 5900,
  5901, 5985, 6379, 27017,
]);

export function isLoginPort(port: number): boolean {
  return LOGIN_PORTS.has(port);
}
