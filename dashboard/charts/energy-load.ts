import type { ProfileAnswer } from '#shared/contract/energy-answers.ts';
import type { ChartOption } from './echarts.ts';
import type { ChartTheme } from './theme.ts';

type Block = ProfileAnswer['days'][number]['blocks'][number];

export interface LoadWords {
  readonly count: (n: number) => string;
  /** Above the limit line. */
  readonly limit: string;
}

/** Mean kW of every settlement block as steps, the limit as a line, blocks above it marked with the first of them named. */
export function loadOption(
  days: ProfileAnswer['days'],
  limitKw: number | null,
  { count, limit }: LoadWords,
  theme: ChartTheme,
): ChartOption {
  const blocks = days.flatMap((day) => day.blocks.map((block) => ({ ...block, day: day.label })));
  const text = { fontFamily: theme.font, fontSize: 13 };
  const isOver = (block: Block): boolean =>
    limitKw !== null && block.complete && (block.kVA ?? block.kW ?? 0) > limitKw;
  const peak = Math.max(0, ...blocks.map((block) => block.kW ?? 0));
  const top = blocks.reduce<(typeof blocks)[number] | null>(
    (best, block) => ((block.kW ?? 0) > (best?.kW ?? -1) ? block : best),
    null,
  );
  return {
    textStyle: text,
    grid: { left: 44, right: 8, top: 20, bottom: 26, outerBoundsMode: 'none' },
    xAxis: {
      type: 'category',
      data: blocks.map((block) => block.day),
      boundaryGap: false,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: {
        show: days.length <= 8,
        interval: (index: number) => isFirst(days, index),
        lineStyle: { color: theme.line },
      },
      axisLabel: {
        ...text,
        color: theme.text2,
        hideOverlap: true,
        interval: (index: number) => index === middleOf(days, index),
      },
    },
    yAxis: {
      type: 'value',
      max: Math.ceil((Math.max(peak, limitKw ?? 0) * 1.12) / 50) * 50,
      splitNumber: 3,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: theme.line } },
      axisLabel: {
        ...text,
        color: theme.text2,
        showMaxLabel: false,
        formatter: (v: number) => (v === 0 ? 'kW' : count(v)),
      },
    },
    series: [
      {
        type: 'line',
        step: 'end',
        silent: true,
        showSymbol: false,
        lineStyle: { color: theme.lineStrong, width: 1 },
        areaStyle: { color: theme.bar, opacity: 0.45 },
        data: blocks.map((block) => block.kW),
        ...(limitKw === null
          ? {}
          : {
              markLine: {
                silent: true,
                symbol: 'none',
                lineStyle: { color: theme.text, width: 1.5, type: 'solid' },
                label: { ...text, fontWeight: 600, color: theme.text, position: 'insideStartTop', formatter: limit },
                data: [{ yAxis: limitKw }],
              },
            }),
      },
      {
        type: 'scatter',
        silent: true,
        symbolSize: 7,
        itemStyle: { color: theme.fill.down },
        data: blocks.map((block) => (isOver(block) ? block.kW : null)),
      },
      {
        type: 'scatter',
        silent: true,
        symbolSize: 6,
        itemStyle: { color: top && isOver(top) ? theme.fill.down : theme.text },
        label: {
          show: true,
          ...text,
          fontWeight: 600,
          color: top && isOver(top) ? theme.ink.down : theme.text2,
          position: top && blocks.indexOf(top) > blocks.length / 2 ? 'left' : 'right',
          // Above the line that it belongs to, which may go on at the same height.
          offset: [0, -9],
          formatter: () =>
            top ? `${count(top.kW ?? 0)} kW, ${top.day.split(' ').slice(0, 2).join(' ')} ${top.label}` : '',
        },
        data: blocks.map((block) => (block === top && (block.kW ?? 0) > 0 ? block.kW : null)),
      },
    ],
  };
}

function isFirst(days: ProfileAnswer['days'], index: number): boolean {
  let at = 0;
  for (const day of days) {
    if (index === at) return true;
    at += day.blocks.length;
  }
  return false;
}

/** Index of the block under which its day's name stands. */
function middleOf(days: ProfileAnswer['days'], index: number): number {
  let at = 0;
  for (const day of days) {
    if (index < at + day.blocks.length) return at + Math.floor(day.blocks.length / 2);
    at += day.blocks.length;
  }
  return -1;
}
