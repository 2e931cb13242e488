import type { DemandView, ScopeView } from '#shared/contract/socket.ts';
import type { Plant } from '#shared/plant/model.ts';
import { type Instant, MINUTE } from '#shared/time/instant.ts';
import type { LiveStore } from '../live/store.ts';
import { demandMeter, demandView } from '../live/view-demand.ts';
import { scopeOf } from '../scope.ts';
import type { DemandSight, Sight, SourceSight } from './observe.ts';

/** What the running server knows, as rules see it. */
export interface SightDeps {
  readonly plant: () => Plant;
  readonly live: LiveStore;
  readonly view: () => Pick<ScopeView, 'machines' | 'lines'> | null;
  /** Demand of the plant, as screens show it; null where it has no meter. */
  readonly siteDemand: () => DemandView | null;
  /** End of the server's own certificate; null without TLS. */
  readonly certificateEnd: () => Instant | null;
  /** When a wall that shows the line was last seen; null: never. */
  readonly wallSeenAt: (line: string) => Instant | null;
  readonly clock: () => Instant;
}

export interface Looker {
  look(): Sight;
}

export function createLooker({ plant, live, view, siteDemand, certificateEnd, wallSeenAt, clock }: SightDeps): Looker {
  return {
    look() {
      const here = plant();
      const now = clock();
      return {
        plant: here,
        now,
        view: view(),
        sources: sourcesOf(here, live),
        certificates: certificatesOf(live, certificateEnd()),
        condition: (machine, id) => live.machine(machine).conditions[id] ?? null,
        demand: (meter) => demandOf(here, live, meter, siteDemand, now),
        recent: (machine, minutes) => recentPieces(live, machine, now - minutes * MINUTE),
        wallSeenAt,
      };
    },
  };
}

function sourcesOf(plant: Plant, live: LiveStore): SourceSight[] {
  const found = new Map<string, SourceSight>();
  for (const edge of live.edges()) {
    for (const { id, state, message, lastReadingAt, since } of edge.health?.sources ?? []) {
      const owner = plant.sources.get(id)?.owner ?? null;
      found.set(id, { id, owner, state, message, lastReadingAt, since });
    }
  }
  return [...found.values()];
}

function certificatesOf(live: LiveStore, own: Instant | null): Sight['certificates'] {
  const found: { about: string; name: string; expiresAt: Instant }[] = [];
  if (own !== null) found.push({ about: 'server', name: 'This server', expiresAt: own });
  for (const edge of live.edges()) {
    for (const { id, details } of edge.health?.sources ?? []) {
      const { certificateExpiresAt: theirs, ownCertificateExpiresAt: ours } = details ?? {};
      if (theirs !== undefined) found.push({ about: `source:${id}`, name: id, expiresAt: theirs });
      if (ours !== undefined) {
        found.push({ about: `source:${id}.own`, name: `Our certificate for ${id}`, expiresAt: ours });
      }
    }
  }
  return found;
}

function demandOf(
  plant: Plant,
  live: LiveStore,
  meter: string,
  siteDemand: () => DemandView | null,
  now: Instant,
): DemandSight | null {
  const whole = siteDemand();
  const scope = scopeOf(plant, meter === '' ? 'site' : `meter:${meter}`);
  if (!scope) return null;
  const of = meter === '' ? demandMeter(plant, scope, now)?.meter : meter;
  if (of === undefined) return null;
  const view = whole?.meter === of ? whole : demandView(plant, live, { meter: of, of: 'scope' }, null, now);
  return {
    name: view.meterName ?? of,
    predictedKw: view.predictedKw,
    limitKw: view.limitKw,
    endLabel: view.endLabel,
    costs: costsMoney(view),
    couldWait: (view.couldWait ?? []).map(({ name: machine }) => machine),
  };
}

/** As high a window is charged for already: reaching it again adds nothing to the bill. */
function costsMoney({ predictedKw, billedKw = null }: DemandView): boolean {
  return predictedKw === null || billedKw === null || predictedKw > billedKw;
}

/** Null where less than the whole time is known. */
function recentPieces(live: LiveStore, machine: string, from: Instant): { total: number; reject: number } | null {
  if (live.heldFrom === null || live.heldFrom > from) return null;
  let total = 0;
  let reject = 0;
  for (const piece of live.machine(machine).facts.known(from).pieces) {
    if (piece.start < from) continue;
    total += piece.totalCount;
    reject += piece.rejectCount;
  }
  return { total, reject };
}
