/** The timeline: scores against the threshold, packets, gaps and incidents over one axis of time. Drawn here and not with
 * the plotting library because incidents are links and lie in lanes of their own. */

import type { RunFacts, TimelineBucket } from '../../detect/run-facts.js';
import { RECORD_KINDS } from '../../features/record-kinds.js';
import { counted, figure, moment, span, timeOfDay } from '../format.js';
import type { IncidentView } from '../incident-view.js';
import { anchorOf } from './incidents.js';
import { html, type Markup, NOTHING, trusted } from './markup.js';

/** Px. `id` is unique on the page. */
export interface TimelineFrame {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

const LANES = 5;
const LANE = 13;
/** More than so many bars say nothing; the list has them all. */
export const MOST_BARS = 400;
/** So many bars are stations of the Tab key; of more, the list has its own keys. */
const TAB_BARS = 30;
/** Px of a time, and of a date, at the size that the style gives them: a label at an end is drawn inwards. */
const CHAR = 7;
const LEFT = 44;
const RIGHT = 12;
const TOP = 22;
const STEPS_S = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
  2_592_000, 31_536_000,
];

interface Scale {
  readonly fromUs: number;
  readonly toUs: number;
  x(us: number): number;
}

const px = (value: number): string => String(Math.round(value * 10) / 10);

function timeScale(facts: RunFacts, width: number): Scale {
  const fromUs = facts.firstUs;
  const toUs = Math.max(facts.lastUs, fromUs + 1e6);
  const inner = width - LEFT - RIGHT;
  const x = (us: number): number => LEFT + Math.min(Math.max((us - fromUs) / (toUs - fromUs), 0), 1) * inner;
  return { fromUs, toUs, x };
}

function timeTicks({ fromUs, toUs }: Scale, most: number): { us: number; text: string }[] {
  const seconds = (toUs - fromUs) / 1e6;
  const step = STEPS_S.find((s) => seconds / s <= most) ?? Math.ceil(seconds / most);
  const ticks: { us: number; text: string }[] = [];
  for (let us = Math.ceil(fromUs / (step * 1e6)) * step * 1e6; us <= toUs; us += step * 1e6) {
    const time = timeOfDay(us).slice(0, step < 60 ? 8 : 5);
    ticks.push({ us, text: step >= 86_400 || time.startsWith('00:00') ? moment(us).slice(0, 10) : time });
  }
  return ticks;
}

/** Under its tick, but within the figure. */
function timeLabel(text: string, x: number, width: number, y: number): Markup {
  const half = (text.length * CHAR) / 2;
  const side = x + half > width ? 'end' : 'mid';
  return html`<text class="${side}" x="${px(side === 'end' ? width : x)}" y="${y}">${text}</text>`;
}

function scoreTicks(top: number): number[] {
  const rough = top / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((m) => m * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, k) => Number((k * step).toPrecision(6)));
}

/** At most `most` buckets: neighbours are joined, maxima stay maxima. */
function reduce(buckets: readonly TimelineBucket[], most: number): TimelineBucket[] {
  const group = Math.ceil(buckets.length / most);
  if (group <= 1) return [...buckets];
  const result: TimelineBucket[] = [];
  for (let i = 0; i < buckets.length; i += group) {
    const part = buckets.slice(i, i + group).filter((b) => b.records > 0);
    const records = part.reduce((sum, b) => sum + b.records, 0);
    result.push({
      fromUs: buckets[i].fromUs,
      records,
      anomalous: part.reduce((sum, b) => sum + b.anomalous, 0),
      maxScore: Math.max(0, ...part.map((b) => b.maxScore)),
      meanScore: part.reduce((sum, b) => sum + b.meanScore * b.records, 0) / Math.max(1, records),
    });
  }
  return result;
}

/** Line through the middles of the buckets, with holes where there were no records. */
function path(
  buckets: readonly TimelineBucket[],
  x: (b: TimelineBucket) => number,
  y: (b: TimelineBucket) => number,
): string {
  let text = '';
  let pen = 'M';
  for (const bucket of buckets) {
    if (bucket.records === 0) {
      pen = 'M';
      continue;
    }
    // the short stroke makes a dot of a bucket that stands alone
    text += `${pen}${px(x(bucket))} ${px(y(bucket))}${pen === 'M' ? 'h.1' : ''}`;
    pen = 'L';
  }
  return text;
}

interface Bar {
  readonly view: IncidentView;
  readonly x: number;
  readonly width: number;
  readonly lane: number;
}

/** Each incident in the first lane that is free at its time; the last lane takes what finds none. */
function lay(views: readonly IncidentView[], scale: Scale): Bar[] {
  const ends = new Array<number>(LANES).fill(Number.NEGATIVE_INFINITY);
  const inTime = views.slice(0, MOST_BARS).toSorted((a, b) => a.incident.firstUs - b.incident.firstUs);
  return inTime.map((view) => {
    const x = scale.x(view.incident.firstUs);
    const width = Math.max(4, scale.x(view.incident.lastUs) - x);
    const free = ends.findIndex((end) => end + 2 <= x);
    const lane = free === -1 ? LANES - 1 : free;
    ends[lane] = Math.max(ends[lane], x + width);
    return { view, x, width, lane };
  });
}

function bars(laid: readonly Bar[], top: number): Markup {
  const shapes = laid.map(({ view: { incident }, x, width, lane }) => {
    const place = html`x="${px(x)}" y="${px(top + lane * LANE)}" width="${px(width)}" height="${LANE - 3}"`;
    const title = html`<title>#${incident.id} ${incident.severity}, ${span(incident.firstUs, incident.lastUs)}: ${incident.title}</title>`;
    const skipped = laid.length > TAB_BARS ? html` tabindex="-1"` : NOTHING;
    return html`<a href="#${anchorOf(incident.id)}"${skipped}><rect class="bar sev-${incident.severity}" ${place} rx="2">${title}</rect></a>`;
  });
  return html`<g class="bars">${shapes}</g>`;
}

/** One SVG; empty without buckets. */
export function timeline(facts: RunFacts, views: readonly IncidentView[], frame: TimelineFrame): Markup {
  if (facts.timeline.length === 0 || facts.records === 0) return NOTHING;
  const { id, width, height } = frame;
  const scale = timeScale(facts, width);
  const buckets = reduce(facts.timeline, width - LEFT - RIGHT);
  const laid = lay(views, scale);
  const lanes = laid.length > 0 ? (Math.max(...laid.map((bar) => bar.lane)) + 1) * LANE + 8 : 0;
  const bottom = height - 24;
  const volumeHeight = 26;
  const volumeTop = bottom - lanes - volumeHeight;
  const scoreBottom = volumeTop - 10;
  const highest = buckets.reduce((most, b) => Math.max(most, b.maxScore), 0);
  const top = Math.max(highest, facts.threshold, 1e-6) * 1.12;
  const y = (score: number): number => scoreBottom - (Math.min(score, top) / top) * (scoreBottom - TOP);
  const half = buckets.length > 1 ? (buckets[1].fromUs - buckets[0].fromUs) / 2 : 0;
  const x = (bucket: TimelineBucket): number => scale.x(bucket.fromUs + half);
  const most = Math.max(1, ...buckets.map((b) => b.records));
  const max = path(buckets, x, (b) => y(b.maxScore));
  const mean = path(buckets, x, (b) => y(b.meanScore));
  const volume = buckets
    .filter((b) => b.records > 0)
    .map((b) => `M${px(x(b))} ${px(volumeTop + volumeHeight)}V${px(volumeTop + volumeHeight * (1 - b.records / most))}`)
    .join('');
  const stroke = Math.max(1, ((width - LEFT - RIGHT) / buckets.length) * 0.7);
  const gaps = facts.sources.flatMap((source) => source.gaps);
  const line = y(facts.threshold);
  const label = `Scores over time: highest ${figure(highest)}, threshold ${figure(facts.threshold)}, ${counted(views.length, 'incident')}, ${counted(gaps.length, 'gap')}`;
  return html`<svg class="timeline ${id}" role="group" aria-label="${label}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<defs><pattern id="${id}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch" width="2" height="6"/></pattern>
<clipPath id="${id}-above"><rect x="0" y="0" width="${width}" height="${px(line)}"/></clipPath></defs>
${scoreTicks(top).map((score) => html`<path class="rule" d="M${LEFT} ${px(y(score))}H${width - RIGHT}"/><text class="end" x="${LEFT - 6}" y="${px(y(score) + 4)}">${figure(score)}</text>`)}
${timeTicks(scale, width / 90).map((tick) => html`<path class="rule" d="M${px(scale.x(tick.us))} ${TOP}V${bottom}"/>${timeLabel(tick.text, scale.x(tick.us), width, height - 6)}`)}
${gaps.map((gap) => html`<rect class="gap" x="${px(scale.x(gap.fromUs))}" y="${TOP}" width="${px(Math.max(2, scale.x(gap.toUs) - scale.x(gap.fromUs)))}" height="${bottom - TOP}" fill="${trusted(`url(#${id}-hatch)`)}"><title>Gap: ${gap.reason}, ${span(gap.fromUs, gap.toUs)}</title></rect>`)}
<path class="volume" stroke-width="${px(stroke)}" d="${volume}"/><text class="end" x="${LEFT - 6}" y="${px(volumeTop + 17)}">${RECORD_KINDS[facts.kind].short}</text>
<path class="mean" d="${mean}"/><path class="max" d="${max}"/><path class="max above" clip-path="${trusted(`url(#${id}-above)`)}" d="${max}"/>
<path class="threshold" d="M${LEFT} ${px(line)}H${width - RIGHT}"/><text class="threshold-label end" x="${width - RIGHT - 4}" y="${px(line - 5)}">threshold ${figure(facts.threshold)}</text>
<text class="start" x="${LEFT - 6}" y="12">score</text>
${lanes > 0 ? bars(laid, volumeTop + volumeHeight + 8) : NOTHING}
</svg>`;
}
