import { doubtsOfSources } from '#edge/sources/doubts.ts';
import { bandSegments } from '#shared/energy/tariff.ts';
import type { CounterConfig, Machine, Meter, Plant, Tariff } from '#shared/plant/model.ts';
import { valueAt } from '#shared/plant/model.ts';
import { type Doubt, problemText } from '#shared/plant/problem.ts';
import { namesOfSecrets } from '#shared/plant/secrets.ts';
import { type PlantSignal, signalsOf } from '#shared/plant/signals.ts';
import { type ShiftInstance, shiftsOf } from '#shared/time/calendar.ts';
import { HOUR, type Instant, MINUTE } from '#shared/time/instant.ts';
import { dayBounds } from '#shared/time/periods.ts';
import { addDays, clockLabel, localDate, weekdayOf } from '#shared/time/zone.ts';

export interface CheckInput {
  readonly file: string;
  readonly text: string;
  readonly doubts: readonly Doubt[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: Instant;
}

/** What a valid plant file will do, in words. */
export function plantReport(plant: Plant, input: CheckInput): string {
  const { site } = plant;
  const lines = [
    `${site.name} (${site.id}), ${site.timezone}, ${site.currency}; version ${plant.hash.slice(0, 12)}`,
    ...section('Lines and machines', machineRows(plant, input.now)),
    ...section('Meters', meterRows(plant, input.now)),
    ...section('Signals', signalsOf(plant).map(signalRow)),
    ...section('Shifts of the next 7 days', shiftRows(plant, input.now)),
    ...section('Tariff bands of today', bandRows(plant, input.now)),
    ...section(
      'Doubts',
      [],
      [
        ...input.doubts.map((doubt) => problemText(input.file, doubt)),
        ...sourceDoubts(plant, input),
        ...unsetSecrets(plant, input),
      ],
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** A heading and a table whose columns line up; `plain` lines follow as they are. */
function section(title: string, rows: readonly (readonly string[])[], plain: readonly string[] = []): string[] {
  const widths = rows.reduce<number[]>((all, row) => {
    row.forEach((cell, i) => {
      all[i] = Math.max(all[i] ?? 0, i === row.length - 1 ? 0 : cell.length);
    });
    return all;
  }, []);
  const table = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const all = [...table, ...plain];
  return ['', `${title} (${all.length === 0 ? 'none' : all.length})`, ...all.map((line) => `  ${line}`)];
}

const figure = (value: number) => String(Number(value.toPrecision(6)));

function machineRows(plant: Plant, now: Instant): string[][] {
  return [...plant.lines.values()].flatMap((line) => {
    const constraint = line.constraint ? valueAt(line.constraint, now) : null;
    return line.machines.flatMap((id) => {
      const machine = plant.machines.get(id);
      if (!machine) return [];
      const role = id === constraint ? 'constraint; ' : '';
      return [[`${line.id} / ${id}`, machine.name, `${role}${machineText(machine, now)}; calendar ${line.calendar}`]];
    });
  });
}

function machineText(machine: Machine, now: Instant): string {
  const cycle = machine.idealCycleSeconds ? valueAt(machine.idealCycleSeconds, now) : null;
  const smallStop = valueAt(machine.smallStopSeconds, now);
  return [
    stateText(machine),
    countsText(machine),
    cycle === null ? 'ideal cycle of the product' : `ideal cycle ${figure(cycle)} s`,
    smallStop === 0 ? 'no small stops' : `small stop under ${figure(smallStop)} s`,
    ...(valueAt(machine.breakPolicy, now) === 'runThrough' ? ['runs through breaks'] : []),
    ...(machine.piecesPerCount === 1 ? [] : [`${figure(machine.piecesPerCount)} pieces a count`]),
  ].join('; ');
}

function stateText({ state }: Machine): string {
  if (!state) return 'state unknown';
  switch (state.from) {
    case 'signal':
      return `state from ${state.binding.source}${state.preset === null ? '' : ` (${state.preset})`}`;
    case 'power':
      return `state from the power of ${state.meter} (running above ${state.runningAboveWatts} W, idle above ${state.idleAboveWatts} W)`;
    case 'counts':
      return `state from counts (stopped after ${figure(state.stoppedAfterSeconds)} s without one)`;
  }
}

function countsText(machine: Machine): string {
  const given = (['total', 'good', 'reject', 'cycles'] as const).filter((key) => machine[key] !== null);
  if (given.length === 0) return 'no counts';
  const text = (key: (typeof given)[number]) => `${key}${counterText(machine[key])}`;
  return `counts ${given.map(text).join(' and ')}`;
}

function counterText(counter: CounterConfig | null): string {
  const notes = [
    ...(counter?.kind === 'delta' ? ['per sample'] : []),
    ...(counter?.modulus ? [`rolls over at ${counter.modulus}`] : []),
  ];
  return notes.length === 0 ? '' : ` (${notes.join(', ')})`;
}

function meterRows(plant: Plant, now: Instant): string[][] {
  const depth = (meter: Meter | undefined): number =>
    meter?.parent == null ? 0 : 1 + depth(plant.meters.get(meter.parent));
  const below = (parent: string | null): Meter[] =>
    [...plant.meters.values()].filter((m) => m.parent === parent).flatMap((m) => [m, ...below(m.id)]);
  return below(null).map((meter) => {
    const feeds = valueAt(meter.feeds, now).map((f) =>
      f.share === 1 ? f.machine : `${f.machine} ${figure(f.share * 100)} %`,
    );
    const registers = (['importWh', 'exportWh', 'importVarh', 'powerW'] as const).filter((key) => meter[key] !== null);
    const sum = meter.sum?.map((term, i) => `${term.sign < 0 ? '- ' : i > 0 ? '+ ' : ''}${term.meter}`).join(' ');
    const text = [
      meter.medium,
      sum === undefined ? registers.join(', ') : `= ${sum}`,
      ...(feeds.length > 0 ? [`feeds ${feeds.join(', ')}`] : []),
    ];
    return [`${'  '.repeat(depth(meter))}${meter.id}`, meter.name, text.join('; ')];
  });
}

function signalRow({ signal, source, address, map }: PlantSignal): string[] {
  const place = Object.entries(address).map(([key, value]) =>
    key === 'node' || key === 'topic' ? String(value) : `${key} ${value}`,
  );
  const values =
    map && map.size <= 12 ? `  ${[...map].map(([raw, id]) => (raw === id ? raw : `${raw} = ${id}`)).join(', ')}` : '';
  return [signal, source, `${place.join(', ')}${values}`];
}

function shiftRows(plant: Plant, now: Instant): string[][] {
  const zone = plant.site.timezone;
  const today = localDate(zone, now);
  const days = [0, 1, 2, 3, 4, 5, 6].map((i) => addDays(today, i));
  return [...plant.calendars].flatMap(([id, calendar]) =>
    days.flatMap((date) => {
      const day = `${weekdayOf(date)} ${date}`;
      const shifts = shiftsOf(calendar, zone, date);
      if (shifts.length === 0) return [[id, day, 'no shift']];
      return shifts.map((shift) => [id, day, shiftText(shift, zone)]);
    }),
  );
}

function shiftText(shift: ShiftInstance, zone: string): string {
  const breaks = shift.breaks.map((b) => `${clockLabel(zone, b.start)} ${(b.end - b.start) / MINUTE} min`);
  const length = `${figure((shift.end - shift.start) / HOUR)} h`;
  const pause = breaks.length === 0 ? 'no break' : `break ${breaks.join(', ')}`;
  return `${shift.name}, ${clockLabel(zone, shift.start)} to ${clockLabel(zone, shift.end)}, ${length}, ${pause}`;
}

function bandRows(plant: Plant, now: Instant): string[][] {
  return [...plant.tariffs].flatMap(([id, versions]) => {
    const first = versions[0];
    if (first && now < first.validFrom) return [[id, `not in force before ${first.value.validFrom}`]];
    return todaysBands(id, valueAt(versions, now), now, plant.site.currency);
  });
}

function todaysBands(id: string, tariff: Tariff, now: Instant, currency: string): string[][] {
  const day = dayBounds(tariff.timezone, now);
  const segments = bandSegments(tariff, day.start, day.end);
  const rates = segments.flatMap((s) => (s.rate === null ? [] : [s.rate]));
  if (tariff.prices) {
    const range = rates.length === 0 ? '' : `, ${Math.min(...rates)} to ${Math.max(...rates)} ${currency}/kWh`;
    const without = segments.filter((s) => s.rate === null).reduce((sum, s) => sum + s.end - s.start, 0) / HOUR;
    return [[id, `${rates.length} prices${range}${without > 0 ? `; ${figure(without)} h without a price` : ''}`]];
  }
  const clock = (t: Instant) => (t === day.end ? '24:00' : clockLabel(tariff.timezone, t));
  return segments.map((s) => [
    id,
    `${clock(s.start)} to ${clock(s.end)}`,
    s.rate === null ? 'no band, so no cost' : `${s.band} ${s.rate} ${currency}/kWh`,
  ]);
}

function sourceDoubts(plant: Plant, { file }: CheckInput): string[] {
  return doubtsOfSources(plant).map((doubt) => `${file}: ${doubt}`);
}

/** Whoever checks a file on a desk need not have its passwords; the machine that runs it must. */
function unsetSecrets(plant: Plant, { file, text, env }: CheckInput): string[] {
  const names = [...plant.sources.values()].flatMap((source) => namesOfSecrets(source.options));
  const all = new Set([...names, ...namesOfSecrets(plant.channels)]);
  return [...all]
    .filter((name) => !env[name])
    .map((name) => {
      const line = text.slice(0, text.indexOf(`\${${name}}`)).split('\n').length;
      return `${file}:${line}: the environment variable ${name} is not set here; set it where Linewatt runs`;
    });
}
