/** What the timeline's lines and bars are, of those that it has. */

import type { RunFacts } from '../../detect/run-facts.js';
import { html, type Markup, trusted } from './markup.js';

interface Entry {
  readonly text: string;
  /** in a box of 22 x 10 */
  readonly shape: string;
  readonly drawn: (facts: RunFacts, incidents: number) => boolean;
}

const always = (): boolean => true;

const ENTRIES: readonly Entry[] = [
  { text: 'highest score', shape: '<path class="max" d="M1 5H21"/>', drawn: always },
  {
    text: 'above the threshold',
    shape: '<path class="max above" d="M1 5H21"/>',
    drawn: ({ timeline, threshold }) => timeline.some(({ maxScore }) => maxScore > threshold),
  },
  { text: 'mean score', shape: '<path class="mean" d="M1 5H21"/>', drawn: always },
  { text: 'threshold', shape: '<path class="threshold" d="M1 5H21"/>', drawn: always },
  {
    text: 'traffic',
    shape: '<path class="volume" stroke-width="3" d="M4 10V4M9 10V1M14 10V5M19 10V3"/>',
    drawn: always,
  },
  {
    text: 'incident, by severity: leads to it',
    shape: '<rect class="bar sev-high" y="1" width="22" height="8" rx="2"/>',
    drawn: (_facts, incidents) => incidents > 0,
  },
  {
    text: 'gap or drops',
    shape: '<path class="volume" stroke-width="2" d="M2 10L8 0M9 10L15 0M16 10L22 0"/>',
    drawn: ({ sources }) => sources.some(({ gaps }) => gaps.length > 0),
  },
];

export function legend(facts: RunFacts, incidents: number): Markup {
  const entries = ENTRIES.filter(({ drawn }) => drawn(facts, incidents));
  return html`<ul class="legend" aria-hidden="true">${entries.map(
    ({ text, shape }) => html`<li><svg viewBox="0 0 22 10">${trusted(shape)}</svg>${text}</li>`,
  )}</ul>`;
}
