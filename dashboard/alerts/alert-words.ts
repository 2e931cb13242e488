import { type Said, type Speech, say, sayAll } from '#shared/alert/said.ts';
import type { AlertAnswer } from '#shared/contract/office-answers.ts';
import { language } from '../language/language.ts';
import { named } from '../language/names.ts';

/*
 * An alert in the language of this page. One from before alerts could be said in every language, or of a kind that this page does not
 * know, keeps the server's sentence.
 */
const speech = (): Speech => ({
  language: language.value,
  locale: language.value === 'en' ? 'en-GB' : language.value,
  named,
});

export function headlineOf({ said, headline }: Pick<AlertAnswer, 'said' | 'headline'>): string {
  return said ? say(said.headline as unknown as Said, speech()) || headline : headline;
}

export function detailOf({ said, detail }: Pick<AlertAnswer, 'said' | 'detail'>): string {
  return said ? sayAll(said.detail as unknown as Said[], speech()) || detail : detail;
}
