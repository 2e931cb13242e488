/*
 * What loads will draw in the next minutes, learned from what they drew before.
 *
 * - A load is a meter's own part. Its class is what its machines do and for how long; of a load without machines there is one.
 * - Per class and horizon: a straight line from its mean of the last minutes to its mean over the horizon, with old minutes
 *   forgotten. So a machine in mid-stop goes towards what such stops turned into, and a building stays where it is.
 * - A class that was hardly seen leans on persistence: without any past this is the naive extrapolation.
 * - Where the calendar says that a load's phase changes (a break begins, a shift ends), the time behind it goes by what the load
 *   drew in that phase.
 * - Minutes come in order, whole, one per load. No clock and no chance: the same minutes give the same forecast.
 */

/** Minutes ahead, each learned by itself; between two the nearer ones share. */
const HORIZONS = [1, 2, 3, 5, 8, 12, 16, 20, 25, 30, 45, 60];
const LONGEST = 60;
/** Mean of this many minutes is what a load draws now. */
const RECENT = 5;
/** Minutes in a class after which it is another: a stop of 20 minutes ends differently than one of 2. */
const AGES = [2, 6, 20];
/** A minute's weight halves in about four days. */
const KEEP = 0.99988;
/** As many minutes of persistence stand against what a class has learned. */
const PRIOR = 25;

export interface LoadNow {
  readonly id: string;
  /** What its machines do, as text; '' where it has none. */
  readonly doing: string;
  /** What the calendar says of them: `shift`, `break`, `off`. */
  readonly phase: string;
}

export interface LoadMinute extends LoadNow {
  readonly kW: number;
}

export interface LoadForecast {
  /** One whole minute. A load that is missing in it was not measured. */
  learn(loads: readonly LoadMinute[]): void;
  /**
   * Mean kW of a load over the next `minutes`. `phaseIn(k)` is its phase k minutes ahead (0 = now). Null for one that was
   * never seen.
   */
  meanKw(load: LoadNow, minutes: number, phaseIn: (k: number) => string): number | null;
  /** Minutes learned from. */
  readonly minutes: number;
}

interface Line {
  n: number;
  x: number;
  y: number;
  xx: number;
  xy: number;
}

interface Load {
  /** Newest last, at most LONGEST + RECENT. */
  readonly past: { readonly kW: number; readonly key: string; readonly phase: string; readonly recent: number }[];
  readonly lines: Map<string, Line[]>;
  readonly phases: Map<string, { n: number; kW: number }>;
  doing: string;
  age: number;
  seenAt: number;
}

export function createLoadForecast(): LoadForecast {
  const loads = new Map<string, Load>();
  let minutes = 0;

  return {
    get minutes() {
      return minutes;
    },
    learn(list) {
      minutes += 1;
      for (const given of list) {
        const load = loadOf(given.id);
        // A hole in the readings begins a new past: what lies on either side of it does not follow from the other.
        if (load.seenAt !== minutes - 1) load.past.length = 0;
        load.seenAt = minutes;
        load.age = given.doing === load.doing ? load.age + 1 : 0;
        load.doing = given.doing;
        learnFrom(load, given);
      }
    },
    meanKw(given, ahead, phaseIn) {
      const load = loads.get(given.id);
      if (!load || load.past.length === 0 || ahead <= 0) return null;
      const recent = recentOf(load);
      const age = given.doing === load.doing ? load.age : 0;
      const key = keyOf({ ...given, age });
      const phase = phaseIn(0);
      let same = 0;
      while (same < Math.ceil(ahead) && phaseIn(same + 1) === phase) same += 1;
      const within = Math.min(ahead, same);
      const first = within > 0 ? expected(load, key, recent, within) : 0;
      let sum = first * within;
      for (let k = within; k < ahead; k += 1) {
        const known = load.phases.get(phaseIn(Math.floor(k) + 1));
        const kW = known && known.n > PRIOR ? known.kW / known.n : recent;
        sum += kW * Math.min(1, ahead - k);
      }
      return sum / ahead;
    },
  };

  function loadOf(id: string): Load {
    let load = loads.get(id);
    if (!load) {
      load = { past: [], lines: new Map(), phases: new Map(), doing: '', age: 0, seenAt: -1 };
      loads.set(id, load);
    }
    return load;
  }
}

function keyOf({
  doing,
  phase,
  age,
}: {
  readonly doing: string;
  readonly phase: string;
  readonly age: number;
}): string {
  return doing === '' ? phase : `${doing} ${phase} ${AGES.findLastIndex((limit) => age >= limit)}`;
}

function recentOf({ past }: Load): number {
  const last = past.slice(-RECENT);
  return last.reduce((sum, minute) => sum + minute.kW, 0) / last.length;
}

function learnFrom(load: Load, { kW, phase, doing }: LoadMinute): void {
  const { past, phases } = load;
  const known = phases.get(phase) ?? { n: 0, kW: 0 };
  phases.set(phase, { n: known.n * KEEP + 1, kW: known.kW * KEEP + kW });
  past.push({ kW, key: keyOf({ doing, phase, age: load.age }), phase, recent: 0 });
  const newest = past.at(-1);
  if (newest) past[past.length - 1] = { ...newest, recent: recentOf(load) };
  if (past.length > LONGEST + 1) past.shift();
  let sum = 0;
  let at = 0;
  for (let h = 0; h < HORIZONS.length; h += 1) {
    const horizon = HORIZONS[h] ?? 1;
    const from = past[past.length - 1 - horizon];
    if (!from || from.phase !== phase) break;
    for (; at < horizon; at += 1) sum += past[past.length - 1 - at]?.kW ?? 0;
    addPoint(lineOf(load, from.key, h), from.recent, sum / horizon);
  }
}

function lineOf(load: Load, key: string, horizon: number): Line {
  let lines = load.lines.get(key);
  if (!lines) {
    lines = HORIZONS.map(() => ({ n: 0, x: 0, y: 0, xx: 0, xy: 0 }));
    load.lines.set(key, lines);
  }
  return lines[horizon] ?? { n: 0, x: 0, y: 0, xx: 0, xy: 0 };
}

function addPoint(line: Line, x: number, y: number): void {
  line.n = line.n * KEEP + 1;
  line.x = line.x * KEEP + x;
  line.y = line.y * KEEP + y;
  line.xx = line.xx * KEEP + x * x;
  line.xy = line.xy * KEEP + x * y;
}

/** Mean over the next `minutes` in the class; between two horizons by their distance. */
function expected(load: Load, key: string, recent: number, minutes: number): number {
  const above = HORIZONS.findIndex((horizon) => horizon >= minutes);
  if (above < 0) return predicted(load, key, HORIZONS.length - 1, recent);
  const upper = HORIZONS[above] ?? minutes;
  if (above === 0 || upper === minutes) return predicted(load, key, above, recent);
  const lower = HORIZONS[above - 1] ?? upper;
  const share = (minutes - lower) / (upper - lower);
  return predicted(load, key, above - 1, recent) * (1 - share) + predicted(load, key, above, recent) * share;
}

function predicted(load: Load, key: string, horizon: number, recent: number): number {
  const line = load.lines.get(key)?.[horizon];
  if (!line || line.n < 1) return recent;
  const meanX = line.x / line.n;
  const meanY = line.y / line.n;
  const variance = line.xx / line.n - meanX * meanX;
  const covariance = line.xy / line.n - meanX * meanY;
  // Slopes outside 0..1 are of noise: a load neither runs away from nor turns against what it draws.
  const slope = variance > 1e-6 ? Math.min(1, Math.max(0, covariance / variance)) : 0;
  const learned = meanY + slope * (recent - meanX);
  const weight = line.n / (line.n + PRIOR);
  return weight * learned + (1 - weight) * recent;
}
