import { t } from '../../language/language.ts';

const CAUSES: Readonly<Record<string, string>> = {
  'changed while the server was away': 'reports.why.away',
  'made before its period was over': 'reports.why.early',
  'data that came late': 'reports.why.late',
  'data of its days that was written again': 'reports.why.rewritten',
  'another version of the plant file': 'reports.why.plantFile',
};

/** Why a report is no longer the last word: the server's words in the language of this page; what is not known here as it came. */
export function supersededWords(why: string): string {
  const key = CAUSES[why];
  if (key !== undefined) return t(key);
  const [, number, type, by] = /^entry no\. (\d+) \((\w+)\) by (.+)$/s.exec(why) ?? [];
  return number === undefined ? why : t('reports.why.entry', { number, type: type ?? '', by: by ?? '' });
}

/** "grid from 2026-04-01", the version of a tariff that a report rests on. */
export function tariffWords(version: string): string {
  const [, id, date] = /^(.*) from (\d{4}-\d{2}-\d{2})$/s.exec(version) ?? [];
  return id === undefined || date === undefined ? version : t('reports.tariffFrom', { id, date });
}
