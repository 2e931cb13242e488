import type { ChartOption } from './echarts.ts';
import type { ChartTheme } from './theme.ts';

export interface TrendDay {
  readonly label: string;
  /** kWh per good piece (or per standard hour); null = no good piece, or not fully measured. */
  readonly value: number | null;
}

export interface Trend {
  readonly days: readonly TrendDay[];
  /** Mean of the last seven days with a value. */
  readonly smooth: readonly (number | null)[];
  /** 10th to 90th percentile of the days before the last week; null with fewer than ten. */
  readonly usual: { readonly low: number; readonly high: number } | null;
}

const WEEK = 7;
const LEAST = 10;

export function trendOf(days: readonly TrendDay[]): Trend {
  const smooth = days.map((_, i) => {
    const own = days.slice(Math.max(0, i - WEEK + 1), i + 1).flatMap(({ value }) => (value === null ? [] : [value]));
    return own.length === 0 ? null : own.reduce((a, b) => a + b, 0) / own.length;
  });
  const before = days.slice(0, -WEEK).flatMap(({ value }) => (value === null ? [] : [value]));
  const sorted = before.sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round((sorted.length - 1) * share)] ?? 0;
  return { days, smooth, usual: sorted.length < LEAST ? null : { low: at(0.1), high: at(0.9) } };
}

/** Days as dots, their seven-day mean as a line, what is usual as a band, the last value named. */
export function trendOption(
  { days, smooth, usual }: Trend,
  shown: (value: number) => string,
  theme: ChartTheme,
): ChartOption {
  const values = [
    ...days.flatMap(({ value }) => (value === null ? [] : [value])),
    ...(usual ? [usual.low, usual.high] : []),
  ];
  const low = Math.min(...values);
  const high = Math.max(...values);
  const pad = (high - low) * 0.25 || Math.abs(high) * 0.05 || 1;
  const text = { fontFamily: theme.font, fontSize: 13 };
  const last = smooth.at(-1) ?? null;
  const isUnusual = last !== null && usual !== null && (last > usual.high || last < usual.low);
  return {
    textStyle: text,
    grid: { left: 40, right: 52, top: 10, bottom: 26, outerBoundsMode: 'none' },
    xAxis: {
      type: 'category',
      data: days.map((day) => day.label),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: {
        ...text,
        color: theme.text2,
        interval: (i: number) =>
          i === 0 || i === days.length - 1 || (days.length > 20 && i === Math.floor(days.length / 2)),
        alignMinLabel: 'left',
        alignMaxLabel: 'right',
        showMinLabel: true,
        showMaxLabel: true,
      },
    },
    yAxis: {
      type: 'value',
      min: low - pad,
      max: high + pad,
      splitNumber: 3,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: theme.line } },
      axisLabel: { ...text, color: theme.text2, showMinLabel: false, showMaxLabel: false, formatter: shown },
    },
    series: [
      ...(usual
        ? [
            {
              type: 'line' as const,
              silent: true,
              showSymbol: false,
              lineStyle: { opacity: 0 },
              stack: 'usual',
              data: days.map(() => usual.low),
            },
            {
              type: 'line' as const,
              silent: true,
              showSymbol: false,
              lineStyle: { opacity: 0 },
              areaStyle: { color: theme.bar, opacity: 0.4 },
              stack: 'usual',
              data: days.map(() => usual.high - usual.low),
            },
          ]
        : []),
      {
        type: 'scatter',
        silent: true,
        symbolSize: 5,
        itemStyle: { color: theme.text3 },
        data: days.map(({ value }) => value),
      },
      {
        type: 'line',
        silent: true,
        showSymbol: false,
        lineStyle: { color: theme.text, width: 2 },
        data: [...smooth],
        endLabel: {
          show: last !== null,
          ...text,
          fontSize: 16,
          fontWeight: 600,
          color: isUnusual ? theme.ink.minor : theme.text,
          formatter: () => (last === null ? '' : shown(last)),
        },
      },
    ],
  };
}
