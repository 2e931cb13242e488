import type { z } from 'zod';
import { LANGUAGES } from '../language/languages.ts';
import type { Names } from './model.ts';
import { mapping, text } from './schema-basics.ts';

/** `{ de: Kappenstau, pl: Zator kapsli }`: a name in other languages, those that pages speak. */
export const namesSchema: z.ZodType<Names> = mapping(
  Object.fromEntries(Object.keys(LANGUAGES).map((language) => [language, text.optional()])),
);
