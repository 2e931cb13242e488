import { type Said, type Speech, say, sayAll } from '#shared/alert/said.ts';
import type { AlertKey } from '#shared/alert/words.ts';
import { languageOf, localeFor } from '#shared/language/languages.ts';
import type { Plant } from '#shared/plant/model.ts';
import { nameIn } from '#shared/plant/translations.ts';
import { type Instant, toIso } from '#shared/time/instant.ts';
import { clockLabel, localDate } from '#shared/time/zone.ts';
import type { Message } from '../delivery/message.ts';
import type { Alert } from './engine.ts';

/** Names of the pages under docs/alerts. */
export const runbookOf = (when: string): string =>
  `docs/alerts/${when.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}.md`;

/** Where this server shows it. */
const runbookPath = (when: string): string => runbookOf(when).replace('docs/alerts/', '/api/v1/runbooks/');

/** In the language of the site, for people; `payload` has the same sentences, and codes and figures for programs. */
export function messageOf(plant: Plant, alert: Alert, event: 'opened' | 'closed', base: string | null): Message {
  const { site } = plant;
  const language = languageOf(site.locale) ?? 'en';
  const speech: Speech = {
    language,
    locale: language === 'en' ? 'en-GB' : localeFor(language, site.locale),
    named: (name) => nameIn(plant, language, name),
  };
  const time = (t: Instant): string => `${localDate(site.timezone, t)} ${clockLabel(site.timezone, t)}`;
  const over = event === 'closed';
  const headline = alert.said ? say(alert.said.headline, speech) : alert.headline;
  const detail = alert.said ? sayAll(alert.said.detail, speech) : alert.detail;
  const line = (key: AlertKey, values: Said['values'] = {}): string => say({ key, values }, speech);
  return {
    kind: 'alert',
    subject: line(over ? 'mail.over' : 'mail.opened', { site: { name: site.name }, headline }),
    text: [
      headline,
      ...(detail === '' ? [] : [detail]),
      '',
      over
        ? line('mail.fromTo', { from: time(alert.openedAt), to: time(alert.closedAt ?? alert.openedAt) })
        : line('mail.since', { time: time(alert.since ?? alert.openedAt) }),
      ...(base === null ? [] : [line('mail.open', { url: `${base}/alerts` })]),
      line('mail.runbook', { page: base === null ? runbookOf(alert.when) : `${base}${runbookPath(alert.when)}` }),
      '',
    ].join('\n'),
    payload: {
      alert: alert.id,
      event,
      site: site.id,
      rule: alert.rule,
      when: alert.when,
      about: alert.about,
      language,
      headline,
      detail,
      value: alert.value,
      limit: alert.limit,
      unit: alert.unit,
      openedAt: toIso(alert.openedAt),
      closedAt: alert.closedAt === null ? null : toIso(alert.closedAt),
      runbook: runbookOf(alert.when),
    },
    file: null,
  };
}
