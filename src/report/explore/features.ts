/** The features over the sample: yes or no as shares, numbers as small histograms, one line each. */

import { plainFigure } from '../../detect/incidents/figures.js';
import { count, percent } from '../format.js';
import { html, type Markup, NOTHING, trusted } from '../html/markup.js';
import { meter } from '../html/meter.js';
import type { ExplorationData, FeatureHistogram } from './data.js';

/** Px of a small histogram. */
const WIDTH = 120;
const HEIGHT = 20;

function flagRow({ name, doc, yes }: FeatureHistogram): Markup {
  return html`<li><span class="name" title="${doc}">${name}</span>${meter(yes)}<span class="range">${percent(yes)}</span></li>`;
}

/** Heights by the logarithm: what happened once among thousands is seen. */
function sparkline({ counts }: FeatureHistogram): Markup {
  const most = Math.log1p(Math.max(...counts, 1));
  const width = WIDTH / counts.length;
  const bars = counts
    .map((n, i) => {
      const height = Math.round((HEIGHT * Math.log1p(n) * 10) / most) / 10;
      return n > 0
        ? `M${Math.round(width * i * 10) / 10} ${HEIGHT}v${-height}h${Math.round(width * 8) / 10}v${height}z`
        : '';
    })
    .join('');
  return html`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true"><path d="${trusted(bars)}"/><path class="base" d="M0 ${HEIGHT - 0.5}H${WIDTH}"/></svg>`;
}

function numberRow(histogram: FeatureHistogram): Markup {
  const { name, doc, plain, plainUnit } = histogram;
  // the noun of what is counted once, behind the last
  const units = /^(B|s|ms|share)$/.test(plainUnit) ? [plainUnit, plainUnit, plainUnit] : ['', '', plainUnit];
  const [least, median, most] = plain.map((value, i) => plainFigure(value, units[i]));
  return html`<li><span class="name" title="${doc}">${name}</span>${sparkline(histogram)}<span class="range">${least} · <b>${median}</b> · ${most}</span></li>`;
}

const constantText = ({ flag, constant = 0, plain, plainUnit }: FeatureHistogram): string =>
  flag ? (constant > 0 ? 'yes' : 'no') : plainFigure(plain[1], plainUnit);

/** What the net got. */
export function featuresSection({ histograms, sampled }: ExplorationData): Markup {
  const varying = histograms.filter(({ constant }) => constant === undefined);
  const flags = varying.filter(({ flag }) => flag);
  const numbers = varying.filter(({ flag, edges }) => !flag && edges.length > 0);
  const constant = histograms.filter((each) => each.constant !== undefined);
  const of = `of ${count(sampled)} rows`;
  return html`${
    flags.length === 0
      ? NOTHING
      : html`<div class="card"><h3>Yes or no: the share ${of} with it</h3><ul class="small flags">${flags.map(flagRow)}</ul></div>`
  }
${
  numbers.length === 0
    ? NOTHING
    : html`<div class="card"><h3>Numbers ${of}: from the least to the most, heights logarithmic; least, median and most beside it</h3><ul class="small numbers">${numbers.map(numberRow)}</ul></div>`
}
${constant.length === 0 ? NOTHING : html`<p>The same in all ${count(sampled)} rows: ${constant.map((each) => `${each.name} ${constantText(each)}`).join(', ')}.</p>`}`;
}
