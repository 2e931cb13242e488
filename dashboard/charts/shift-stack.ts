import type { CustomSeriesRenderItemReturn } from 'echarts';
import type { Look } from '#shared/contract/socket.ts';
import { detailWords } from '../glyphs/words.ts';
import { language, t } from '../language/language.ts';
import type { ChartOption } from './echarts.ts';
import type { StateFills } from './patterns.ts';
import { boxOf, PAINT_ORDER, type Stretch } from './ribbon.ts';
import { fillOf, type PowerSample, powerSeries, stopEnergySeries } from './shift-power.ts';
import type { ChartTheme } from './theme.ts';

/* State, power and parts of one machine, stacked on one time axis. */
export interface PartsBin {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

export interface ShiftStackData {
  readonly from: number;
  readonly to: number;
  readonly stretches: readonly Stretch[];
  readonly power: readonly PowerSample[] | null;
  readonly parts: readonly PartsBin[] | null;
  /** Pieces per hour at the ideal cycle time, and its name at the right. */
  readonly ideal: { readonly perHour: number; readonly label: string } | null;
  /** Mean power while waiting, kW, and its name at the right. */
  readonly idle: { readonly kW: number; readonly label: string } | null;
  /** A count in the site's language; nothing for 0, which the missing bar says already. */
  readonly count: (n: number) => string;
  /** kWh of the long stops, over their area. */
  readonly stopEnergy: readonly {
    readonly at: number;
    readonly kW: number;
    readonly label: string;
    readonly look: Look;
  }[];
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

export const STACK = {
  left: 140,
  right: 72,
  labels: 24,
  state: 36,
  gap: 22,
  power: 164,
  parts: 68,
  axis: 24,
} as const;

export interface StackRows {
  readonly state: number;
  readonly power: number | null;
  readonly parts: number | null;
  readonly height: number;
}

/** Tops of the rows and the height of all of it; rows without data take no room. */
export function stackRows(data: Pick<ShiftStackData, 'power' | 'parts'>): StackRows {
  let y = STACK.labels;
  const state = y;
  y += STACK.state;
  let power: number | null = null;
  let parts: number | null = null;
  if (data.power) {
    power = y + STACK.gap;
    y = power + STACK.power;
  }
  if (data.parts) {
    parts = y + STACK.gap;
    y = parts + STACK.parts;
  }
  return { state, power, parts, height: y + STACK.axis };
}

export function shiftStackOption(data: ShiftStackData, theme: ChartTheme, fills: StateFills): ChartOption {
  const rows = stackRows(data);
  const grids: { top: number; height: number }[] = [{ top: rows.state, height: STACK.state }];
  const yMax: number[] = [1];
  const series: NonNullable<ChartOption['series']>[] = [ribbonSeries(data, theme, fills)];
  if (data.power && rows.power !== null) {
    grids.push({ top: rows.power, height: STACK.power });
    yMax.push(niceTop(Math.max(1, ...data.power.map((sample) => sample.kW)), 3));
    series.push(...powerSeries(data.power, data, grids.length - 1, theme, fills));
    series.push(stopEnergySeries(data, grids.length - 1, theme));
  }
  if (data.parts && rows.parts !== null) {
    grids.push({ top: rows.parts, height: STACK.parts });
    yMax.push(niceTop(Math.max(1, data.ideal?.perHour ?? 0, ...data.parts.map(perHour)), 2));
    series.push(partsSeries(data.parts, data, grids.length - 1, theme));
  }
  const lastGrid = grids.length - 1;
  return {
    textStyle: { fontFamily: theme.font, fontSize: 13 },
    grid: grids.map((grid) => ({ ...grid, left: STACK.left, right: STACK.right, outerBoundsMode: 'none' as const })),
    xAxis: grids.map((_, gridIndex) => ({
      type: 'value' as const,
      gridIndex,
      min: data.from,
      max: data.to,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: {
        show: gridIndex === lastGrid,
        color: theme.text2,
        fontFamily: theme.font,
        fontSize: 13,
        customValues: data.ticks.map((tick) => tick.at),
        formatter: (value: number) => data.ticks.find((tick) => tick.at === value)?.label ?? '',
      },
    })),
    yAxis: grids.map((_, gridIndex) => ({
      type: 'value' as const,
      gridIndex,
      min: 0,
      max: yMax[gridIndex] ?? 1,
      interval: (yMax[gridIndex] ?? 1) / (gridIndex === lastGrid && data.parts ? 2 : 3),
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { show: gridIndex > 0, lineStyle: { color: theme.line } },
      axisLabel: {
        show: gridIndex > 0,
        color: theme.text3,
        fontFamily: theme.font,
        fontSize: 13,
        showMinLabel: false,
        formatter: axisNumber,
      },
    })),
    series: [...series, ...grids.map((_, index) => hourLines(data, index, theme))].flat(),
  };
}

/** A number beside an axis, as the reader's language writes it. */
function axisNumber(value: number): string {
  return value.toLocaleString(language.value, { maximumFractionDigits: 6 });
}

const TOPS = {
  2: [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10],
  3: [1.2, 1.5, 1.8, 2.1, 2.4, 3, 3.6, 4.5, 6, 7.5, 9, 12],
} as const;

/** The rounded top of a scale that divides into so many parts without crooked labels. */
export function niceTop(most: number, parts: keyof typeof TOPS): number {
  const power = 10 ** Math.floor(Math.log10(most));
  const step = TOPS[parts].find((n) => n * power >= most * (1 - 1e-9)) ?? 12;
  return Math.round(step * power * 1e6) / 1e6;
}

export function perHour(bin: PartsBin): number {
  return (bin.count * 3_600_000) / (bin.end - bin.start);
}

function hourLines(data: ShiftStackData, index: number, theme: ChartTheme): NonNullable<ChartOption['series']> {
  return {
    type: 'line',
    xAxisIndex: index,
    yAxisIndex: index,
    data: [],
    silent: true,
    markLine: {
      silent: true,
      symbol: 'none',
      z: -1,
      label: { show: false },
      lineStyle: { color: theme.line, type: 'solid', width: 1 },
      data: data.ticks.map((tick) => ({ xAxis: tick.at })),
    },
  };
}

function ribbonSeries(data: ShiftStackData, theme: ChartTheme, fills: StateFills): NonNullable<ChartOption['series']> {
  const ordered = [...data.stretches].sort((a, b) => PAINT_ORDER.indexOf(a.look) - PAINT_ORDER.indexOf(b.look));
  const labels = labelled(data.stretches);
  return {
    type: 'custom',
    xAxisIndex: 0,
    yAxisIndex: 0,
    silent: true,
    data: ordered.map((stretch) => [stretch.start, stretch.end]),
    encode: { x: [0, 1], y: [] },
    renderItem: (params): CustomSeriesRenderItemReturn => {
      const stretch = ordered[params.dataIndex];
      const area = params.coordSys as unknown as { x: number; y: number; width: number; height: number };
      if (!stretch) return null;
      const box = boxOf(stretch, { width: area.width, height: area.height, from: data.from, to: data.to, minTick: 2 });
      const middle = area.y + area.height / 2;
      const mark =
        stretch.look === 'unknown'
          ? {
              type: 'line' as const,
              shape: { x1: area.x + box.x, x2: area.x + box.x + box.width, y1: middle, y2: middle },
              style: { stroke: theme.fill.unknown, lineWidth: 2, lineDash: [2, 4] },
            }
          : {
              type: 'rect' as const,
              shape: { x: area.x + box.x, y: area.y + box.y, width: box.width, height: box.height },
              style:
                stretch.look === 'plan'
                  ? { fill: theme.bg, stroke: theme.fill.plan, lineWidth: 1 }
                  : { fill: fillOf(stretch.look, theme, fills) as string },
            };
      const text = labels.get(stretch);
      return {
        type: 'group',
        children: text
          ? [
              mark,
              {
                type: 'text' as const,
                x: area.x + box.x + box.width / 2,
                y: area.y - 6,
                style: {
                  text,
                  fill: stretch.look === 'plan' ? theme.text3 : theme.text,
                  font: `400 13px ${theme.font}`,
                  align: 'center' as const,
                  verticalAlign: 'bottom' as const,
                },
              },
            ]
          : [mark],
      };
    },
  };
}

function wordsAbove({ look, reason }: Stretch): string | null {
  if (reason !== null) return detailWords(reason);
  return look === 'plan' ? t('charts.break') : null;
}

/** Breaks and long stops are named above the ribbon, as long as the names do not run into each other. */
export function labelled(stretches: readonly Stretch[]): Map<Stretch, string> {
  const named = new Map<Stretch, string>();
  const MIN_MS = 10 * 60_000;
  const CLEAR_MS = 42 * 60_000;
  let last = Number.NEGATIVE_INFINITY;
  for (const stretch of stretches) {
    if (stretch.look === 'run' || stretch.look === 'minor' || stretch.look === 'unknown') continue;
    const middle = (stretch.start + stretch.end) / 2;
    const text = wordsAbove(stretch);
    if (!text || stretch.end - stretch.start < MIN_MS || middle - last < CLEAR_MS) continue;
    named.set(stretch, language.value === 'de' ? text : text.charAt(0).toLowerCase() + text.slice(1));
    last = middle;
  }
  return named;
}

function partsSeries(
  bins: readonly PartsBin[],
  data: ShiftStackData,
  index: number,
  theme: ChartTheme,
): NonNullable<ChartOption['series']> {
  return {
    type: 'custom',
    xAxisIndex: index,
    yAxisIndex: index,
    silent: true,
    data: bins.map((bin) => [bin.start, bin.end, perHour(bin), bin.count]),
    encode: { x: [0, 1], y: [2] },
    renderItem: (_params, api): CustomSeriesRenderItemReturn => {
      const [left, top] = api.coord([api.value(0), api.value(2)]);
      const [right, bottom] = api.coord([api.value(1), 0]);
      if (left === undefined || top === undefined || right === undefined || bottom === undefined) return null;
      const width = Math.max(0, right - left - 1);
      return {
        type: 'rect',
        shape: { x: left, y: top, width, height: bottom - top },
        style: { fill: theme.bar },
        textContent: {
          type: 'text',
          style: {
            text: width > 26 ? data.count(Number(api.value(3))) : '',
            fill: theme.text,
            font: `600 13px ${theme.font}`,
          },
        },
        textConfig: { position: 'insideBottom', distance: 4 },
      };
    },
    ...(!data.ideal
      ? {}
      : {
          markLine: {
            silent: true,
            symbol: 'none',
            lineStyle: { color: theme.text, type: 'solid' as const, width: 1.5 },
            label: {
              color: theme.text2,
              fontFamily: theme.font,
              fontSize: 13,
              formatter: data.ideal.label,
              distance: 6,
            },
            data: [{ yAxis: data.ideal.perHour }],
          },
        }),
  };
}
