import type { z } from 'zod';
import type { DeliveryAnswer, madeReportsAnswer, ScheduleAnswer } from '#shared/contract/office-answers.ts';
import { toIso } from '#shared/time/instant.ts';
import { clockLabel, localDate } from '#shared/time/zone.ts';
import { maySee } from '../auth/may.ts';
import type { Principal } from '../auth/principal.ts';
import type { DeliveryView } from '../delivery/outbox.ts';
import type { ApiDeps } from '../deps.ts';
import { scopeOf } from '../scope.ts';
import { scopeName } from './words.ts';

/** The register and the schedules of the plant file, as far as somebody may see them. */
export async function madeReports(
  { office, plant: { current: plant } }: Pick<ApiDeps, 'office' | 'plant'>,
  principal: Principal | null,
  limit: number,
): Promise<z.input<typeof madeReportsAnswer>> {
  const sees = (scope: string): boolean => principal !== null && maySee(principal, scope, plant).ok;
  const zone = plant.site.timezone;
  const list = (await office?.register.list(limit)) ?? [];
  const made = [];
  for (const { file, from, to, asOf, madeAt, supersededAt, frozen: _, digest: __, ledgerSeq: ___, ...rest } of list) {
    if (!sees(rest.scope)) continue;
    const deliveries = rest.schedule === null ? [] : ((await office?.outbox.list(20, `report:${rest.id}`)) ?? []);
    made.push({
      ...rest,
      from: toIso(from),
      to: toIso(to),
      asOf: toIso(asOf),
      madeAt: toIso(madeAt),
      madeAtLabel: `${localDate(zone, madeAt)} ${clockLabel(zone, madeAt)}`,
      hasFile: file !== null,
      supersededAt: supersededAt === null ? null : toIso(supersededAt),
      deliveries: deliveries.map(deliveryJson),
    });
  }
  const schedules: ScheduleAnswer[] = (plant.reports ?? [])
    .filter(({ scope }) => sees(scope))
    .map(({ id, type, scope, every, format, to, folder }) => {
      const known = scopeOf(plant, scope);
      const name = known ? scopeName(plant, known.kind, known.id) : scope;
      const problem = office?.schedule.problems.get(id) ?? null;
      return { id, name: type, scope, scopeName: name, every, format, to, folder, problem };
    });
  return { made, schedules };
}

export function deliveryJson({ createdAt, sentAt, nextAt, ...rest }: DeliveryView): DeliveryAnswer {
  return {
    ...rest,
    createdAt: toIso(createdAt),
    sentAt: sentAt === null ? null : toIso(sentAt),
    nextAt: nextAt === null ? null : toIso(nextAt),
  };
}
