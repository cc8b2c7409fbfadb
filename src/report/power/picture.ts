/**
 * Chance of being raised by size, a row for each template: lines over each other would all end at the top, where nobody could
 * tell them apart. Drawn here and not with the plotting library, for each row has an axis of its own.
 */

import { html, type Markup, trusted } from '../html/markup.js';
import type { PowerRow } from './answers.js';
import { placeOf, scaleOf } from './sizes.js';

/** Px. Where the page is narrow, names stand above their line instead of beside it. */
interface Frame {
  readonly width: number;
  readonly row: number;
  /** from the top of a row to its text, and to the line's 1 */
  readonly text: number;
  readonly top: number;
  readonly left: number;
  readonly right: number;
}

const WIDE: Frame = { width: 1100, row: 26, text: 17, top: 5, left: 210, right: 330 };
const NARROW: Frame = { width: 340, row: 46, text: 14, top: 23, left: 6, right: 6 };
/** of a line, from chance 0 to 1 */
const HEIGHT = 16;
const HEAD = 24;
const INK = 'currentColor';
const COLOURS = {
  missed: 'var(--plot-mark)',
  raised: 'var(--plot-1)',
  unfinished: INK,
  impossible: INK,
} as const;

const px = (value: number): string => String(Math.round(value * 10) / 10);

function line({ power }: PowerRow, frame: Frame, top: number): string {
  const { width, left, right } = frame;
  const [from, to, zero] = [left, width - right, top + HEIGHT];
  const colour = COLOURS[power.answer];
  const scale = scaleOf(power);
  const points = power.sizes.map(({ size, named, placements }) => ({
    size,
    x: from + placeOf(size, scale) * (to - from),
    y: zero - (HEIGHT * named) / placements,
  }));
  const ticks = scale.map((size) => from + placeOf(size, scale) * (to - from));
  const path = points.map(({ x, y }) => `${px(x)} ${px(y)}`).join('L');
  const [first, last] = [points[0], points.at(-1)];
  const dash = power.answer === 'unfinished' ? ' stroke-dasharray="4 3"' : '';
  return [
    `<path d="M${from} ${zero}H${to}${ticks.map((x) => `M${px(x)} ${zero}v-3`).join('')}" stroke="${INK}" opacity="0.35"/>`,
    first && last && points.length > 1
      ? `<path d="M${px(first.x)} ${zero}L${path}L${px(last.x)} ${zero}Z" fill="${colour}" opacity="0.15"/><path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>`
      : '',
    ...points.map(({ size, x, y }) => {
      const answer = power.answer === 'raised' && power.smallest === size;
      return `<circle cx="${px(x)}" cy="${px(y)}" r="${answer ? 4.5 : 2.5}" fill="${colour}"/>`;
    }),
  ].join('');
}

function label({ power, answer }: PowerRow, frame: Frame, y: number): Markup {
  const { width, left, right } = frame;
  const wide = frame === WIDE;
  const [name, told] = wide ? [left - 12, width - right + 12] : [left, width - right];
  const [before, behind] = wide ? ['end', 'start'] : ['start', 'end'];
  const size = wide ? 13 : 12;
  const open = power.answer === 'unfinished' || power.answer === 'impossible';
  const colour = power.answer === 'missed' ? COLOURS.missed : INK;
  return html`<text x="${name}" y="${y}" text-anchor="${before}" font-size="${size}" fill="${INK}">${power.template}</text><text x="${told}" y="${y}" text-anchor="${behind}" font-size="${size}" fill="${colour}" opacity="${open ? 0.7 : 1}">${wide ? answer : short(answer)}</text>`;
}

/** Beside a long name there is room for so much. */
function short(answer: string): string {
  return answer
    .replace(' a second', '/s')
    .replace(/^raised (from .*) on$/, '$1')
    .replace(/^raised at (.*), at less not known yet$/, '$1 or less');
}

function svg(rows: readonly PowerRow[], frame: Frame): Markup {
  const { width, row, left, right } = frame;
  const height = HEAD + rows.length * row + 4;
  const body = rows.map((each, i) => {
    const top = HEAD + i * row;
    return html`${label(each, frame, top + frame.text)}${trusted(line(each, frame, top + frame.top))}`;
  });
  const axis = html`<text x="${left}" y="13" font-size="12" fill="${INK}" opacity="0.7">least visible size</text><text x="${width - right}" y="13" text-anchor="end" font-size="12" fill="${INK}" opacity="0.7">most visible</text>`;
  return html`<svg class="plot" role="img" aria-label="${described(rows)}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${axis}${body}</svg>`;
}

function described(rows: readonly PowerRow[]): string {
  const told = rows.map(({ power, answer }) => `${power.template} ${answer}`);
  return `Chance of being raised by size, a row for each template: ${told.join('; ')}`;
}

/** Twice, of which the page shows the one that has room. */
export function powerPicture(rows: readonly PowerRow[]): Markup {
  return html`<div class="wide">${svg(rows, WIDE)}</div><div class="narrow">${svg(rows, NARROW)}</div>`;
}
