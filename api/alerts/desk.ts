import { randomUUID } from 'node:crypto';
import type { AlertConfig, Plant } from '#shared/plant/model.ts';
import { type Instant, MINUTE } from '#shared/time/instant.ts';
import type { Outbox } from '../delivery/outbox.ts';
import type { Counters } from '../metrics/counters.ts';
import { ALWAYS_ON_DUTY, type Duty } from '../replicas/duty.ts';
import { type Alert, type AlertEngine, type AlertRule, createAlertEngine, type Step } from './engine.ts';
import { messageOf } from './message.ts';
import { observe, type Sight } from './observe.ts';
import { isQuiet } from './quiet.ts';
import type { Looker } from './sight.ts';
import { type AlertStore, OffDuty } from './store.ts';

/*
 * Looks every two seconds, keeps what changed, and hands to the outbox what people are to be told.
 *
 * - What changed is on disk before it is told, and is marked as told after: a restart in between tells it again under the
 *   same key, which is once. (Of the end of an alert a restart in that moment may tell nothing.)
 * - Of several servers one is on duty and looks; the others read what it found, so that every screen shows the same. Whoever
 *   takes the watch over begins with what is on disk.
 * - A rule that fails (a defect of ours) is counted and logged, and takes no other rule with it.
 */
export interface AlertDesk {
  open(): readonly Alert[];
  list(limit: number): Promise<readonly Alert[]>;
  /** Null: there is no such open alert, or it is acknowledged already. */
  acknowledge(id: string, by: string): Promise<Alert | null>;
  /** Looks once. */
  work(): Promise<void>;
  close(): Promise<void>;
}

export interface AlertDeskDeps {
  readonly plant: () => Plant;
  readonly looker: Looker;
  readonly store: AlertStore;
  readonly outbox: Outbox;
  readonly clock: () => Instant;
  readonly counters: Counters;
  readonly log: (line: string) => void;
  /** Address of the server, for links in messages; null leaves them out. */
  readonly publicUrl: () => string | null;
  /** Whether this server has the watch; a server alone always has. */
  readonly duty?: Duty;
  /** True while nothing of what is seen is now: an edge still writes the past of a demo plant. */
  readonly hold?: () => boolean;
  readonly everyMs?: number | null;
}

const EVERY_MS = 2_000;
const KEPT_MS = 2 * MINUTE;

export async function openAlertDesk(deps: AlertDeskDeps): Promise<AlertDesk> {
  const {
    plant,
    looker,
    store,
    outbox,
    clock,
    counters,
    log,
    publicUrl,
    hold = () => false,
    duty = ALWAYS_ON_DUTY,
    everyMs = EVERY_MS,
  } = deps;
  const fromDisk = async (): Promise<AlertEngine> =>
    createAlertEngine(await store.recent(clock() - KEPT_MS), randomUUID);
  let engine = await fromDisk();
  let watching = false;
  let working: Promise<void> | null = null;
  /** Not on disk yet, and not told yet: tried again with the next look. */
  const unsaved = new Map<string, Alert>();
  let untold: Step['notify'] = [];
  const failing = new Set<string>();

  /** Whether this server is to look; what it knows is that of the disk where it is not, or was not until now. */
  async function takesWatch(): Promise<boolean> {
    if (!watching || !duty.held) {
      watching = false;
      engine = await fromDisk();
      unsaved.clear();
      untold = [];
      watching = duty.held;
    } else {
      // What people said at other servers; while it cannot be read, the look goes on.
      const kept = await store.recent(clock() - KEPT_MS).catch(() => []);
      for (const { id, acknowledgedAt, acknowledgedBy } of kept) {
        if (acknowledgedAt !== null && acknowledgedBy !== null) engine.acknowledge(id, acknowledgedBy, acknowledgedAt);
      }
    }
    return watching;
  }

  async function round(): Promise<void> {
    if (!(await takesWatch()) || hold()) return;
    const here = plant();
    const configs = here.alerts ?? [];
    const sight = looker.look();
    const observations = configs.flatMap((config) => observed(config, sight));
    const { changed, notify } = engine.step(
      configs.map((config) => ruleOf(here, config)),
      observations,
      sight.now,
    );
    for (const alert of changed) unsaved.set(alert.id, alert);
    untold = [...untold, ...notify];
    const telling = new Set(untold.filter(({ event }) => event === 'opened').map(({ alert }) => alert.id));
    await store.save([...unsaved.values()].map((a) => (telling.has(a.id) ? { ...a, notifiedAt: null } : a)));
    for (const { alert, event } of untold) await tell(here, alert, event);
    untold = [];
    if (telling.size > 0) await store.save([...unsaved.values()].filter((a) => telling.has(a.id)));
    unsaved.clear();
  }

  async function tell(here: Plant, alert: Alert, event: 'opened' | 'closed'): Promise<void> {
    const config = here.alerts?.find((c) => c.id === alert.rule);
    for (const channel of config?.notify ?? []) {
      const message = messageOf(here, alert, event, publicUrl());
      const added = await outbox.add(`alert:${alert.id}:${event}:${channel}`, `alert:${alert.id}`, channel, message);
      if (added) counters.count('alerts_told', event);
    }
  }

  function observed(config: AlertConfig, sight: Sight) {
    try {
      const list = observe(config, sight);
      failing.delete(config.id);
      return list;
    } catch (error) {
      counters.count('alert_rules_failed');
      if (!failing.has(config.id))
        log(`alert ${config.id} cannot be judged: ${error instanceof Error ? error.stack : error}`);
      failing.add(config.id);
      return [];
    }
  }

  const timer = everyMs === null ? null : setInterval(() => void desk.work(), everyMs);
  timer?.unref();
  const desk: AlertDesk = {
    open: () => engine.open().toSorted((a, b) => b.openedAt - a.openedAt),
    list: (limit) => store.list(limit),
    async acknowledge(id, by) {
      const isOpen = engine.open().some((alert) => alert.id === id && alert.acknowledgedAt === null);
      if (!isOpen) return null;
      if (await store.acknowledge(id, by, clock())) return engine.acknowledge(id, by, clock());
      // Somebody was faster, at another server.
      const taken = (await store.recent(clock() - KEPT_MS)).find((alert) => alert.id === id);
      if (taken?.acknowledgedAt != null) engine.acknowledge(id, taken.acknowledgedBy ?? '', taken.acknowledgedAt);
      return null;
    },
    async work() {
      working ??= round()
        .catch((error: unknown) => {
          if (error instanceof OffDuty) {
            watching = false;
            return;
          }
          counters.count('alert_rounds_failed');
          log(`alerts are not kept for now: ${error instanceof Error ? error.message : error}`);
        })
        .finally(() => {
          working = null;
        });
      await working;
    },
    async close() {
      if (timer) clearInterval(timer);
      await working;
    },
  };
  return desk;
}

function ruleOf(plant: Plant, { id, when, notify, quiet = [] }: AlertConfig): AlertRule {
  return { id, when, notify, isQuiet: (t) => isQuiet(plant.site.timezone, quiet, t) };
}
