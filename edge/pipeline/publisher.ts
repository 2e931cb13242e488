import type { Aggregator } from '#edge/aggregate/contract.ts';
import type { Envelope, MachineLive, MachineStateMessage, MeterLive } from '#shared/contract/mqtt.ts';
import { isCounted, ratiosWithoutCounts } from '#shared/oee/counted.ts';
import { coverageOf, ratiosOf } from '#shared/oee/sums.ts';
import type { Plant } from '#shared/plant/model.ts';
import { machineTopic, meterTopic } from '#shared/plant/topics.ts';
import type { Sample } from '#shared/signal/sample.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { Intake } from './intake.ts';
import type { Pipeline } from './pipeline.ts';
import { stateSignalOf } from './state-signals.ts';

/*
 * What the unified namespace hears: states at once, figures once a second, everything anew after a connect.
 * Facts go their own way, through the outbox.
 *
 * - A state that is read changes with its samples, one that is worked out changes with time: neither asks all machines, which
 *   would cost more than all else on a busy edge. What is left (the start of an interval mended by facts) follows within
 *   the second.
 * - Open facts are rendered once per machine and second.
 */

/** The live client, as far as it is needed here. */
export interface LiveLink {
  readonly connected: boolean;
  publish(topic: string, body: object, options?: { retain?: boolean }): boolean;
}

export interface PublisherDeps {
  readonly plant: Plant;
  /** Machines and meters that this edge owns. */
  readonly owns: (owner: string) => boolean;
  readonly link: LiveLink;
  readonly pipeline: Pipeline;
  readonly intake: Intake;
  readonly aggregator: Aggregator;
}

export interface Publisher {
  /** Publishes the states that these samples changed. */
  samples(samples: readonly Sample[]): void;
  /** Publishes the states that time changed. */
  derivedStates(): void;
  /** Figures and open facts of every machine and meter, and every state that changed. */
  second(now: Instant): void;
  /** After a connect: the broker may have lost what it retained. */
  again(now: Instant): void;
}

type Body<M extends Envelope> = Omit<M, keyof Envelope>;
type OpenFacts = ReturnType<Aggregator['openFacts']>;

/** Signals of a machine that its state message shows. */
const STATE_PARTS = ['state', 'reason', 'product', 'order'] as const;

export function createPublisher(deps: PublisherDeps): Publisher {
  const { plant, link, pipeline, intake, aggregator } = deps;
  const machines = [...plant.machines.keys()].filter(deps.owns);
  const meters = [...plant.meters.keys()].filter(deps.owns);
  const published = new Map<string, string>();
  const shownBy = new Map(machines.flatMap((machine) => STATE_PARTS.map((part) => [`${machine}.${part}`, machine])));

  function stateOf(machine: string, openFacts = aggregator.openFacts(machine)): Body<MachineStateMessage> {
    const open = openFacts.intervals.at(-1);
    const seen = pipeline.present.state(machine);
    const now = seen ?? { state: open?.state ?? 'unknown', since: open?.start ?? pipeline.watermark };
    const sameInterval = open !== undefined && open.state === now.state;
    return {
      machine,
      state: now.state,
      // A loss that was bridged leaves no seam: the facts know how long it has been so.
      since: sameInterval ? Math.min(now.since, open.start) : now.since,
      reason:
        now.state === 'running'
          ? null
          : (pipeline.present.text(`${machine}.reason`) ?? (sameInterval ? open.reason : null)),
      product: pipeline.present.text(`${machine}.product`) ?? '',
      order: pipeline.present.text(`${machine}.order`) ?? '',
    };
  }

  function live(
    machine: string,
    now: Instant,
    openFacts: OpenFacts,
    { state, since }: Body<MachineStateMessage>,
  ): Body<MachineLive> {
    const figures = pipeline.figures.machine(machine, pipeline.watermark, openFacts);
    const signal = stateSignalOf(plant, machine);
    const isAway = signal !== null && intake.isConnected(signal) === false;
    const conditions = (plant.machines.get(machine)?.conditions ?? []).map(
      ({ id }) => [id, pipeline.present.number(`${machine}.${id}`)] as const,
    );
    return {
      machine,
      t: isAway ? (intake.lastContact(signal) ?? since) : now,
      state,
      stateSince: since,
      shift: figures && {
        id: figures.shift.id,
        date: figures.shift.productionDate,
        start: figures.shift.start,
        end: figures.shift.end,
      },
      sums: figures?.sums ?? null,
      kpi: figures && (isCountedHere(machine) ? ratiosOf(figures.sums) : ratiosWithoutCounts(ratiosOf(figures.sums))),
      coverage: figures && coverageOf(figures.sums),
      powerW: pipeline.present.machinePowerW(machine, now),
      openFacts,
      conditions: Object.fromEntries(conditions),
    };
  }

  function isCountedHere(machine: string): boolean {
    const config = plant.machines.get(machine);
    return config !== undefined && isCounted(config);
  }

  function meterLive(meter: string, now: Instant): Body<MeterLive> {
    const isVirtual = (plant.meters.get(meter)?.sum ?? null) !== null;
    return {
      meter,
      t: now,
      powerW: pipeline.present.powerW(meter, now),
      openFacts: isVirtual ? [] : aggregator.openMeterFacts(meter),
    };
  }

  function publishState(machine: string, body: Body<MachineStateMessage>): void {
    const text = JSON.stringify(body);
    if (published.get(machine) === text) return;
    if (link.publish(machineTopic(plant, machine, 'state'), body, { retain: true })) published.set(machine, text);
  }

  function second(now: Instant): void {
    if (!link.connected) return;
    for (const machine of machines) {
      const openFacts = aggregator.openFacts(machine);
      const state = stateOf(machine, openFacts);
      publishState(machine, state);
      link.publish(machineTopic(plant, machine, 'live'), live(machine, now, openFacts, state));
    }
    for (const meter of meters) link.publish(meterTopic(plant, meter, 'live'), meterLive(meter, now));
  }

  return {
    samples(samples) {
      if (!link.connected) return;
      const changed = new Set<string>();
      for (const { signal } of samples) {
        const machine = shownBy.get(signal);
        if (machine !== undefined) changed.add(machine);
      }
      for (const machine of changed) publishState(machine, stateOf(machine));
    },
    derivedStates() {
      if (!link.connected) return;
      for (const machine of machines) {
        if (pipeline.present.state(machine) === null) publishState(machine, stateOf(machine));
      }
    },
    second,
    again(now) {
      published.clear();
      second(now);
    },
  };
}
