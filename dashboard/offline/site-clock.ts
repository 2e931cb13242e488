const KEY = 'linewatt.clockOffset';

/*
 * The site's clock for a tablet that was loaded without a server. While there is one, its clock is what counts, and the
 * distance of this device's clock from it is remembered; only without one does that distance stand in.
 */
export function rememberSiteClock(serverNow: number): void {
  localStorage.setItem(KEY, String(Math.round(serverNow - Date.now())));
}

export function guessSiteClock(): number {
  const offset = Number(localStorage.getItem(KEY) ?? 0);
  return Date.now() + (Number.isFinite(offset) ? offset : 0);
}
