import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import {
  certificateAnswer,
  idParams,
  type KioskAnswer,
  kioskAnswer,
  kioskList,
  kioskMade,
  newKioskBody,
} from '#shared/contract/account-answers.ts';
import { type Instant, toIso } from '#shared/time/instant.ts';
import { administers } from '../auth/access.ts';
import type { Kiosk } from '../auth/kiosks.ts';
import { qrPath } from '../auth/qr.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound, Problem } from '../problem.ts';
import { scopeOf } from '../scope.ts';

/** Tokens of wall screens, shared tablets and programs, and the certificate that they must trust. */
export function kioskRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { auth } = deps;
  app.get(
    '/api/v1/kiosks',
    { config: { access: administers }, schema: { summary: 'Tokens', response: { 200: kioskList } } },
    async () => ({ items: (await auth.kiosks.list()).map(asAnswer) }),
  );
  app.post<{ Body: z.output<typeof newKioskBody> }>(
    '/api/v1/kiosks',
    {
      config: { access: administers },
      schema: { summary: 'Add a token; it is told once, here', body: newKioskBody, response: { 201: kioskMade } },
    },
    async (request, reply) => {
      const { principal, ip, body } = request;
      if (!scopeOf(deps.plant.current, body.scope)) {
        throw new Problem(422, 'Cannot be done', `This plant has no ${body.scope}; /api/v1/plant lists what there is.`);
      }
      const endsAt = body.endsAt === null ? null : Date.parse(body.endsAt);
      const createdBy = principal?.name ?? '';
      const { kiosk, token } = await auth.kiosks.add({ ...body, createdBy, endsAt }, (inside, { id }) =>
        auth.audit.recordIn(inside, {
          kind: 'tokenAdded',
          actor: principal?.id ?? null,
          name: createdBy,
          address: ip,
          details: { token: id, name: body.name, kind: body.kind, scope: body.scope, endsAt: body.endsAt },
        }),
      );
      const link = kioskLink(deps.publicUrl(), token);
      return reply.code(201).send({ kiosk: asAnswer(kiosk), token, link, qr: qrPath(link) });
    },
  );
  app.post<{ Params: z.output<typeof idParams> }>(
    '/api/v1/kiosks/:id/revoke',
    {
      config: { access: administers },
      schema: { summary: 'Take a token back; its screens close', params: idParams, response: { 200: kioskAnswer } },
    },
    async ({ params, principal, ip }) => {
      const revoked = await auth.revoke(params.id);
      if (!revoked) throw notFound('There is no such token, or it was taken back before.');
      await auth.audit.note({
        kind: 'tokenRevoked',
        actor: principal?.id ?? null,
        name: principal?.name ?? '',
        address: ip,
        details: { token: revoked.id, name: revoked.name, scope: revoked.scope },
      });
      return asAnswer(revoked);
    },
  );
  app.get(
    '/api/v1/tls',
    {
      config: { access: administers },
      schema: { summary: 'The certificate, and where a device gets its CA', response: { 200: certificateAnswer } },
    },
    async () => {
      const held = deps.certificate();
      const url = deps.enrolUrl();
      return {
        tls: held !== null,
        caFingerprint: held?.caFingerprint ?? null,
        names: held?.names ?? [],
        notAfter: held ? toIso(held.notAfter) : null,
        enrol: held ? { url, qr: qrPath(url) } : null,
      };
    },
  );
}

/** The token stands behind the `#`, which no browser sends to a server; the page takes it out of the address at once. */
export function kioskLink(publicUrl: string, token: string): string {
  return `${publicUrl}/kiosk#${token}`;
}

const isoOrNull = (t: Instant | null): string | null => (t === null ? null : toIso(t));

function asAnswer(kiosk: Kiosk): KioskAnswer {
  return {
    ...kiosk,
    createdAt: toIso(kiosk.createdAt),
    endsAt: isoOrNull(kiosk.endsAt),
    revokedAt: isoOrNull(kiosk.revokedAt),
    seenAt: isoOrNull(kiosk.seenAt),
  };
}
