import type { ChartTheme } from './theme.ts';

/** What ECharts takes as a pattern fill. */
export interface PatternFill {
  readonly image: HTMLCanvasElement;
  readonly repeat: 'repeat';
  readonly scaleX: number;
  readonly scaleY: number;
}

export type Fill = string | PatternFill;

/** Fills of the waiting and the setup state; a canvas takes them as patterns, a test as plain colours. */
export interface StateFills {
  readonly idle: Fill;
  readonly setup: Fill;
}

export function plainFills(theme: ChartTheme): StateFills {
  return { idle: theme.fill.idle, setup: theme.fill.setup };
}

/** The same hatch and dots as in the SVG ribbons, drawn at the pixel density of the screen. */
export function patternFills(theme: ChartTheme): StateFills {
  return {
    idle: pattern(theme.dpr, 6, (draw, size) => {
      draw.fillStyle = theme.fill.idle;
      draw.fillRect(0, 0, size, size);
      draw.strokeStyle = theme.idleStripe;
      draw.lineWidth = size / 3;
      for (const offset of [-size, 0, size]) {
        draw.beginPath();
        draw.moveTo(offset - 1, size + 1);
        draw.lineTo(offset + size + 1, -1);
        draw.stroke();
      }
    }),
    setup: pattern(theme.dpr, 6, (draw, size) => {
      draw.fillStyle = theme.fill.setup;
      draw.fillRect(0, 0, size, size);
      draw.fillStyle = theme.setupDot;
      const dot = size * 0.28;
      draw.fillRect(size * 0.11, size * 0.11, dot, dot);
      draw.fillRect(size * 0.61, size * 0.61, dot, dot);
    }),
  };
}

function pattern(dpr: number, size: number, paint: (draw: CanvasRenderingContext2D, size: number) => void): Fill {
  const image = document.createElement('canvas');
  const pixels = Math.round(size * dpr);
  image.width = pixels;
  image.height = pixels;
  const draw = image.getContext('2d');
  if (!draw) return 'transparent';
  paint(draw, pixels);
  return { image, repeat: 'repeat', scaleX: 1 / dpr, scaleY: 1 / dpr };
}
