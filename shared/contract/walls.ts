import { z } from 'zod';

/* Walls tell the server that they are seen: what they show, and whether it is live. Instants ISO 8601 UTC. */

const line = z.string().max(300);

/** socket.io event `wall`, from the screen. */
export const wallPulse = z.strictObject({
  id: z
    .string()
    .regex(/^[\w-]{8,64}$/)
    .describe('made by the screen and kept by it'),
  page: z.string().max(300).startsWith('/wall/').describe('address of the page, as /wall/filling'),
  lines: z.array(line).max(200).describe('lines that it shows, all of its pages together'),
  build: z.string().max(64),
  width: z.number().int().min(1).max(20_000),
  height: z.number().int().min(1).max(20_000),
  shows: z.enum(['loading', 'live', 'late', 'stale']),
});
export type WallPulse = z.infer<typeof wallPulse>;

export const wallsAnswer = z.object({
  serverTime: z.string(),
  items: z.array(
    z.object({
      id: z.string(),
      name: z.string().nullable().describe('of the token that it signed in with'),
      page: z.string(),
      lines: z.array(z.string()),
      address: z.string(),
      since: z.string().describe('of its present link; of the last one, if it is dark'),
      firstSeenAt: z.string(),
      lastPulseAt: z.string(),
      dark: z.boolean(),
      shows: wallPulse.shape.shows.describe('what it said of its own data with the last pulse'),
      build: z.string(),
      outdated: z.boolean().describe('it runs another build of the dashboard than the server serves'),
      width: z.number(),
      height: z.number(),
    }),
  ),
});
export type WallsAnswer = z.infer<typeof wallsAnswer>;
export const wallParams = z.strictObject({ id: wallPulse.shape.id });
