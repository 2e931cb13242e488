/** Twenty marks and a percentage, for a console. `share` from 0 to 1. */
export function progressBar(share: number): string {
  const full = Math.round(share * 20);
  return `[${'#'.repeat(full)}${'.'.repeat(20 - full)}] ${Math.round(share * 100)} %`;
}
