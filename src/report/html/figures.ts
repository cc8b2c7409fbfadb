/** Figures beside the timeline: histogram of scores, loss curve, top talkers; nothing where there are no data. */

import type { RunFacts } from '../../detect/run-facts.js';
import { RECORD_KINDS } from '../../features/record-kinds.js';
import { byteSize, count, counted, figure } from '../format.js';
import { histogramPlot, linePlot } from '../plots.js';
import { html, type Markup, NOTHING, trusted } from './markup.js';
import { meter } from './meter.js';

/** The plots' text sizes become attributes: the page's security policy allows no style attribute. */
function plain(svg: string): Markup {
  return trusted(svg.replace(/ style="font-size:(\d+)px;[^"]*"/g, ' font-size="$1"').replace(/ style="[^"]*"/g, ''));
}

/** Talkers in sight; the others are a click away. */
const TALKERS = 8;

function scores(facts: RunFacts): Markup {
  const { edges, counts } = facts.scoreHistogram;
  if (!counts.some((n) => n > 0)) return NOTHING;
  return plain(
    histogramPlot({
      id: 'scores',
      label: `Histogram of ${count(counts.reduce((a, b) => a + b, 0))} scores with the threshold at ${figure(facts.threshold)}`,
      width: 460,
      height: 230,
      x: { name: 'score' },
      y: { name: RECORD_KINDS[facts.kind].nouns, log: true },
      edges,
      series: [{ name: 'scores', counts }],
      marks: [{ axis: 'x', value: facts.threshold, label: 'threshold' }],
    }),
  );
}

let lastCurve = { key: '', drawn: NOTHING };

/** The curve of a model stays the same, however often a live page is drawn. */
function loss({ model }: RunFacts): Markup {
  const key = JSON.stringify(model.lossCurve);
  if (key !== lastCurve.key) lastCurve = { key, drawn: drawLoss(model) };
  return lastCurve.drawn;
}

function drawLoss(model: RunFacts['model']): Markup {
  if (model.lossCurve.length === 0) return NOTHING;
  const last = model.lossCurve.at(-1) as (typeof model.lossCurve)[number];
  return plain(
    linePlot({
      id: 'loss',
      label: `Loss over ${model.lossCurve.length} epochs, at the end ${figure(last.loss)} trained and ${figure(last.validationLoss)} held out`,
      width: 460,
      height: 230,
      x: { name: 'epoch', format: (n) => (Number.isInteger(n) ? String(n) : '') },
      y: { name: 'loss' },
      series: [
        { name: 'trained', points: model.lossCurve.map((point) => [point.epoch, point.loss]) },
        { name: 'held out', points: model.lossCurve.map((point) => [point.epoch, point.validationLoss]) },
      ],
    }),
  );
}

function talkers(facts: RunFacts): Markup {
  if (facts.talkers.length === 0) return NOTHING;
  const most = Math.max(1, ...facts.talkers.map((talker) => talker.bytes));
  const rows = facts.talkers.map(
    (talker) =>
      html`<tr><td>${talker.address}</td><td class="share">${meter(talker.bytes / most)}<span>${byteSize(talker.bytes)}</span></td><td class="num">${count(talker.records)}</td><td class="num">${count(talker.anomalous)}</td></tr>`,
  );
  const more = rows.length - TALKERS;
  const rest =
    more > 0
      ? html`<details class="more"><summary>${counted(more, 'more', 'more')}</summary>${talkerTable(facts, rows.slice(TALKERS))}</details>`
      : NOTHING;
  return html`${talkerTable(facts, rows.slice(0, TALKERS))}${rest}`;
}

function talkerTable(facts: RunFacts, rows: readonly Markup[]): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Talkers"><table class="talkers"><thead><tr><th scope="col">Address</th><th scope="col">Bytes</th><th scope="col" class="num">${RECORD_KINDS[facts.kind].title}</th><th scope="col" class="num">Flagged</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

export function figureSections(facts: RunFacts): { talkers: Markup; scores: Markup; loss: Markup } {
  return { talkers: talkers(facts), scores: scores(facts), loss: loss(facts) };
}
