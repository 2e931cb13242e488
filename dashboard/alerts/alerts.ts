import type { AlertAnswer, AlertsAnswer } from '#shared/contract/office-answers.ts';
import { get } from '../rest/get.ts';
import { type Polled, usePolled } from '../rest/polled.ts';
import { post } from '../rest/post.ts';

const EVERY_MS = 5_000;

/** Open alerts, looked at every five seconds while the caller lives. */
export function useOpenAlerts(): Polled<AlertsAnswer> {
  return usePolled((signal) => get<AlertsAnswer>('alerts', {}, signal), EVERY_MS);
}

export function acknowledge(id: string): Promise<AlertAnswer> {
  return post<AlertAnswer>(`alerts/${encodeURIComponent(id)}/acknowledge`);
}

/** Those that nobody takes care of first, then the newest. */
export function byUrgency(alerts: readonly AlertAnswer[]): AlertAnswer[] {
  return alerts.toSorted(
    (a, b) =>
      Number(a.acknowledgedAt !== null) - Number(b.acknowledgedAt !== null) || (a.openedAt < b.openedAt ? 1 : -1),
  );
}

/** What an alert is about, as a page to look at; null where there is none. */
export function pageOf(about: string): string | null {
  const [kind = '', rest = ''] = about.split(':');
  const id = rest.split('.')[0] ?? '';
  if (kind === 'machine') return `/machine/${encodeURIComponent(id)}`;
  if (kind === 'line' || kind === 'wall') return `/wall/${encodeURIComponent(id)}`;
  if (kind === 'meter' || kind === 'site') return '/energy';
  return kind === 'source' || kind === 'server' ? '/sources' : null;
}
