/** Powers made by hand: one with every kind of answer, and what a change of one template makes of it. */
import type { Power, TemplatePower } from '../../src/model/power-schema.js';

export const TOO_LONG = 'it lasts longer than a block of this training';
export const NO_TIME = 'no time was left';

type Size = TemplatePower['sizes'][number];

export function tried(size: number, named: number, placements: number, delayS = 2): Size {
  return { size, placements, raised: named, named, delay_s: named > 0 ? delayS : null };
}

const head = (template: string, kind: string, unit: string) => ({
  ...{ template, kind, names: [kind], unit },
  ...{ parties: 'client to new remote', source: 'RFC 793' },
});

export const SCAN: TemplatePower = {
  ...head('SYN scan', 'port scan', 'ports'),
  answer: 'raised',
  smallest: 20,
  sizes: [tried(10, 0, 1), tried(20, 7, 7, 0.5), tried(1000, 1, 1, 0.1)],
  skipped: [],
};

export const UPLOAD: TemplatePower = {
  ...head('upload by ftp', 'large upload', 'bytes'),
  answer: 'missed',
  smallest: null,
  sizes: [tried(1e6, 0, 1), tried(3e6, 0, 7)],
  skipped: [{ size: 1e9, reason: TOO_LONG }],
};

export const CALLS: TemplatePower = {
  ...head('call home by tls', 'beacon', 's from call to call'),
  answer: 'unfinished',
  at_most: 5,
  sizes: [tried(5, 7, 7, 20)],
  skipped: [
    { size: 3600, reason: TOO_LONG },
    { size: 10, reason: NO_TIME },
  ],
};

export const MINING: TemplatePower = {
  ...head('mining', 'long session', 'minutes'),
  answer: 'impossible',
  sizes: [],
  skipped: [1, 5, 15, 60, 240].map((size) => ({ size, reason: TOO_LONG })),
};

export function samplePower(templates: readonly TemplatePower[] = [SCAN, UPLOAD, CALLS, MINING]): Power {
  return {
    ...{ version: 1, effort: 'quick', seed: 1, placements: 7, nets: 'folds', seconds: 12.5, cut: true },
    blocks: [{ block: 4, hours: 0.05, records: 15_000, own: 0 }],
    templates: [...templates],
  };
}

/** A template that is raised from one size on, beside the one below it, which was tried and missed. */
export function raisedFrom(template: string, unit: string, missed: number, smallest: number): TemplatePower {
  const sizes = [tried(missed, 0, 7), tried(smallest, 7, 7)];
  return { ...head(template, 'port scan', unit), answer: 'raised', smallest, sizes, skipped: [] };
}

export function missedUpTo(template: string, unit: string, size: number): TemplatePower {
  const sizes = [tried(size, 0, 7)];
  return { ...head(template, 'port scan', unit), answer: 'missed', smallest: null, sizes, skipped: [] };
}

/** Where there is least room: the longest names beside the longest answers. */
export function widePower(): Power {
  const names = ['call home by tls, jitter 50 %', 'upload by tls, in portions'];
  const calls = names.map((name) => raisedFrom(name, 's from call to call', 1800, 600));
  const floods = [
    raisedFrom('SYN flood, spoofed', 'packets a second', 500, 1000),
    missedUpTo('SYN flood, spoofed', 'packets a second', 1000),
    raisedFrom('rogue DHCP server', 'clients served', 16, 32),
  ];
  return samplePower([...samplePower().templates, ...calls, ...floods]);
}
