import type { Machine, Meter, Plant } from '../../shared/plant/model.ts';
import type { Sample } from '../../shared/signal/sample.ts';

/*
 * Facts by brute force, second by second, over the whole sorted sample list: no incremental state, no shared code. Every
 * sample and cut lies on a whole second. Written from RULES 1.1, 1.2, 6, 7 and INTERFACES 2.
 */
const S = 1000;
const M = 60 * S;

export interface OraclePiece {
  key: string;
  intervalStart: number;
  start: number;
  end: number;
  totalCount: number;
  goodCount: number;
  rejectCount: number;
  provisional: boolean;
}

export interface OracleMeterPiece {
  key: string;
  start: number;
  end: number;
  energyWh: number;
  exportWh: number;
  varh: number;
  coveredSeconds: number;
  estimated: boolean;
}

/** One sample for each signal and instant, by time: later `received` wins, then later in the list. */
export function winners(samples: readonly Sample[]): Map<string, Sample[]> {
  const seen = new Set<string>();
  const best = new Map<string, Map<number, Sample>>();
  for (const s of samples) {
    if (s.id !== undefined && seen.has(s.id)) continue;
    if (s.id !== undefined) seen.add(s.id);
    const of = best.get(s.signal) ?? new Map<number, Sample>();
    best.set(s.signal, of);
    const rival = of.get(s.t);
    if (!rival || s.received >= rival.received) of.set(s.t, s);
  }
  return new Map([...best].map(([signal, of]) => [signal, [...of.values()].sort((a, b) => a.t - b.t)]));
}

interface Booked {
  t: number;
  raw: number;
  fromT: number | null;
  fromRaw: number;
  counted: number;
  verdict: string | null;
  provisional: boolean;
}

/** The referee by looking ahead: at each accepted reading the next usable ones are tried as RULES 6 says. */
export function refereed(
  samples: readonly Sample[],
  rules: { modulus: number | null; maxPerSecond: number | null; jitter: number },
  events: readonly number[],
): Booked[] {
  const list = samples
    .filter((s) => s.quality !== 'bad' && typeof s.value === 'number')
    .map((s) => ({ t: s.t, raw: s.value as number, unsure: s.quality === 'uncertain' }));
  const out: Booked[] = [];
  const first = list[0];
  if (!first) return out;
  const fine = (a: { t: number; raw: number }, b: { t: number; raw: number }) =>
    b.raw >= a.raw && (rules.maxPerSecond === null || b.raw - a.raw <= rules.maxPerSecond * ((b.t - a.t) / 1000));
  let p = { t: first.t, raw: first.raw };
  for (let i = 1; i < list.length; ) {
    const v = list[i]!;
    const put = (counted: number, verdict: string | null, unsure = v.unsure) =>
      out.push({ t: v.t, raw: v.raw, fromT: p.t, fromRaw: p.raw, counted, verdict, provisional: unsure });
    const next = list[i + 1];
    const back = v.raw < p.raw;
    if (fine(p, v)) {
      put(v.raw - p.raw, null);
      p = v;
      i += 1;
    } else if (back && p.raw - v.raw <= rules.jitter) {
      put(0, 'jitter');
      p = { t: v.t, raw: p.raw };
      i += 1;
    } else if (back && events.some((e) => Math.abs(e - v.t) <= 60_000)) {
      put(v.raw, 'resetAtOrder');
      p = v;
      i += 1;
    } else if (back && rules.modulus !== null && p.raw <= rules.modulus && rolls(p, v, rules)) {
      put(rules.modulus - p.raw + v.raw, 'rollover');
      p = v;
      i += 1;
    } else if (!next) {
      put(back ? v.raw : 0, back ? 'pendingReset' : 'pendingJump', true);
      i += 1;
    } else if (fine(p, next) || (next.raw < p.raw && p.raw - next.raw <= rules.jitter)) {
      put(0, 'glitch');
      i += 1;
    } else if (fine(v, next)) {
      put(back ? v.raw : 0, back ? 'reset' : 'preset');
      p = v;
      i += 1;
    } else {
      put(0, 'glitch');
      i += 1;
    }
  }
  return out;
}

function rolls(
  p: { t: number; raw: number },
  v: { t: number; raw: number },
  rules: { modulus: number | null; maxPerSecond: number | null },
): boolean {
  const counted = (rules.modulus ?? 0) - p.raw + v.raw;
  if (rules.maxPerSecond === null) return counted <= (rules.modulus ?? 0) / 2;
  return counted <= (rules.maxPerSecond * (v.t - p.t)) / 1000;
}

function deltas(samples: readonly Sample[]): Booked[] {
  return samples
    .filter((s) => s.quality !== 'bad')
    .map((s) => ({
      t: s.t,
      raw: s.value as number,
      fromT: null,
      fromRaw: 0,
      counted: Math.max(0, s.value as number),
      verdict: (s.value as number) < 0 ? 'glitch' : null,
      provisional: s.quality === 'uncertain',
    }));
}

/** The whole life of one machine, second by second from `origin` to `to`. */
interface Second {
  t: number;
  state: string;
  reason: string | null;
  product: string;
  order: string;
  unsure: boolean;
}

export class FactsOracle {
  readonly #plant: Plant;
  readonly #by: Map<string, Sample[]>;
  readonly #to: number;
  readonly #cuts: readonly number[];

  constructor(plant: Plant, samples: readonly Sample[], to: number, cuts: readonly number[] = []) {
    this.#plant = plant;
    this.#by = winners(samples);
    this.#to = to;
    this.#cuts = cuts;
  }

  #of(signal: string): Sample[] {
    return this.#by.get(signal) ?? [];
  }

  #held(signal: string, t: number): string {
    let value = '';
    for (const s of this.#of(signal)) {
      if (s.t > t) break;
      if (s.quality !== 'bad') value = s.value === null ? '' : String(s.value);
    }
    return value;
  }

  #orderEvents(m: Machine): number[] {
    const events: number[] = [];
    for (const what of ['product', 'order'] as const) {
      let value = '';
      for (const s of this.#of(`${m.id}.${what}`)) {
        if (s.quality === 'bad') continue;
        const now = s.value === null ? '' : String(s.value);
        if (now !== value) events.push(s.t);
        value = now;
      }
    }
    return events;
  }

  readonly #memo = new Map<string, unknown>();

  #once<T>(name: string, make: () => T): T {
    if (!this.#memo.has(name)) this.#memo.set(name, make());
    return this.#memo.get(name) as T;
  }

  booked(signal: string): Booked[] {
    return this.#once(`booked ${signal}`, () => this.#booked(signal));
  }

  #booked(signal: string): Booked[] {
    const [owner = '', what = ''] = signal.split('.');
    const m = this.#plant.machines.get(owner);
    if (m) {
      const config = m[what as 'total' | 'good' | 'reject' | 'cycles'];
      if (!config) return [];
      return config.kind === 'delta'
        ? deltas(this.#of(signal))
        : refereed(this.#of(signal), config, this.#orderEvents(m));
    }
    const config = this.#plant.meters.get(owner)?.[what as 'importWh' | 'exportWh' | 'importVarh'];
    if (!config) return [];
    const maxPerSecond = config.maxKw === null ? null : config.maxKw / 3.6 / config.scale;
    return refereed(this.#of(signal), { ...config, maxPerSecond }, []);
  }

  #stateAt(m: Machine, t: number): { state: string; unsure: boolean } {
    const { state } = m;
    if (!state) return { state: 'unknown', unsure: false };
    if (state.from === 'signal') {
      let last: Sample | null = null;
      for (const s of this.#of(`${m.id}.state`)) if (s.t <= t) last = s;
      if (!last || last.quality === 'bad' || last.value === null) return { state: 'unknown', unsure: false };
      return { state: String(last.value), unsure: last.quality === 'uncertain' };
    }
    if (state.from === 'power') return { state: this.#powerStateAt(m.id, state, t), unsure: false };
    return { state: this.#countStateAt(m, state.stoppedAfterSeconds * S, t), unsure: false };
  }

  /** The level at `t` counts once it has held; what held last before stays in force until then. */
  #powerStateAt(id: string, state: Extract<Machine['state'], { from: 'power' }>, t: number): string {
    const runs = this.#once(`runs ${id}`, () => this.#powerRuns(state));
    let now = 'unknown';
    for (const run of runs) {
      if (run.start > t) break;
      if (run.level === 'bad') now = 'unknown';
      else if (run.end - run.start >= state.holdSeconds * S) now = run.level;
    }
    return now;
  }

  #powerRuns(state: Extract<Machine['state'], { from: 'power' }>): { level: string; start: number; end: number }[] {
    const scale = this.#plant.meters.get(state.meter)?.powerW?.scale ?? 1;
    const runs: { level: string; start: number; end: number }[] = [];
    const list = this.#of(`${state.meter}.powerW`);
    for (const [i, s] of list.entries()) {
      const end = Math.min(list[i + 1]?.t ?? this.#to, Math.max(this.#to, s.t));
      const watts = (s.value as number) * scale;
      const level =
        s.quality === 'bad'
          ? 'bad'
          : watts > state.runningAboveWatts
            ? 'running'
            : watts > state.idleAboveWatts
              ? 'idle'
              : 'off';
      const top = runs[runs.length - 1];
      if (top && top.level === level) top.end = end;
      else runs.push({ level, start: s.t, end });
    }
    return runs;
  }

  #countStateAt(m: Machine, limit: number, t: number): string {
    const ordered = this.#once(`marks ${m.id}`, () => this.#countMarks(m));
    const i = ordered.findLastIndex(([at]) => at <= t);
    const mark = ordered[i];
    if (!mark || mark[1] === 'bad') return 'unknown';
    const next = ordered[i + 1]?.[0] ?? this.#to;
    return Math.min(next, Math.max(this.#to, mark[0])) - mark[0] > limit ? 'idle' : 'running';
  }

  #countMarks(m: Machine): [number, 'count' | 'bad'][] {
    const names = m.total ? ['total'] : m.cycles ? ['cycles'] : ['good', 'reject'].filter((n) => m[n as 'good']);
    const counts = new Set<number>();
    for (const name of names) for (const b of this.booked(`${m.id}.${name}`)) if (b.counted > 0) counts.add(b.t);
    const lead = this.#of(`${m.id}.${names[0]}`);
    const marks = new Map<number, 'count' | 'bad'>();
    for (const c of counts) marks.set(c, 'count');
    const times = [...new Set([...counts, ...lead.map((s) => s.t)])].sort((a, b) => a - b);
    let known = false;
    for (const at of times) {
      const reading = lead.find((s) => s.t === at);
      if (counts.has(at) || (reading && reading.quality !== 'bad' && !known)) {
        marks.set(at, 'count');
        known = true;
      } else if (reading?.quality === 'bad' && known) {
        marks.set(at, 'bad');
        known = false;
      }
    }
    return [...marks].sort((a, b) => a[0] - b[0]);
  }

  #origin(m: Machine): number {
    const own = ['state', 'total', 'good', 'reject', 'cycles', 'product', 'order', 'reason'].map((w) => `${m.id}.${w}`);
    if (m.state?.from === 'power') own.push(`${m.state.meter}.powerW`);
    // A delta was counted before its timestamp.
    const isDelta = (signal: string) => m[signal.slice(m.id.length + 1) as 'total']?.kind === 'delta';
    const first = Math.min(
      ...own.map((signal) => (this.#of(signal)[0]?.t ?? Number.POSITIVE_INFINITY) - (isDelta(signal) ? 1 : 0)),
    );
    return Math.floor(first / M) * M;
  }

  seconds(m: Machine): Second[] {
    return this.#once(`seconds ${m.id}`, () => this.#seconds(m));
  }

  #seconds(m: Machine): Second[] {
    const origin = this.#origin(m);
    const seconds: Second[] = [];
    if (!Number.isFinite(origin)) return seconds;
    let held: string | null = null;
    let before = 'unknown';
    const reasons = this.#of(`${m.id}.reason`).filter((s) => s.quality !== 'bad');
    const hold = m.reason?.hold ?? 'stop';
    for (let t = origin; t < this.#to; t += S) {
      const { state, unsure } = this.#stateAt(m, t);
      const given = reasons.find((s) => s.t === t);
      if (hold === 'stop' && (state === 'running' || before === 'running')) held = null;
      if (given && (hold === 'value' || state !== 'running')) held = given.value === null ? null : String(given.value);
      before = state;
      seconds.push({
        t,
        state,
        unsure,
        reason: state === 'running' || state === 'unknown' ? null : held,
        product: this.#held(`${m.id}.product`, t),
        order: this.#held(`${m.id}.order`, t),
      });
    }
    return seconds;
  }

  intervals(m: Machine): { start: number; end: number | null; state: string; reason: string | null }[] {
    const out: { start: number; end: number | null; state: string; reason: string | null }[] = [];
    for (const s of this.seconds(m)) {
      const top = out[out.length - 1];
      if (top && top.state === s.state && top.reason === s.reason) continue;
      if (top) top.end = s.t;
      out.push({ start: s.t, end: null, state: s.state, reason: s.reason });
    }
    return out;
  }

  /** Pieces of every minute, the open one included. */
  pieces(m: Machine): OraclePiece[] {
    const counts = new Map<string, Booked[]>();
    for (const what of ['total', 'good', 'reject', 'cycles']) counts.set(what, this.booked(`${m.id}.${what}`));
    const intervals = this.intervals(m);
    const out: OraclePiece[] = [];
    let open: { sec: Second; start: number; interval: number; unsure: boolean } | null = null;
    const close = (end: number) => {
      if (!open) return;
      const { sec, start, interval, unsure } = open;
      const inside = (what: string) => (counts.get(what) ?? []).filter((b) => b.t > start && b.t <= end);
      const sum = (what: string) => inside(what).reduce((n, b) => n + b.counted, 0);
      const perCycle = this.#plant.products.get(sec.product)?.activeCavities ?? 1;
      const total = m.total ? sum('total') : m.cycles ? sum('cycles') * perCycle : sum('good') + sum('reject');
      const good = m.good ? sum('good') : total - sum('reject');
      const reject = m.reject ? sum('reject') : total - good;
      const minute = Math.floor(start / M) * M;
      const same = (p: OraclePiece) => p.key.startsWith(`${m.id}|${minute}|${sec.state}|${sec.product}|${sec.order}|`);
      const slot = out.filter(same).length;
      const doubt = ['total', 'good', 'reject', 'cycles'].some((what) => inside(what).some((b) => b.provisional));
      out.push({
        key: `${m.id}|${minute}|${sec.state}|${sec.product}|${sec.order}|${slot}`,
        intervalStart: interval,
        start,
        end,
        totalCount: total,
        goodCount: good,
        rejectCount: reject,
        provisional: unsure || doubt,
      });
      open = null;
    };
    let i = 0;
    for (const sec of this.seconds(m)) {
      while (intervals[i + 1] && intervals[i + 1]!.start <= sec.t) i += 1;
      const interval = intervals[i]!.start;
      const o = open as { sec: Second; start: number; interval: number; unsure: boolean } | null;
      if (
        o &&
        (sec.t % M === 0 ||
          o.interval !== interval ||
          o.sec.product !== sec.product ||
          o.sec.order !== sec.order ||
          this.#cuts.includes(sec.t))
      ) {
        close(sec.t);
      }
      if (!open) open = { sec, start: sec.t, interval, unsure: false };
      open.unsure ||= sec.unsure;
    }
    close(this.#to);
    return out;
  }

  /** Energy of each second of a meter: import, export, varh, covered, estimated. */
  energy(meter: Meter): Map<number, { wh: number; out: number; varh: number; covered: boolean; estimated: boolean }> {
    const bySecond = new Map<number, { wh: number; out: number; varh: number; covered: boolean; estimated: boolean }>();
    const at = (t: number) => {
      const known = bySecond.get(t) ?? { wh: 0, out: 0, varh: 0, covered: false, estimated: false };
      bySecond.set(t, known);
      return known;
    };
    for (const what of ['importWh', 'exportWh', 'importVarh'] as const) {
      const config = meter[what];
      if (!config) continue;
      for (const b of this.booked(`${meter.id}.${what}`)) {
        if (b.fromT === null || b.verdict === 'glitch' || b.verdict === 'preset' || b.verdict === 'pendingJump')
          continue;
        const seconds = (b.t - b.fromT) / S;
        for (let t = b.fromT; t < b.t; t += S) {
          const second = at(t);
          const wh = (b.counted * config.scale) / seconds;
          if (what === 'importWh') second.wh += wh;
          if (what === 'exportWh') second.out += wh;
          if (what === 'importVarh') second.varh += wh;
          if (what === 'importWh' || !meter.importWh) second.covered = true;
          if (seconds > 60) second.estimated = true;
        }
      }
    }
    if (meter.powerW && !meter.importWh) this.#powerEnergy(meter, at);
    return bySecond;
  }

  #powerEnergy(
    meter: Meter,
    at: (t: number) => { wh: number; out: number; covered: boolean; estimated: boolean },
  ): void {
    const config = meter.powerW!;
    const list = this.#of(`${meter.id}.powerW`).filter((s) => s.quality !== 'bad');
    const gaps = list.slice(1).map((s, i) => s.t - list[i]!.t);
    for (let i = 1; i < list.length; i += 1) {
      const gap = gaps[i - 1]!;
      const window = i < 9 ? gaps.slice(0, 9) : gaps.slice(i - 9, i);
      const sorted = [...window].sort((a, b) => a - b);
      const median = sorted[Math.floor((sorted.length - 1) / 2)]!;
      const limit = config.maxGapSeconds === null ? Math.min(900 * S, 3 * median) : config.maxGapSeconds * S;
      if (gap > limit) continue;
      const [a, b] = [list[i - 1]!, list[i]!];
      const [wa, wb] = [(a.value as number) * config.scale, (b.value as number) * config.scale];
      for (let t = a.t; t < b.t; t += S) {
        const share = (t + S / 2 - a.t) / gap;
        const line = (x: number, y: number) => (config.integration === 'left' ? x : x + (y - x) * share);
        const second = at(t);
        second.wh += line(Math.max(0, wa), Math.max(0, wb)) / 3600;
        second.out += line(Math.max(0, -wa), Math.max(0, -wb)) / 3600;
        second.covered = true;
        if (gap > 60 * S) second.estimated = true;
      }
    }
  }

  meterPieces(meter: Meter): OracleMeterPiece[] {
    const seconds = this.energy(meter);
    const fed = [...new Set(meter.feeds.flatMap((v) => v.value.map((f) => f.machine)))];
    const spans: { key: string; start: number; end: number }[] = [];
    const times = [...seconds.keys()];
    const first = Math.floor(Math.min(...times) / M) * M;
    const bounds = (from: number, to: number) => [from, ...this.#cuts.filter((c) => c > from && c < to), to];
    const unknown = (owner: string, minute: number, from: number, to: number) => {
      const cut = bounds(from, to);
      for (let i = 0; i + 1 < cut.length; i += 1) {
        spans.push({ key: `${owner}|${minute}|unknown|||${i}`, start: cut[i]!, end: cut[i + 1]! });
      }
    };
    if (times.length === 0) return [];
    for (let minute = first; minute < this.#to; minute += M) {
      unknown(`${meter.id}|`, minute, minute, Math.min(minute + M, this.#to));
    }
    for (const id of fed) {
      const m = this.#plant.machines.get(id)!;
      const origin = this.#origin(m);
      for (let minute = first; minute < Math.min(origin, this.#to); minute += M) {
        unknown(`${meter.id}|${id}`, minute, minute, Math.min(minute + M, this.#to));
      }
      for (const p of this.pieces(m)) {
        const [, ...rest] = p.key.split('|');
        spans.push({ key: `${meter.id}|${id}|${rest.join('|')}`, start: p.start, end: p.end });
      }
    }
    return spans.flatMap(({ key, start, end }) => {
      const piece = { key, start, end, energyWh: 0, exportWh: 0, varh: 0, coveredSeconds: 0, estimated: false };
      let any = false;
      for (let t = start; t < end; t += S) {
        const s = seconds.get(t);
        if (!s) continue;
        any = true;
        piece.energyWh += s.wh;
        piece.exportWh += s.out;
        piece.varh += s.varh;
        if (s.covered) piece.coveredSeconds += 1;
        if (s.estimated) piece.estimated = true;
      }
      return any ? [piece] : [];
    });
  }

  events(signal: string): Booked[] {
    return this.booked(signal).filter((b) => b.verdict !== null && b.t <= Math.floor(this.#to / M) * M);
  }

  /** [minute, min, mean, max, last, covered seconds] of closed minutes. */
  condition(signal: string): number[][] {
    const list = this.#of(signal);
    const out: number[][] = [];
    if (list.length === 0) return out;
    for (let minute = Math.floor(list[0]!.t / M) * M; minute + M <= this.#to; minute += M) {
      const values: number[] = [];
      for (let t = minute; t < minute + M; t += S) {
        const s = list.findLast((x) => x.t <= t);
        if (s && s.quality !== 'bad') values.push(s.value as number);
      }
      if (values.length === 0) continue;
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      out.push([minute, Math.min(...values), mean, Math.max(...values), values[values.length - 1]!, values.length]);
    }
    return out;
  }
}
