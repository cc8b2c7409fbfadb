/** Power in the report of the training: what was measured and how, a picture, a table, the model before. */

import type { Power } from '../../model/power-schema.js';
import { count, counted, duration } from '../format.js';
import { html, type Markup, NOTHING } from '../html/markup.js';
import { delayText, longestBlockS, type PowerRow, powerRows } from './answers.js';
import { comparisonLines, powerLines } from './lines.js';
import { powerPicture } from './picture.js';

const HEAD = ['Attack', 'Right name', 'From, to', 'Answer, and sizes not tried', 'Alarm', 'Placements'];

/** "7 of 7", and those that were raised under another name alone */
function placementsText({ measured }: PowerRow): string {
  if (!measured) return '–';
  const { named, raised, placements } = measured;
  const other = raised > named ? `, ${count(raised - named)} by another name` : '';
  return `${count(named)} of ${count(placements)}${other}`;
}

function row(each: PowerRow): Markup {
  const { power, answer, measured, why } = each;
  const mark = power.answer === 'missed' ? html`<b class="missing">${answer}</b>` : html`${answer}`;
  return html`<tr><th scope="row">${power.template}</th><td class="word">${power.kind}</td><td class="word">${power.parties}</td><td class="why">${mark}${why === '' ? NOTHING : html`<small>${why}</small>`}</td><td class="word">${delayText(measured) || '–'}</td><td class="word">${placementsText(each)}</td></tr>
`;
}

function table(rows: readonly PowerRow[]): Markup {
  const caption =
    'Attacks, the least well seen first; alarm and placements are of the size that the answer names, or of the largest that was tried';
  return html`<div class="card scroll" tabindex="0" role="region" aria-label="Attacks"><table class="power"><caption><span>${caption}</span></caption><thead><tr>${HEAD.map(
    (cell) => html`<th scope="col">${cell}</th>`,
  )}</tr></thead><tbody>${rows.map(row)}</tbody></table></div>`;
}

function how(power: Power): string {
  const { blocks, placements, nets, seconds, effort } = power;
  const records = blocks.reduce((sum, block) => sum + block.records, 0);
  const length = `${blocks.length > 1 ? 'at most ' : ''}${duration(longestBlockS(power))}${blocks.length > 1 ? ' each' : ''}`;
  const where = `${counted(blocks.length, 'block')} of this training (${count(records)} records, ${length})`;
  const known =
    effort === 'full'
      ? 'that had learned nothing from the block'
      : 'that had learned from the other blocks who is there, who deals with whom and what they use, and from all how much of it is usual';
  const net = nets === 'folds' ? '' : ' Only the net, whose score raises no alarm, had seen the block.';
  const most = `at most ${counted(placements, 'placement')} a size`;
  return `Attacks of the program's own making were woven into ${where} at random times and between random parties, and judged by the complete detector, ${known}.${net} Raised: more than a notice, under a right name, in nine of ten placements or, of fewer, in all. Effort ${effort}: ${most}, ${duration(seconds)} in all.`;
}

/** @param power undefined: not measured */
export function powerSection(power: Power | undefined): Markup {
  if (!power) return html`<p class="none">Not measured.</p>`;
  const rows = powerRows(power);
  const lines = [...powerLines(power), ...comparisonLines(power, rows.length)];
  const caption =
    'Chance of being raised under a right name, by size: each row goes from 0 to 1, over the sizes of its attack (logarithmic, a tick each). Dots were measured; the large one is the least size that is raised. Red: missed. Dashed: not looked at to the end.';
  return html`<ul class="plain">${lines.map((line) => html`<li>${line}</li>`)}</ul><p>${how(power)}</p>
<figure class="card power"><figcaption>${caption}</figcaption>${rows.length === 0 ? NOTHING : powerPicture(rows)}</figure>
${table(rows)}`;
}
