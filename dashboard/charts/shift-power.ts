import type { CustomSeriesRenderItemReturn } from 'echarts';
import type { Look } from '#shared/contract/socket.ts';
import type { ChartOption } from './echarts.ts';
import type { Fill, StateFills } from './patterns.ts';
import type { Stretch } from './ribbon.ts';
import type { ShiftStackData } from './shift-stack.ts';
import type { ChartTheme } from './theme.ts';

/* Power of one machine by what it was doing, and what its long stops drew. */
export interface PowerSample {
  readonly start: number;
  readonly end: number;
  readonly kW: number;
  readonly look: Look;
}

/** Waiting and down of ten minutes and more: long enough for a label over their energy. */
export function longStops(stretches: readonly Stretch[]): Stretch[] {
  return stretches.filter(({ look, start, end }) => (look === 'idle' || look === 'down') && end - start >= 10 * 60_000);
}

/** One line with its area per state over shared boundary samples, so that the energy of waiting is an area one can see. */
export function powerSeries(
  samples: readonly PowerSample[],
  data: ShiftStackData,
  index: number,
  theme: ChartTheme,
  fills: StateFills,
): NonNullable<ChartOption['series']>[] {
  const looks = [...new Set(samples.map((sample) => sample.look))];
  return looks.map((look, order) => ({
    type: 'line' as const,
    xAxisIndex: index,
    yAxisIndex: index,
    silent: true,
    showSymbol: false,
    step: false as const,
    connectNulls: false,
    data: samplesOf(samples, look, (data.to - data.from) / 700),
    lineStyle: { color: theme.fill[look], width: look === 'minor' ? 1.5 : 1 },
    areaStyle: {
      color: fillOf(look, theme, fills) as string,
      opacity: look === 'idle' || look === 'down' || look === 'minor' ? 0.9 : look === 'plan' ? 0.25 : 0.42,
    },
    ...(order === 0 && data.idle
      ? {
          markLine: {
            silent: true,
            symbol: 'none',
            lineStyle: { color: theme.text3, type: 'dotted' as const, width: 1.5 },
            label: { color: theme.text2, fontFamily: theme.font, fontSize: 13, formatter: data.idle.label },
            data: [{ yAxis: data.idle.kW }],
          },
        }
      : {}),
  }));
}

/** kWh above the level of each long stop, so that what waiting cost can be read off. */
export function stopEnergySeries(
  data: ShiftStackData,
  index: number,
  theme: ChartTheme,
): NonNullable<ChartOption['series']> {
  return {
    type: 'custom',
    xAxisIndex: index,
    yAxisIndex: index,
    silent: true,
    z: 5,
    data: data.stopEnergy.map(({ at, kW }) => [at, kW]),
    encode: { x: [0], y: [1] },
    renderItem: (params, api): CustomSeriesRenderItemReturn => {
      const stop = data.stopEnergy[params.dataIndex];
      const [x, y] = api.coord([api.value(0), api.value(1)]);
      if (!stop || x === undefined || y === undefined) return null;
      return {
        type: 'text',
        x,
        y: y - 5,
        style: {
          text: stop.label,
          fill: theme.ink[stop.look],
          stroke: theme.bg,
          lineWidth: 3,
          font: `600 13px ${theme.font}`,
          align: 'center',
          verticalAlign: 'bottom',
        },
      };
    },
  };
}

/**
 * Points of one look: a step for each sample, and a gap where another state was. A sample narrower than `leastMs` is
 * widened around its middle: ECharts drops points closer than a pixel and would draw a spike.
 */
export function samplesOf(samples: readonly PowerSample[], look: Look, leastMs = 0): [number, number | null][] {
  const points: [number, number | null][] = [];
  let end: number | null = null;
  for (const sample of samples) {
    if (sample.look !== look) continue;
    const missing = Math.max(0, leastMs - (sample.end - sample.start)) / 2;
    const start = Math.max(sample.start - missing, end ?? Number.NEGATIVE_INFINITY);
    if (end !== null && start > end) points.push([end, null]);
    end = sample.end + missing;
    points.push([start, sample.kW], [end, sample.kW]);
  }
  return points;
}

export function fillOf(look: Look, theme: ChartTheme, fills: StateFills): Fill {
  if (look === 'idle') return fills.idle;
  if (look === 'setup') return fills.setup;
  return theme.fill[look];
}
