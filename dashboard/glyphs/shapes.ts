import type { Look } from '#shared/contract/socket.ts';

/** State glyphs on a 24 px grid. `evenodd` cuts the cross out of the square, so that what lies behind shows through. */
export const GLYPH_PATHS: Readonly<Record<Exclude<Look, 'plan' | 'unknown'>, string>> = {
  run: 'M5 3 21 12 5 21Z',
  idle: 'M5.5 4h4.5v16H5.5ZM14 4h4.5v16H14Z',
  setup: 'M2 6h12V2.5L22 7.7 14 13V9.4H2ZM22 14.6H10V11L2 16.3l8 5.2V18h12Z',
  minor: 'M12 2 22 12 12 22 2 12Z',
  down: 'M2 2h20v20H2ZM7.4 5.2 5.2 7.4 9.8 12l-4.6 4.6 2.2 2.2L12 14.2l4.6 4.6 2.2-2.2L14.2 12l4.6-4.6-2.2-2.2L12 9.8Z',
};

/** Worst first: the order of tallies and of what needs attention. */
export const LOOKS_BY_LOUDNESS: readonly Look[] = ['down', 'minor', 'unknown', 'setup', 'idle', 'run', 'plan'];
