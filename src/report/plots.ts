/**
 * Plots as SVG text: no script, no request, and no colour of their own. Every colour is `currentColor` or a variable of
 * `PLOT_CSS`, so one figure serves a light page, a dark page and paper. The only file that knows the plotting library.
 */

import { BarChart, CustomChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([
  BarChart,
  CustomChart,
  LineChart,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  SVGRenderer,
]);

/** Variables that the figures use; belongs into the page's style element. The hues are Okabe and Ito's, safe for colour-blind readers. */
export const PLOT_CSS = `:root{--plot-1:#0072b2;--plot-2:#d55e00;--plot-3:#009e73;--plot-4:#9c5a86;--plot-5:#8a7000;--plot-6:#56b4e9;--plot-mark:#b00020}
@media (prefers-color-scheme:dark){:root{--plot-1:#56b4e9;--plot-2:#f09a4a;--plot-3:#35c9a0;--plot-4:#dd93c0;--plot-5:#e6d24a;--plot-6:#8fb8ff;--plot-mark:#ff7b86}}
@media print{:root{--plot-1:#0072b2;--plot-2:#d55e00;--plot-3:#009e73;--plot-4:#9c5a86;--plot-5:#8a7000;--plot-6:#56b4e9;--plot-mark:#b00020}}
svg.plot{display:block;max-width:100%;height:auto}`;

const COLOURS = [1, 2, 3, 4, 5, 6].map((n) => `var(--plot-${n})`);
const MARK = 'var(--plot-mark)';
const INK = 'currentColor';

/** What every figure has. `id`: letters and digits, unique on its page; `label`: the text alternative. Sizes in px. */
export interface PlotFrame {
  readonly id: string;
  readonly label: string;
  readonly width?: number;
  readonly height?: number;
}

/** A labelled line across the plot, for example a threshold. */
export interface PlotMark {
  readonly axis: 'x' | 'y';
  readonly value: number;
  readonly label: string;
}

/** A shaded stretch of the x axis, for example an incident or a gap. */
export interface PlotBand {
  readonly from: number;
  readonly to: number;
  readonly label?: string;
}

export interface AxisName {
  readonly name: string;
  /** logarithmic; values at or below 0 are not drawn */
  readonly log?: boolean;
  /** text of a tick */
  readonly format?: (value: number) => string;
}

export interface LinePlot extends PlotFrame {
  readonly x: AxisName;
  readonly y: AxisName;
  /** points in order of x; y null leaves a hole */
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number | null])[];
    readonly area?: boolean;
  }[];
  readonly marks?: readonly PlotMark[];
  readonly bands?: readonly PlotBand[];
}

export interface BarPlot extends PlotFrame {
  readonly categories: readonly string[];
  readonly value: AxisName;
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  readonly stacked?: boolean;
  /** names beside the bars, first on top */
  readonly horizontal?: boolean;
}

export interface HistogramPlot extends PlotFrame {
  readonly x: AxisName;
  readonly y: AxisName;
  /** one more than counts */
  readonly edges: readonly number[];
  readonly series: readonly { readonly name: string; readonly counts: readonly number[] }[];
  readonly marks?: readonly PlotMark[];
}

/** Lines over a numeric axis. */
export function linePlot(plot: LinePlot): string {
  const named = plot.series.length > 1;
  return draw(plot, {
    legend: legend(named),
    grid: grid(named),
    xAxis: { ...numericAxis(plot.x, 'x'), min: 'dataMin', max: 'dataMax' },
    yAxis: numericAxis(plot.y, 'y'),
    series: plot.series.map((series, i) => ({
      type: 'line',
      name: series.name,
      data: plot.y.log ? series.points.map(([x, y]) => [x, y !== null && y > 0 ? y : null]) : series.points,
      symbol: series.points.length === 1 ? 'circle' : 'none',
      lineStyle: { width: 2, type: i % 2 === 0 ? 'solid' : [6, 3] },
      ...(series.area ? { areaStyle: { opacity: 0.2 } } : {}),
      ...(i === 0 ? { markLine: markLine(plot.marks), markArea: markArea(plot.bands) } : {}),
    })),
  });
}

/** Bars by name; upright or lying, beside each other or stacked. */
export function barPlot(plot: BarPlot): string {
  const named = plot.series.length > 1;
  const names = {
    type: 'category',
    data: plot.categories,
    inverse: plot.horizontal === true,
    axisLine: { lineStyle: { color: INK, opacity: 0.5 } },
    axisTick: { show: false },
    axisLabel: { color: INK, ...(plot.horizontal ? { width: 130, overflow: 'truncate', interval: 0 } : {}) },
  };
  const values = numericAxis(plot.value, plot.horizontal ? 'x' : 'y');
  return draw(plot, {
    legend: legend(named),
    grid: grid(named),
    xAxis: plot.horizontal ? values : names,
    yAxis: plot.horizontal ? names : values,
    series: plot.series.map((series) => ({
      type: 'bar',
      name: series.name,
      data: series.values,
      barCategoryGap: '20%',
      ...(plot.stacked ? { stack: 'all' } : {}),
    })),
  });
}

/** Counts between edges, drawn at their true place and width. */
export function histogramPlot(plot: HistogramPlot): string {
  const named = plot.series.length > 1;
  const floor = plot.y.log ? 0.5 : 0;
  return draw(plot, {
    legend: legend(named),
    grid: grid(named),
    xAxis: edgeAxis(plot),
    yAxis: { ...numericAxis(plot.y, 'y'), min: floor },
    series: plot.series.map((series, i) => ({
      type: 'custom',
      name: series.name,
      encode: { x: [0, 1], y: 2 },
      data: series.counts.flatMap((count, at) => (count > 0 ? [[plot.edges[at], plot.edges[at + 1], count]] : [])),
      renderItem: (_: unknown, api: CellApi) => {
        const [left, top] = api.coord([api.value(0), api.value(2)]) as [number, number];
        const [right, bottom] = api.coord([api.value(1), floor]) as [number, number];
        const shape = { x: left, y: top, width: Math.max(1, right - left - 0.5), height: Math.max(1, bottom - top) };
        return { type: 'rect', shape, style: { fill: COLOURS[i % COLOURS.length], opacity: named ? 0.6 : 0.85 } };
      },
      ...(i === 0 ? { markLine: markLine(plot.marks) } : {}),
    })),
  });
}

/** From the first to the last edge. Their own labels are odd numbers that collide with round ones, and are left out. */
function edgeAxis({ x, edges }: HistogramPlot): object {
  const axis = numericAxis(x, 'x') as { axisLabel: object };
  const axisLabel = { ...axis.axisLabel, showMinLabel: edges[0] === 0, showMaxLabel: Number.isInteger(edges.at(-1)) };
  return { ...axis, axisLabel, min: edges[0], max: edges.at(-1) };
}

interface CellApi {
  value(dimension: number): number;
  coord(point: number[]): number[];
}

function numericAxis(axis: AxisName, side: 'x' | 'y'): object {
  return {
    type: axis.log ? 'log' : 'value',
    name: axis.name,
    nameLocation: side === 'x' ? 'middle' : 'end',
    nameGap: side === 'x' ? 26 : 10,
    nameTextStyle: { color: INK, align: side === 'x' ? 'center' : 'left' },
    splitNumber: side === 'x' ? 5 : 4,
    axisLine: { show: side === 'x', lineStyle: { color: INK, opacity: 0.5 } },
    axisTick: { show: side === 'x' },
    axisLabel: { color: INK, hideOverlap: true, formatter: axis.format ?? shortNumber },
    splitLine: { show: side === 'y', lineStyle: { color: INK, opacity: 0.15 } },
  };
}

/** 1200000 -> "1.2M", 0.00031 -> "3.1e-4": short enough for a tick. */
function shortNumber(value: number): string {
  const size = Math.abs(value);
  for (const [unit, letter] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (size >= unit) return `${Number((value / unit).toPrecision(3))}${letter}`;
  }
  return size !== 0 && size < 0.001 ? value.toExponential(1) : `${Number(value.toPrecision(3))}`;
}

function legend(show: boolean): object {
  return { show, top: 0, left: 0, itemGap: 18, itemWidth: 18, itemHeight: 10, textStyle: { color: INK } };
}

/** `outerBoundsMode` keeps labels and axis names within these margins. */
function grid(named: boolean): object {
  return { left: 6, right: 18, top: named ? 30 : 6, bottom: 6, outerBoundsMode: 'same' };
}

function markLine(marks: readonly PlotMark[] = []): object {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: MARK, width: 2, type: 'dashed' },
    label: { color: MARK, textBorderWidth: 0, position: 'insideEndTop', formatter: '{b}' },
    data: marks.map((mark) => ({ name: mark.label, [mark.axis === 'x' ? 'xAxis' : 'yAxis']: mark.value })),
  };
}

function markArea(bands: readonly PlotBand[] = []): object {
  return {
    silent: true,
    itemStyle: { color: MARK, opacity: 0.15 },
    label: { color: MARK, textBorderWidth: 0, position: 'insideTop' },
    data: bands.map((band) => [{ name: band.label ?? '', xAxis: band.from }, { xAxis: band.to }]),
  };
}

function draw(frame: PlotFrame, option: EChartsCoreOption): string {
  const width = frame.width ?? 480;
  const height = frame.height ?? 280;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    const textStyle = { color: INK, fontSize: 13, fontFamily: 'inherit' };
    chart.setOption({ animation: false, color: COLOURS, textStyle, ...option });
    return tidy(chart.renderToSVGString(), frame);
  } finally {
    chart.dispose();
  }
}

/** Without what only a script could use, with a text alternative, and with ids that depend on the figure alone. */
function tidy(svg: string, frame: PlotFrame): string {
  return (
    svg
      .replace(/<style[^>]*>[\s\S]*?<\/style>/g, '')
      .replace(/ (?:ecmeta_\w+|class|pointer-events)="[^"]*"/g, '')
      .replace(/\bzr\d+-/g, `${frame.id}-`)
      .replace(/<[^>]+>/g, (tag) => tag.replace(/(\d\.\d\d)\d+/g, '$1'))
      // attributes instead of styles: a page may forbid the latter
      .replace(/ style="font-size:(\d+)px;[^"]*"/g, ' font-size="$1"')
      .replace(/ style="[^"]*"/g, '')
      .replace(/<svg /, `<svg class="plot" role="img" aria-label="${escapeAttribute(frame.label)}" `)
      .replace(/ xmlns:xlink="[^"]*"| baseProfile="[^"]*"/g, '')
  );
}

function escapeAttribute(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
