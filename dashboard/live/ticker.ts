import { onScopeDispose, type ShallowRef, shallowRef } from 'vue';

/* One interval per period for the whole page, running only while somebody looks. Values are monotonic milliseconds. */
interface Ticker {
  readonly now: ShallowRef<number>;
  users: number;
  timer: ReturnType<typeof setInterval> | null;
}
const tickers = new Map<number, Ticker>();

/** The monotonic clock, refreshed every `periodMs` while the calling component is alive. */
export function useTicker(periodMs: number): Readonly<ShallowRef<number>> {
  const found = tickers.get(periodMs);
  const ticker: Ticker = found ?? { now: shallowRef(performance.now()), users: 0, timer: null };
  if (!found) tickers.set(periodMs, ticker);
  ticker.users += 1;
  if (ticker.users === 1) {
    ticker.now.value = performance.now();
    ticker.timer = setInterval(() => {
      ticker.now.value = performance.now();
    }, periodMs);
  }
  onScopeDispose(() => {
    ticker.users -= 1;
    if (ticker.users === 0 && ticker.timer !== null) clearInterval(ticker.timer);
  });
  return ticker.now;
}
