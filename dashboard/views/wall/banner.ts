import type { HeaderView, LineView, Look, MachineView, ScopeView } from '#shared/contract/socket.ts';
import { clock, instant } from '../../format/clock.ts';
import { duration, historyLength, ordinal } from '../../format/duration.ts';
import type { NumberFormat } from '../../format/number.ts';
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
    return { tone: 'alarm', rows: [worst, second].map((machine) => halfRow(downRow(input, machine, machines, 0))) };
  }
  return { tone: 'alarm', rows: [downRow(input, worst, machines, down.length - 1)] };
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
  others: number,
): BannerRow {
  const waiting = machines.filter((m) => m.look === 'idle').length;
  const blamed = machines.filter((m) => m.look === 'idle' && /^(Starved|Blocked) by /.test(m.detail ?? '')).length;
  const consequence =
    others > 0
      ? `${others} more down: ${downOf(machines)
          .filter((m) => m !== machine)
          .map((m) => m.name)
          .join(', ')}`
      : blamed > 0
        ? `${machineCount(blamed)} waiting for it`
        : waiting > 0
          ? `${machineCount(waiting)} waiting`
          : 'no other machine is waiting';
  const switchedOff = machine.word === 'Switched off';
  return {
    look: 'down',
    what: { text: switchedOff ? `${machine.name} switched off` : `${machine.name} down`, small: consequence },
    howLong: howLong(input, machine),
    why: {
      text: reasonOf(machine) ?? 'No reason yet',
      small: [
        reasonOf(machine) && machine.occurrence > 0 ? `${ordinal(machine.occurrence)} time this shift` : null,
        callWords(machine) ??
          (machine.lossPerHour === null ? null : `loses ${input.format.wholeMoney(machine.lossPerHour)}/h`),
      ]
        .filter((part) => part !== null)
        .join(', '),
    },
  };
}

/** Help outranks the money: whoever walks by must know whether somebody comes. */
function callWords({ call }: MachineView): string | null {
  if (!call) return null;
  if (call.coming !== null && call.coming !== 'unnamed') return `${call.coming} is coming`;
  const team = call.team ?? 'help';
  return call.coming === null ? `${team[0]?.toUpperCase()}${team.slice(1)} called ${call.atLabel}` : 'help is coming';
}

/** Half the box has room for how often, not for what it costs. */
function halfRow(row: BannerRow): BannerRow {
  return { ...row, why: row.why && { text: row.why.text, small: row.why.small.split(', ')[0] ?? '' } };
}

function howLong(input: BannerInput, machine: MachineView): Phrase | null {
  const since = instant(machine.since);
  if (since === null) return null;
  return {
    text: duration((input.asOf - since) / 1000),
    small: `since ${machine.sinceLabel ?? clock(since, input.view.header)}`,
  };
}

function reasonOf(machine: MachineView): string | null {
  return machine.detail ?? machine.reason;
}

function quietRow(input: BannerInput, machines: readonly MachineView[]): BannerRow {
  const count = (look: Look): number => machines.filter((machine) => machine.look === look).length;
  const all = machines.length;
  const running = count('run');
  if (all === 0)
    return {
      look: 'plan',
      what: { text: 'No machines on this line', small: 'Add them to the plant file' },
      howLong: null,
      why: null,
    };
  if (count('unknown') === all) {
    return {
      look: 'unknown',
      what: { text: 'No data from any machine', small: 'The link to the server is live; the machines are silent' },
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
      const until = `until ${clock(instant(pause.end), input.view.header)}`;
      return { look: 'plan', what: { text: 'Break', small: until }, howLong: null, why: null };
    }
    return {
      look: 'plan',
      what: { text: 'No plan', small: shift ? `${shift.name} shift, not planned now` : 'no shift is planned now' },
      howLong: null,
      why: null,
    };
  }
  const rest = (['minor', 'setup', 'idle', 'plan', 'unknown'] as const)
    .filter((look) => count(look) > 0)
    .map((look) => `${count(look)} ${QUIET_WORDS[look](count(look))}`);
  const notRunning =
    machines.find((m) => m.look === 'setup') ?? machines.find((m) => m.look === 'idle' || m.look === 'minor');
  const since = notRunning ? instant(notRunning.since) : null;
  return {
    look: running > 0 ? 'run' : (notRunning?.look ?? 'idle'),
    what:
      running === all
        ? { text: `All ${all} running`, small: 'no machine is down' }
        : { text: running > 0 ? `${running} of ${all} running` : 'None running', small: rest.join(', ') },
    howLong: sinceLastDown(input, machines),
    why:
      notRunning && running < all
        ? {
            text: notRunning.detail ?? notRunning.reason ?? notRunning.word,
            small: `${notRunning.name}${since === null ? '' : `, ${duration((input.asOf - since) / 1000)}`}`,
          }
        : null,
  };
}

const QUIET_WORDS: Readonly<Record<'minor' | 'setup' | 'idle' | 'plan' | 'unknown', (n: number) => string>> = {
  minor: (n) => (n === 1 ? 'minor stop' : 'minor stops'),
  setup: () => 'in setup',
  idle: () => 'waiting',
  plan: () => 'not planned',
  unknown: () => 'without data',
};

function sinceLastDown(input: BannerInput, machines: readonly MachineView[]): Phrase | null {
  const shiftStart = instant(input.line.shift?.start);
  let lastEnd: number | null = null;
  for (const machine of machines) {
    for (const segment of Object.values(machine.ribbon)) {
      const end = segment.look === 'down' ? instant(segment.end) : null;
      if (end !== null && (lastEnd === null || end > lastEnd)) lastEnd = end;
    }
  }
  if (lastEnd !== null)
    return { text: duration((input.asOf - lastEnd) / 1000), small: 'since a machine was last down' };
  if (shiftStart === null) return null;
  return { text: duration((input.asOf - shiftStart) / 1000), small: 'no machine was down this shift' };
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
      ? `${down[0].name} was ${down[0].word === 'Switched off' ? 'off' : 'down'}`
      : down.length > 1
        ? `${down.length} were down`
        : running === machines.length
          ? `All ${running} were running`
          : `${running} of ${machines.length} were running`;
  return {
    tone: 'stale',
    rows: [
      {
        look: 'unknown',
        what: { text: 'No live data', small: causeOf(stale, input.attempts) },
        howLong:
          stale.ageMs === null
            ? null
            : {
                text: duration(stale.ageMs / 1000),
                small: `last update ${clock(input.serverNow - stale.ageMs, input.view.header, true)}`,
              },
        why:
          stale.cause === 'never'
            ? { text: 'No data yet', small: 'No machine of this line has sent anything' }
            : {
                text: was,
                small: stale.numbersGone ? 'The figures were taken away after 10 min' : 'All values below are old',
              },
      },
    ],
  };
}

/** Nothing is wrong: the demo plant's past is being written, and its present follows. */
function historyRow(history: NonNullable<HeaderView['history']>): BannerRow {
  return {
    look: 'plan',
    what: { text: `Making ${historyLength(history.days)} of history`, small: 'Live figures follow by themselves' },
    howLong: { text: `${Math.floor(history.progress * 100)} %`, small: 'written' },
    why: null,
  };
}

function causeOf(stale: Freshness & { state: 'stale' }, attempts: number): string {
  if (stale.cause === 'link') return attempts > 0 ? `Trying to reconnect, attempt ${attempts}` : 'Trying to reconnect';
  if (stale.cause === 'server') return 'The server does not answer';
  return 'The plant sends nothing';
}

function machineCount(n: number): string {
  return n === 1 ? '1 machine is' : `${n} machines are`;
}
