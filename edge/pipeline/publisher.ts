import type { Aggregator } from '#edge/aggregate/contract.ts';
import type { Envelope, MachineLive, MachineStateMessage, MeterLive } from '#shared/contract/mqtt.ts';
import { isCounted, ratiosWithoutCounts } from '#shared/oee/counted.ts';
import { coverageOf, ratiosOf } from '#shared/oee/sums.ts';
import type { Plant } from '#shared/plant/model.ts';
import { machineTopic, meterTopic } from '#shared/plant/topics.ts';
import type { Instant } from '#shared/time/instant.ts';
import type { Intake } from './intake.ts';
import type { Pipeline } from './pipeline.ts';
import { stateSignalOf } from './state-signals.ts';

/*
 * What the unified namespace hears: states at once, figures once a second, everything anew after a connect.
 * Facts go their own way, through the outbox.
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
  /** Publishes the states that changed. */
  states(): void;
  /** Figures and open facts of every machine and meter. */
  second(now: Instant): void;
  /** After a connect: the broker may have lost what it retained. */
  again(now: Instant): void;
}

type Body<M extends Envelope> = Omit<M, keyof Envelope>;

export function createPublisher(deps: PublisherDeps): Publisher {
  const { plant, link, pipeline, intake, aggregator } = deps;
  const machines = [...plant.machines.keys()].filter(deps.owns);
  const meters = [...plant.meters.keys()].filter(deps.owns);
  const published = new Map<string, string>();

  function stateOf(machine: string): Body<MachineStateMessage> {
    const open = aggregator.openFacts(machine).intervals.at(-1);
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

  function live(machine: string, now: Instant): Body<MachineLive> {
    const { state, since } = stateOf(machine);
    const figures = pipeline.figures.machine(machine, pipeline.watermark);
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
      openFacts: aggregator.openFacts(machine),
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

  function states(): void {
    if (!link.connected) return;
    for (const machine of machines) {
      const body = stateOf(machine);
      const text = JSON.stringify(body);
      if (published.get(machine) === text) continue;
      if (link.publish(machineTopic(plant, machine, 'state'), body, { retain: true })) published.set(machine, text);
    }
  }

  function second(now: Instant): void {
    if (!link.connected) return;
    for (const machine of machines) link.publish(machineTopic(plant, machine, 'live'), live(machine, now));
    for (const meter of meters) link.publish(meterTopic(plant, meter, 'live'), meterLive(meter, now));
  }

  return {
    states,
    second,
    again(now) {
      published.clear();
      states();
      second(now);
    },
  };
}
