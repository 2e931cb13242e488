import { z } from 'zod';

/* GET /api/v1/names: names of the plant file in another language. Everywhere else a name stands as the file has it. */

export const namesQuery = z.strictObject({ language: z.string().min(2).max(35).describe('de, or a tag like de-AT') });

export const namesAnswer = z.object({
  language: z.string(),
  hash: z.string().describe('of the plant file'),
  names: z
    .record(z.string(), z.string())
    .describe('as it stands in the file -> in this language; only those it translates'),
});
export type NamesAnswer = z.infer<typeof namesAnswer>;
