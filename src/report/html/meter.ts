/** A horizontal bar of a share. */

import { html, type Markup } from './markup.js';

/** `share` 0..1; decoration beside a number. */
export function meter(share: number): Markup {
  const width = Math.round(Math.min(Math.max(Number.isFinite(share) ? share : 0, 0), 1) * 1000) / 10;
  return html`<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="8"/><rect class="fill" width="${width}" height="8"/></svg>`;
}
