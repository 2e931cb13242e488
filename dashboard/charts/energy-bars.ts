import { smallName } from '../format/name.ts';
import { named } from '../language/names.ts';
import type { EnergyBar } from '../views/energy/bars.ts';
import type { ChartOption } from './echarts.ts';
import type { ChartTheme } from './theme.ts';

export interface BarWords {
  /** '' leaves the figure out, where bars stand too close for it. */
  readonly money: (amount: number) => string;
  readonly count: (n: number) => string;
}

/** More bars than this leave no room for a figure above each. */
const ROOM_FOR_MONEY = 24;

/** A bar stays a bar where there is one of them: the first shift of a week. */
const MOST_WIDE = 96;

/** kWh of each bar, stacked by tariff band (cheapest below), the cost above it. */
export function energyBarsOption(
  bars: readonly EnergyBar[],
  bands: readonly { readonly band: string; readonly shade: 1 | 2 | 3 }[],
  { money, count }: BarWords,
  theme: ChartTheme,
): ChartOption {
  const shown = bands.length > 0 ? bands : [{ band: '', shade: 2 as const }];
  const text = { fontFamily: theme.font, fontSize: 13 };
  const hasGroups = bars.some((bar) => bar.group !== '');
  const isCrowded = bars.length > ROOM_FOR_MONEY;
  return {
    textStyle: text,
    grid: { left: 48, right: 8, top: 26, bottom: hasGroups ? 44 : 26, outerBoundsMode: 'none' },
    xAxis: [
      {
        type: 'category',
        data: bars.map((bar) => (hasGroups ? smallName(named(bar.name)) : bar.name)),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { ...text, color: theme.text2, interval: isCrowded ? 'auto' : 0, hideOverlap: true },
      },
      {
        type: 'category',
        position: 'bottom',
        data: bars.map((bar) => bar.group),
        offset: 20,
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: {
          ...text,
          color: theme.text,
          fontWeight: 600,
          hideOverlap: true,
          interval: (index: number) => index === middleOfGroup(bars, index),
        },
      },
    ],
    yAxis: {
      type: 'value',
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: theme.line } },
      splitNumber: 4,
      axisLabel: {
        ...text,
        color: theme.text2,
        formatter: (value: number) => (value === 0 ? 'kWh' : count(value)),
      },
    },
    series: [
      ...shown.map(({ band, shade }) => ({
        type: 'bar' as const,
        name: band,
        stack: 'energy',
        silent: true,
        barWidth: isCrowded ? '72%' : '62%',
        barMaxWidth: MOST_WIDE,
        itemStyle: { color: theme.bands[shade - 1] ?? theme.bar, borderColor: theme.lineStrong, borderWidth: 0.5 },
        data: bars.map((bar) => (bands.length === 0 ? (bar.kWh ?? 0) : (bar.byBand[band]?.kWh ?? 0))),
      })),
      // The figure stands above the whole bar, also where its dearest band is empty.
      {
        type: 'bar' as const,
        name: 'cost',
        stack: 'energy',
        silent: true,
        data: bars.map(() => 0),
        labelLayout: { hideOverlap: true },
        label: {
          show: !isCrowded,
          position: 'top' as const,
          ...text,
          fontWeight: 600,
          color: theme.text,
          formatter: ({ dataIndex }: { dataIndex: number }) => {
            const cost = bars[dataIndex]?.cost ?? null;
            return cost === null ? '' : money(cost);
          },
        },
      },
    ],
  };
}

/** Index of the bar under which its group's name stands. */
export function middleOfGroup(bars: readonly Pick<EnergyBar, 'group'>[], index: number): number {
  const group = bars[index]?.group;
  let first = index;
  let last = index;
  while (first > 0 && bars[first - 1]?.group === group) first -= 1;
  while (last < bars.length - 1 && bars[last + 1]?.group === group) last += 1;
  return group === '' ? -1 : Math.floor((first + last) / 2);
}
