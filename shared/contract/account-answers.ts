import { z } from 'zod';

/* REST about people, tokens, sessions and the audit log. Instants are ISO 8601 UTC. */

const instant = z.string().describe('ISO 8601 UTC');

export const roleSchema = z.enum(['viewer', 'operator', 'supervisor', 'energyManager', 'engineer', 'admin']);
export type RoleName = z.infer<typeof roleSchema>;

export const scopesSchema = z
  .union([z.literal('all'), z.array(z.string()).readonly()])
  .describe('all, or scopes as line:filling');

export const meAnswer = z.object({
  /** open: no account exists yet; demo: everybody may look; closed: sign in first. */
  mode: z.enum(['open', 'demo', 'closed']),
  who: z
    .object({
      kind: z.enum(['user', 'demo', 'kiosk', 'tablet']),
      id: z.string(),
      name: z.string(),
      role: roleSchema,
      scopes: scopesSchema,
      session: z.string().nullable(),
    })
    .nullable(),
  /** What the page may offer. */
  may: z.object({ read: z.boolean(), enter: z.boolean(), decide: z.boolean(), administer: z.boolean() }),
  /** True while the one-time link of the console makes the first administrator. */
  first: z.boolean(),
  demoPeople: z.array(z.object({ id: z.string(), name: z.string(), role: roleSchema })),
  singleSignOn: z.object({ name: z.string() }).nullable(),
  /** This browser was enrolled as a tablet that many share: people say who they are by PIN or badge. */
  sharedTablet: z.boolean(),
  /** Minutes without a touch after which the page signs a person on a shared tablet out. */
  tabletMinutes: z.number().nullable(),
});
export type MeAnswer = z.infer<typeof meAnswer>;

export const accountAnswer = z.object({
  id: z.string(),
  name: z.string(),
  display: z.string(),
  role: roleSchema,
  scopes: scopesSchema,
  hasPassword: z.boolean(),
  hasPin: z.boolean(),
  hasBadge: z.boolean(),
  singleSignOn: z.boolean(),
  sponsor: z.string().nullable(),
  endsAt: instant.nullable(),
  disabled: z.boolean(),
  lockedUntil: instant.nullable(),
  createdAt: instant,
  lastSignIn: instant.nullable(),
});
export type AccountAnswer = z.infer<typeof accountAnswer>;
export const accountList = z.object({ items: z.array(accountAnswer) });

export const kioskAnswer = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['wall', 'tablet', 'program']),
  scope: z.string(),
  createdAt: instant,
  createdBy: z.string(),
  endsAt: instant.nullable(),
  revokedAt: instant.nullable(),
  seenAt: instant.nullable(),
  address: z.string().nullable(),
});
export type KioskAnswer = z.infer<typeof kioskAnswer>;
export const kioskList = z.object({ items: z.array(kioskAnswer) });
/** The token and its link are told only here; `qr` is an SVG path on a grid of `qrSize` squares. */
export const kioskMade = z.object({
  kiosk: kioskAnswer,
  token: z.string(),
  link: z.string(),
  qr: z.object({ path: z.string(), size: z.number() }),
});
export type KioskMade = z.infer<typeof kioskMade>;

export const sessionAnswer = z.object({
  id: z.string(),
  account: z.string(),
  name: z.string(),
  role: z.string(),
  via: z.string(),
  address: z.string(),
  device: z.string(),
  createdAt: instant,
  seenAt: instant,
  endsAt: instant,
  /** Live screens that are open on it now, here. */
  screens: z.number(),
  own: z.boolean(),
});
export type SessionAnswer = z.infer<typeof sessionAnswer>;
export const sessionList = z.object({ items: z.array(sessionAnswer) });

export const auditRecordAnswer = z.object({
  seq: z.number(),
  recordedAt: instant,
  kind: z.string(),
  actor: z.string().nullable(),
  name: z.string(),
  address: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
  hash: z.string(),
});
export type AuditRecordAnswer = z.infer<typeof auditRecordAnswer>;
export const auditAnswer = z.object({
  items: z.array(auditRecordAnswer),
  /** Why the last record could not be written; null while it can. */
  trouble: z.string().nullable(),
});
export type AuditAnswer = z.infer<typeof auditAnswer>;

export const certificateAnswer = z.object({
  tls: z.boolean(),
  /** SHA-256 of the site's own CA, to compare by eye before trusting it; null without one. */
  caFingerprint: z.string().nullable(),
  names: z.array(z.string()),
  notAfter: instant.nullable(),
  /** Where a device gets the CA, and a QR code of that address. */
  enrol: z.object({ url: z.string(), qr: z.object({ path: z.string(), size: z.number() }) }).nullable(),
});
export type CertificateAnswer = z.infer<typeof certificateAnswer>;

/** /health for those who are not signed in, or see only a part of the site. */
export const healthInShort = z.object({ status: z.enum(['ok', 'degraded']), build: z.string(), serverTime: instant });

/* What comes in. */

const name = z.string().min(1).max(64);
const secret = z.string().min(1).max(200);
const scopeList = z.union([
  z.literal('all'),
  z
    .array(z.string().regex(/^(site|(area|line|machine|meter):[^\s:][^\s]{0,127})$/, 'write scopes as line:filling'))
    .min(1)
    .max(100),
]);
const ends = z.iso.datetime({ offset: true, error: 'write an instant with offset, as 2026-06-01T09:00:00Z' });

export const signInBody = z.strictObject({ name, password: secret });
export const firstBody = z.strictObject({ token: secret, name, password: secret });
export const kioskSignInBody = z.strictObject({ token: secret });
export const demoBody = z.strictObject({ person: z.string().max(64) });
export const switchBody = z.union([
  z.strictObject({ badge: z.string().min(4).max(100) }),
  z.strictObject({ account: z.string().max(64), pin: z.string().max(10) }),
]);
export const passwordBody = z.strictObject({ current: secret, next: secret });

const accountFields = {
  display: z.string().max(100).optional(),
  scopes: scopeList.optional(),
  password: secret.optional(),
  pin: z.string().max(10).nullable().optional(),
  badge: z.string().min(4).max(100).nullable().optional(),
  sponsor: z.string().max(100).nullable().optional(),
  endsAt: ends.nullable().optional(),
};
export const newAccountBody = z.strictObject({ name, role: roleSchema, ...accountFields });
export const changeAccountBody = z.strictObject({
  role: roleSchema.optional(),
  disabled: z.boolean().optional(),
  ...accountFields,
});
export const newKioskBody = z.strictObject({
  name: z.string().min(1).max(100),
  kind: z.enum(['wall', 'tablet', 'program']).default('wall'),
  scope: z.string().regex(/^(site|(area|line|machine|meter):[^\s:][^\s]{0,127})$/, 'write a scope as line:filling'),
  endsAt: ends.nullable().default(null),
});
export const auditQuery = z.strictObject({
  before: z.coerce.number().int().min(1).optional().describe('records before this seq'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  kind: z.string().max(40).optional(),
  name: z.string().max(100).optional(),
});
export const idParams = z.strictObject({ id: z.string().min(1).max(64) });
