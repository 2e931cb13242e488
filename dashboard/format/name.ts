import { language } from '../language/language.ts';

/** A name of the plant file in small letters, as under a bar; German writes its nouns large wherever they stand. */
export function smallName(name: string): string {
  return language.value === 'de' ? name : name.toLowerCase();
}
