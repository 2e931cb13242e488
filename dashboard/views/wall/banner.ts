import type { HeaderView, LineView, Look, MachineView, ScopeView } from '#shared/contract/socket.ts';
import { clock, instant } from '../../format/clock.ts';
import { duration, historyLength, ordinal } from '../../format/duration.ts';
import type { NumberFormat } from '../../format/number.ts';
import { detailWords, isSwitchedOff, lookWord, stateWord } from '../../glyphs/words.ts';
import { t } from '../../language/language.ts';
import { named, namedOr } from '../../language/names.ts';
import type { Freshness } from '../../live/freshness.ts';

/*
 * The banner says WHAT / HOW LONG / WHY, each with one small line.
 * - Old data outranks everything: what was true is said in the past tense.
 * - A machine that is down outranks the rest; the longest stop comes first.
 */
export interface Phrase {
  readonly text: string;
  readonly small: string;
}

export interface BannerRow {
  readonly look: Look;
  readonly what: Phrase;
  readonly howLong: Phrase | null;
  readonly why: Phrase | null;
}

export interface Banner {
  readonly tone: 'alarm' | 'quiet' | 'stale';
  /** One row, or two where two machines are down. */
  readonly rows: readonly BannerRow[];
}

export interface BannerInput {
  readonly view: ScopeView;
  readonly line: LineView;
  readonly freshness: Freshness;
  readonly asOf: number;
  readonly serverNow: number;
  readonly attempts: number;
  readonly format: NumberFormat;
}

export function bannerOf(input: BannerInput): Banner {
  const machines = machinesOf(input.view, input.line);
  if (input.freshness.state === 'stale') return staleBanner(input, machines, input.freshness);
  const down = downOf(machines);
  const [worst, second] = down;
  if (!worst) return { tone: 'quiet', rows: [quietRow(input, machines)] };
  if (down.length === 2 && second) {
    return {
      tone: 'alarm',
      rows: [worst, second].map((machine) => downRow(input, machine, machines, { others: 0, half: true })),
    };
  }
  return { tone: 'alarm', rows: [downRow(input, worst, machines, { others: down.length - 1, half: false })] };
}

/** Machines of the line in flow order, as far as the view knows them. */
export function machinesOf(view: ScopeView, line: LineView): MachineView[] {
  return line.machines.flatMap((id) => view.machines[id] ?? []);
}

/** Machines that are down, the longest stop first. */
export function downOf(machines: readonly MachineView[]): MachineView[] {
  return machines
    .filter((machine) => machine.look === 'down')
    .sort((a, b) => (instant(a.since) ?? 0) - (instant(b.since) ?? 0));
}

function downRow(
  input: BannerInput,
  machine: MachineView,
  machines: readonly MachineView[],
  { others, half }: { readonly others: number; readonly half: boolean },
): BannerRow {
  const waiting = machines.filter((m) => m.look === 'idle').length;
  const blamed = machines.filter((m) => m.look === 'idle' && /^(Starved|Blocked) by /.test(m.detail ?? '')).length;
  const consequence =
    others > 0
      ? t('wall.moreDownNamed', {
          n: others,
          machines: downOf(machines)
            .filter((m) => m !== machine)
            .map((m) => named(m.name))
            .join(', '),
        })
      : blamed > 0
        ? t('wall.waitingForIt', { n: blamed })
        : waiting > 0
          ? t('wall.waiting', { n: waiting })
          : t('wall.noneWaiting');
  const small = [
    reasonOf(machine) && machine.occurrence > 0 ? t('wall.timeThisShift', { nth: ordinal(machine.occurrence) }) : null,
    callWords(machine) ??
      (machine.lossPerHour === null
        ? null
        : t('wall.losesPerHour', { money: input.format.wholeMoney(machine.lossPerHour) })),
  ].filter((part) => part !== null);
  return {
    look: 'down',
    what: { text: downWords(machine), small: consequence },
    howLong: howLong(input, machine),
    why: {
      text: reasonOf(machine) ?? t('wall.noReason'),
      // Half the box has room for how often, not for what it costs.
      small: (half ? small.slice(0, 1) : small).join(', '),
    },
  };
}

/** Help outranks the money: whoever walks by must know whether somebody comes. */
function callWords({ call }: MachineView): string | null {
  if (!call) return null;
  if (call.coming !== null) {
    return call.coming === 'unnamed' ? t('wall.helpComing') : t('wall.coming', { name: call.coming });
  }
  if (call.team === null) return t('wall.helpCalled', { at: call.atLabel });
  const team = `${call.team[0]?.toUpperCase()}${call.team.slice(1)}`;
  return t('wall.teamCalled', { team, at: call.atLabel });
}

function howLong(input: BannerInput, machine: MachineView): Phrase | null {
  const since = instant(machine.since);
  if (since === null) return null;
  return {
    text: duration((input.asOf - since) / 1000),
    small: t('wall.since', { at: machine.sinceLabel ?? clock(since, input.view.header) }),
  };
}

export function reasonOf(machine: MachineView): string | null {
  return machine.detail === null ? namedOr(machine.reason, null) : detailWords(machine.detail);
}

/** "Capper down", "Saw switched off". */
export function downWords(machine: MachineView): string {
  return t(isSwitchedOff(machine.word) ? 'wall.switchedOff' : 'wall.down', { machine: named(machine.name) });
}

/** "All 6 running". */
export function allRunning(all: number): string {
  return t('wall.allRunning', { n: all });
}

/** "4 of 6 running". */
export function someRunning(running: number, all: number): string {
  return t('wall.someRunning', { n: running, all });
}

function quietRow(input: BannerInput, machines: readonly MachineView[]): BannerRow {
  const count = (look: Look): number => machines.filter((machine) => machine.look === look).length;
  const all = machines.length;
  const running = count('run');
  if (all === 0)
    return {
      look: 'plan',
      what: { text: t('wall.noMachines'), small: t('wall.addMachines') },
      howLong: null,
      why: null,
    };
  if (count('unknown') === all) {
    return {
      look: 'unknown',
      what: { text: t('wall.allSilent'), small: t('wall.linkIsLive') },
      howLong: null,
      why: null,
    };
  }
  if (count('plan') + count('unknown') === all) {
    const shift = input.line.shift;
    const pause = shift?.breaks.find(
      ({ start, end }) => (instant(start) ?? 0) <= input.asOf && input.asOf < (instant(end) ?? 0),
    );
    if (pause) {
      const until = t('wall.until', { at: clock(instant(pause.end), input.view.header) });
      return { look: 'plan', what: { text: t('states.break'), small: until }, howLong: null, why: null };
    }
    return {
      look: 'plan',
      what: {
        text: lookWord('plan'),
        small: shift ? t('wall.notPlannedNow', { shift: named(shift.name) }) : t('wall.noShiftNow'),
      },
      howLong: null,
      why: null,
    };
  }
  const rest = (['minor', 'setup', 'idle', 'plan', 'unknown'] as const)
    .filter((look) => count(look) > 0)
    .map((look) => t(`wall.quiet.${look}`, { n: count(look) }));
  const notRunning =
    machines.find((m) => m.look === 'setup') ?? machines.find((m) => m.look === 'idle' || m.look === 'minor');
  const since = notRunning ? instant(notRunning.since) : null;
  return {
    look: running > 0 ? 'run' : (notRunning?.look ?? 'idle'),
    what:
      running === all
        ? { text: allRunning(all), small: t('wall.noneDown') }
        : { text: running > 0 ? someRunning(running, all) : t('wall.noneRunning'), small: rest.join(', ') },
    howLong: sinceLastDown(input, machines),
    why:
      notRunning && running < all
        ? {
            text: reasonOf(notRunning) ?? stateWord(notRunning.word),
            small: `${named(notRunning.name)}${since === null ? '' : `, ${duration((input.asOf - since) / 1000)}`}`,
          }
        : null,
  };
}

function sinceLastDown(input: BannerInput, machines: readonly MachineView[]): Phrase | null {
  const shiftStart = instant(input.line.shift?.start);
  let lastEnd: number | null = null;
  for (const machine of machines) {
    for (const segment of Object.values(machine.ribbon)) {
      const end = segment.look === 'down' ? instant(segment.end) : null;
      if (end !== null && (lastEnd === null || end > lastEnd)) lastEnd = end;
    }
  }
  if (lastEnd !== null) return { text: duration((input.asOf - lastEnd) / 1000), small: t('wall.sinceLastDown') };
  if (shiftStart === null) return null;
  return { text: duration((input.asOf - shiftStart) / 1000), small: t('wall.noneDownThisShift') };
}

function staleBanner(
  input: BannerInput,
  machines: readonly MachineView[],
  stale: Freshness & { state: 'stale' },
): Banner {
  const history = input.view.header.history;
  if (history) return { tone: 'quiet', rows: [historyRow(history)] };
  const down = downOf(machines);
  const running = machines.filter((machine) => machine.look === 'run').length;
  const was =
    down.length === 1 && down[0]
      ? t(isSwitchedOff(down[0].word) ? 'wall.wasOff' : 'wall.wasDown', { machine: named(down[0].name) })
      : down.length > 1
        ? t('wall.wereDown', { n: down.length })
        : running === machines.length
          ? t('wall.allWereRunning', { n: running })
          : t('wall.someWereRunning', { n: running, all: machines.length });
  return {
    tone: 'stale',
    rows: [
      {
        look: 'unknown',
        what: { text: t('wall.noLiveData'), small: causeOf(stale, input.attempts) },
        howLong:
          stale.ageMs === null
            ? null
            : {
                text: duration(stale.ageMs / 1000),
                small: t('wall.lastUpdate', { at: clock(input.serverNow - stale.ageMs, input.view.header, true) }),
              },
        why:
          stale.cause === 'never'
            ? { text: t('wall.noDataYet'), small: t('wall.nothingSent') }
            : {
                text: was,
                small: t(stale.numbersGone ? 'wall.figuresGone' : 'wall.allOld'),
              },
      },
    ],
  };
}

/** Nothing is wrong: the demo plant's past is being written, and its present follows. */
function historyRow(history: NonNullable<HeaderView['history']>): BannerRow {
  return {
    look: 'plan',
    what: { text: t('wall.makingHistory', { time: historyLength(history.days) }), small: t('wall.liveFollows') },
    howLong: { text: t('wall.percent', { percent: Math.floor(history.progress * 100) }), small: t('wall.written') },
    why: null,
  };
}

function causeOf(stale: Freshness & { state: 'stale' }, attempts: number): string {
  if (stale.cause === 'link')
    return attempts > 0 ? t('wall.reconnectingAttempt', { attempt: attempts }) : t('wall.reconnecting');
  if (stale.cause === 'server') return t('wall.serverSilent');
  return t('wall.plantSilent');
}
