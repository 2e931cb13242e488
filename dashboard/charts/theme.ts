import type { Look } from '#shared/contract/socket.ts';

/** Colours and fonts of the tokens, as plain values for a canvas. */
export interface ChartTheme {
  readonly bg: string;
  readonly surface: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly text: string;
  readonly text2: string;
  readonly text3: string;
  readonly bar: string;
  readonly bands: readonly [string, string, string];
  readonly fill: Readonly<Record<Look, string>>;
  readonly ink: Readonly<Record<Look, string>>;
  readonly idleStripe: string;
  readonly setupDot: string;
  readonly font: string;
  readonly dpr: number;
}

const LOOKS: readonly Look[] = ['run', 'idle', 'setup', 'minor', 'down', 'plan', 'unknown'];

/** Reads the tokens through `read`, which in a browser is getComputedStyle of the root. */
export function chartTheme(read: (name: string) => string, dpr: number): ChartTheme {
  const of = (suffix: string): Record<Look, string> =>
    Object.fromEntries(LOOKS.map((look) => [look, read(`--${look}${suffix}`)])) as Record<Look, string>;
  return {
    bg: read('--bg'),
    surface: read('--surface'),
    line: read('--line'),
    lineStrong: read('--line-strong'),
    text: read('--text'),
    text2: read('--text-2'),
    text3: read('--text-3'),
    bar: read('--bar'),
    bands: [read('--band-1'), read('--band-2'), read('--band-3')],
    fill: of(''),
    ink: of('-ink'),
    idleStripe: read('--idle-stripe'),
    setupDot: read('--setup-dot'),
    font: read('--condensed'),
    dpr,
  };
}
