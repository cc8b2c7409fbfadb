/**
 * What is counted about the captured segment itself: the one table of these counts; detect/rules has the rule of each. A count is
 * NaN on records that are not of its own kind; connection records have none.
 */

export interface Count {
  readonly name: string;
  readonly unit: string;
  /** what is counted, in 60 s */
  readonly doc: string;
}

export const COUNTS = [
  {
    name: 'mac_conflicts',
    unit: 'packets',
    doc: 'packets of an IP address at another MAC address than its own, while its own is still there',
  },
  {
    name: 'mac_changes',
    unit: 'packets',
    doc: 'packets of an IP address at another MAC address than in training, its own being silent',
  },
  { name: 'macs', unit: 'MAC addresses', doc: 'distinct MAC addresses that sent on the segment' },
] as const satisfies readonly Count[];

export type CountName = (typeof COUNTS)[number]['name'];

/** Place of a count in the extractor's `counts`. */
export const COUNT_INDEX = Object.freeze(
  Object.fromEntries(COUNTS.map((count, index) => [count.name, index])) as Record<CountName, number>,
);
