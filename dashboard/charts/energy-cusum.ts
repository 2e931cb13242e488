import type { BaselineAnswer } from '#shared/contract/energy-answers.ts';
import { t } from '../language/language.ts';
import type { ChartOption } from './echarts.ts';
import type { ChartTheme } from './theme.ts';

/** Running sum of actual less expected over the shifts behind the baseline: down is saving. A step is marked. */
export function cusumOption(
  points: BaselineAnswer['points'],
  count: (n: number) => string,
  theme: ChartTheme,
): ChartOption {
  const shown = points.filter((point) => !point.fitted && point.cusumKWh !== null);
  const text = { fontFamily: theme.font, fontSize: 13 };
  const step = shown.findIndex((point) => point.step);
  return {
    textStyle: text,
    grid: { left: 56, right: 16, top: 14, bottom: 26, outerBoundsMode: 'none' },
    xAxis: {
      type: 'category',
      data: shown.map((point) => point.label),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...text, color: theme.text2, interval: 'auto', hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      splitNumber: 3,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: theme.line } },
      axisLabel: { ...text, color: theme.text2, formatter: (v: number) => (v > 0 ? `+${count(v)}` : count(v)) },
    },
    series: [
      {
        type: 'line',
        silent: true,
        showSymbol: false,
        lineStyle: { color: theme.text, width: 2 },
        data: shown.map((point) => point.cusumKWh),
        ...(step < 0
          ? {}
          : {
              markLine: {
                silent: true,
                symbol: 'none',
                lineStyle: { color: theme.ink.minor, width: 1.5, type: 'dashed' },
                label: { ...text, color: theme.ink.minor, formatter: t('energy.anotherEnergy') },
                data: [{ xAxis: step }],
              },
            }),
      },
    ],
  };
}
