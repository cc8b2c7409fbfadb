/** What the sections of the training's report are made of: tables with bars, figures. */

import { html, type Markup, trusted } from '../html/markup.js';

/** Where a section has nothing to show. */
export const NONE = html`<p class="none">No data.</p>`;

/** A figure with its caption. */
export function plot(caption: string, svg: string): Markup {
  return html`<figure class="card"><figcaption>${caption}</figcaption>${trusted(svg)}</figure>`;
}

/** @param words so many columns from the left are words, the others numbers */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (string | Markup)[])[],
  words = 1,
  kind = '',
): Markup {
  const of = (k: number): string => (k < words ? 'word' : 'num');
  return html`<div class="card scroll ${kind}" tabindex="0" role="region" aria-label="${caption}"><table><caption><span>${caption}</span></caption><thead><tr>${head.map(
    (cell, k) => html`<th scope="col" class="${of(k)}">${cell}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (row) =>
      html`<tr>${row.map((cell, k) => (k === 0 ? html`<th scope="row">${cell}</th>` : html`<td class="${of(k)}">${cell}</td>`))}</tr>
`,
  )}</tbody></table></div>`;
}
