import type { ShiftEnergyView } from '#shared/contract/socket.ts';
import type { ChartOption } from './echarts.ts';
import type { ChartTheme } from './theme.ts';

/** kWh of each shift, stacked by tariff band (cheapest below), the cost above each bar. Shifts oldest first. */
export function shiftEnergyOption(
  shifts: readonly ShiftEnergyView[],
  bands: readonly string[],
  bandIndex: (band: string) => 0 | 1 | 2,
  money: (amount: number) => string,
  count: (n: number) => string,
  theme: ChartTheme,
): ChartOption {
  const shownBands = bands.length > 0 ? bands : [''];
  const last = shownBands.length - 1;
  return {
    textStyle: { fontFamily: theme.font, fontSize: 13 },
    grid: { left: 52, right: 26, top: 26, bottom: 44, outerBoundsMode: 'none' },
    xAxis: [
      {
        type: 'category',
        data: shifts.map((shift) => shift.name.toLowerCase()),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: {
          color: theme.text2,
          fontFamily: theme.font,
          fontSize: 13,
          interval: shifts.length > 24 ? 'auto' : 0,
        },
      },
      {
        type: 'category',
        position: 'bottom',
        data: shifts.map((shift) => shift.dateLabel),
        offset: 20,
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: {
          color: theme.text,
          fontWeight: 600,
          fontFamily: theme.font,
          fontSize: 13,
          interval: (index: number) => index === middleOfDay(shifts, index),
        },
      },
    ],
    yAxis: {
      type: 'value',
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: theme.line } },
      axisLabel: {
        color: theme.text2,
        fontFamily: theme.font,
        fontSize: 13,
        formatter: (value: number) => (value === 0 ? 'kWh' : count(value)),
      },
    },
    series: shownBands.map((band, index) => ({
      type: 'bar' as const,
      name: band,
      stack: 'energy',
      silent: true,
      barWidth: '66%',
      itemStyle: { color: theme.bands[bandIndex(band)], borderColor: theme.lineStrong, borderWidth: 0.5 },
      data: shifts.map((shift) =>
        band === '' && bands.length === 0 ? (shift.kWh ?? 0) : (shift.byBand[band]?.kWh ?? 0),
      ),
      label: {
        show: index === last,
        position: 'top' as const,
        color: theme.text,
        fontWeight: 600,
        fontFamily: theme.font,
        fontSize: 13,
        formatter: ({ dataIndex }: { dataIndex: number }) => {
          const cost = shifts[dataIndex]?.cost ?? null;
          return cost === null ? '' : money(cost);
        },
      },
    })),
  };
}

/** Index of the shift under which a day's name stands. */
export function middleOfDay(shifts: readonly ShiftEnergyView[], index: number): number {
  const date = shifts[index]?.date;
  const same = shifts.flatMap((shift, i) => (shift.date === date ? [i] : []));
  return same[Math.floor((same.length - 1) / 2)] ?? index;
}
