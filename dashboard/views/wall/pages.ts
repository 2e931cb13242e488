/*
 * What the address of a wall says: `/wall/filling`, `/wall/filling,machining` (several lines), `/wall/all` (every line), and
 * up to three such pages that take turns: `/wall/filling/machining/all?seconds=30`.
 */
export const MOST_PAGES = 3;
const SECONDS = { least: 10, usual: 30, most: 600 } as const;

export interface WallPageAsked {
  readonly key: string;
  /** Null: every line. */
  readonly lines: readonly string[] | null;
  readonly scope: string;
}

export function wallPages(parts: readonly string[]): WallPageAsked[] {
  return parts
    .filter((part) => part !== '')
    .map((part) => {
      const ids = [...new Set(part.split(',').filter((id) => id !== ''))];
      const every = part === 'all' || part === 'site' || ids.length === 0;
      const one = !every && ids.length === 1 ? ids[0] : undefined;
      return { key: part, lines: every ? null : ids, scope: one === undefined ? 'site' : `line:${one}` };
    });
}

export function turnSeconds(asked: unknown): number {
  const seconds = typeof asked === 'string' && asked !== '' ? Number(asked) : Number.NaN;
  return Number.isFinite(seconds) ? Math.min(SECONDS.most, Math.max(SECONDS.least, seconds)) : SECONDS.usual;
}

/** Rows that fit, as evenly as they can be over the fewest pages: 12 lines with room for 5 are 4, 4 and 4. */
export function evenPages<T>(items: readonly T[], room: number): T[][] {
  const pages = Math.max(1, Math.ceil(items.length / Math.max(1, room)));
  const size = Math.ceil(items.length / pages);
  return Array.from({ length: pages }, (_, i) => items.slice(i * size, (i + 1) * size)).filter(
    (page) => page.length > 0,
  );
}
