import type { ChartOption } from '../../charts/echarts.ts';
import type { ChartTheme } from '../../charts/theme.ts';
import type { ReportAnswer } from './answer.ts';

type Chart = ReportAnswer['charts'][number];

/** A chart of a report as ECharts draws it: stacked columns (the dearest band on top) or a line, and the level to compare with. */
export function chartOption(chart: Chart): (theme: ChartTheme) => ChartOption {
  return (theme) => {
    const text = { color: theme.text2, fontFamily: theme.font, fontSize: 13 };
    const { series, level } = chart;
    return {
      textStyle: { fontFamily: theme.font, fontSize: 13 },
      grid: { left: 60, right: 26, top: 22, bottom: 26, outerBoundsMode: 'none' },
      xAxis: {
        type: 'category',
        data: [...chart.labels],
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: text,
      },
      yAxis: {
        type: 'value',
        axisLine: { show: false },
        axisTick: { show: false },
        splitLine: { lineStyle: { color: theme.line } },
        axisLabel: text,
        ...(chart.unit === '%' && {
          min: 0,
          max: (extent: { max: number }) => Math.max(100, Math.ceil(extent.max / 10) * 10),
        }),
      },
      series: series.map(({ name, values }, k) => {
        const markLine =
          level && k === 0
            ? {
                silent: true,
                symbol: 'none',
                lineStyle: { color: theme.text, type: 'dashed' as const, width: 1 },
                label: { ...text, position: 'insideEndTop' as const, formatter: `${level.name} ${level.value}` },
                data: [{ yAxis: level.value }],
              }
            : null;
        const common = { name, silent: true, data: values.map((v) => v ?? '-'), ...(markLine && { markLine }) };
        if (chart.form === 'line') {
          return {
            ...common,
            type: 'line' as const,
            symbolSize: 5,
            connectNulls: false,
            lineStyle: { color: theme.text, width: 1.5 },
            itemStyle: { color: theme.text },
          };
        }
        const of = series.length <= 1 ? 1 : Math.round((k / (series.length - 1)) * 2);
        return {
          ...common,
          type: 'bar' as const,
          stack: 'all',
          barCategoryGap: '28%',
          itemStyle: { color: theme.bands[of as 0 | 1 | 2], borderColor: theme.lineStrong, borderWidth: 0.5 },
        };
      }),
    };
  };
}

/** Token of a series' colour, for the legend beside the title. */
export function bandToken(k: number, of: number): string {
  return `--band-${of <= 1 ? 2 : Math.round((k / (of - 1)) * 2) + 1}`;
}
