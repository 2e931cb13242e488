import type { Instant } from '#shared/time/instant.ts';
import type { StopMode } from './machine-spec.ts';
import { draw, drawBetween, drawDuration, drawExponential } from './random.ts';
import type { Machine, Station } from './station.ts';
import { jobOf, leavingSeconds, rawStateOf, WARM_SECONDS } from './station.ts';
import type { StopCause } from './stop-cause.ts';
import { SHARED_STOP_CODES } from './stop-cause.ts';

/** How long a station behind the constraint stands empty before it changes over. */
const RUN_EMPTY_SECONDS = 15;

/**
 * One machine, one second. The second [now - 1 s, now) is produced with the state it had; then what holds from `now` on is
 * decided. So a count stamped `now` belongs to the state that ended there, and a state change carries the instant `now`.
 */
export function stepStation(machine: Machine, now: Instant): void {
  const s = machine.station;
  if (s.phase === 'running') {
    const completed = produce(machine, now);
    s.runToStopSeconds -= 1;
    if (s.phase === 'running') decideStop(machine, completed, now);
  } else {
    s.phaseSeconds += 1;
    if (s.phase === 'stopped') decideRestart(machine, now);
    else if (s.phaseSeconds >= leavingSeconds(machine.looks[s.cause])) resume(machine, now);
  }
  if (machine.spec.badSensorEveryHours !== null) stepSensor(machine, machine.spec.badSensorEveryHours, now);
  const raw = rawStateOf(machine);
  if (raw !== s.rawState) {
    s.rawState = raw;
    s.stateAt = now;
    s.events += 1;
  }
}

/** Makes a second's worth of counts, as far as the conveyors before and behind allow. True if a count was completed. */
function produce(machine: Machine, now: Instant): boolean {
  const { spec, station: s, upstream, downstream } = machine;
  const job = jobOf(machine);
  s.progress += (spec.pace * speedOf(machine)) / (job.idealSeconds * s.cycleFactor);
  if (s.progress < 1) return false;

  let count = Math.floor(s.progress);
  if (upstream) count = Math.min(count, Math.floor(upstream.station.outPieces / spec.piecesPerCount));
  if (count === 0) return waitFor(machine, 'starved', now);
  if (downstream) {
    const room = (spec.bufferPieces ?? 0) - s.outPieces;
    count = Math.min(count, Math.floor(room / spec.piecesPerCount));
    if (count <= 0 || downstream.station.orderIndex < s.orderIndex) return waitFor(machine, 'blocked', now);
  }
  s.progress = Math.min(1, s.progress - count);
  if (spec.kind === 'cell') s.cycleFactor = draw(s) < 0.05 ? drawBetween(s, 1.3, 1.9) : drawBetween(s, 0.97, 1.04);

  let rejects = 0;
  const rejectShare = s.startupLeft > 0 ? spec.startup.rejectShare : spec.rejectShare;
  if (rejectShare > 0 && draw(s) < rejectShare * count) rejects = 1;
  if (s.startupLeft > 0) s.startupLeft -= count;

  if (upstream) upstream.station.outPieces -= count * spec.piecesPerCount;
  if (downstream) s.outPieces += (count - rejects) * spec.piecesPerCount;
  s.orderPiecesLeft -= count * job.cavities;
  s.total += count;
  s.totalAt = now;
  if (count > rejects) s.goodAt = now;
  if (rejects > 0) {
    s.reject += rejects;
    s.rejectAt = now;
  }
  return true;
}

/** Share of its pace: warming up, a slow spell, and the line's speed control, which avoids full and empty conveyors. */
function speedOf(machine: Machine): number {
  const { spec, station: s, upstream } = machine;
  let speed = 1;
  if (s.warmSeconds < WARM_SECONDS) {
    speed *= 0.75 + (0.25 * s.warmSeconds) / WARM_SECONDS;
    s.warmSeconds += 1;
  }
  if (spec.kind === 'cell') return speed;

  s.runToSlowSeconds -= 1;
  if (s.runToSlowSeconds <= 0) {
    s.runToSlowSeconds = drawExponential(s, 3000);
    s.slowSeconds = Math.floor(drawBetween(s, 120, 540));
    s.slowFactor = drawBetween(s, 0.74, 0.92);
  }
  if (s.slowSeconds > 0) {
    s.slowSeconds -= 1;
    speed *= s.slowFactor;
  }
  if (spec.bufferPieces !== null) {
    const full = s.outPieces / spec.bufferPieces;
    if (full > 0.6) speed *= 1 - (full - 0.6);
  }
  if (upstream?.spec.bufferPieces) {
    const full = upstream.station.outPieces / upstream.spec.bufferPieces;
    if (full < 0.4) speed *= 1 - (0.4 - full);
  }
  return speed;
}

function waitFor(machine: Machine, cause: 'starved' | 'blocked', now: Instant): false {
  machine.station.progress = 1;
  stop(machine, cause, SHARED_STOP_CODES[cause], 0, now);
  return false;
}

function decideStop(machine: Machine, completed: boolean, now: Instant): void {
  const { spec, station: s, halt } = machine;
  const atCycleEnd = completed || spec.kind === 'packml';
  if (atCycleEnd && orderIsDue(machine)) {
    startChangeover(machine, now);
  } else if (atCycleEnd && halt !== 'none') {
    startHalt(machine, halt, now);
  } else if (s.runToStopSeconds <= 0) {
    s.runToStopSeconds = drawExponential(s, 1 / machine.stopsPerSecond);
    const mode = drawMode(machine);
    stop(machine, mode.cause, mode.code, Math.round(drawDuration(s, ...mode.seconds)), now);
  }
}

function drawMode(machine: Machine): StopMode {
  let left = draw(machine.station) * machine.stopsPerSecond;
  let chosen: StopMode | undefined;
  for (const mode of machine.spec.modes) {
    chosen = mode;
    left -= 1 / mode.everySeconds;
    if (left < 0) break;
  }
  if (!chosen) throw new Error(`the demo's machine ${machine.spec.id} has no stop modes`);
  return chosen;
}

/**
 * Its own order is made; or the constraint has gone on to the next. A station behind the constraint first runs empty, and
 * waits a little: a counter that starts again with the order has then shown its last count for a while.
 */
function orderIsDue(machine: Machine): boolean {
  const { spec, station: s, pacer, upstream } = machine;
  if (!pacer) return false;
  if (pacer === machine) return s.orderPiecesLeft <= 0;
  if (s.orderIndex >= pacer.station.orderIndex) return false;
  if (upstream === null || isBefore(machine, pacer)) return true;
  const empty = upstream.station.orderIndex > s.orderIndex && upstream.station.outPieces < spec.piecesPerCount;
  return empty && s.phase === 'stopped' && s.phaseSeconds >= RUN_EMPTY_SECONDS;
}

function isBefore(machine: Machine, other: Machine): boolean {
  for (let m = machine.downstream; m; m = m.downstream) if (m === other) return true;
  return false;
}

function startChangeover(machine: Machine, now: Instant): void {
  const { spec, station: s, upstream } = machine;
  s.orderIndex += 1;
  s.orderAt = now;
  s.totalAtOrder = s.total;
  s.rejectAtOrder = s.reject;
  s.startupLeft = spec.startup.counts;
  s.warmSeconds = 0;
  if (resetsAtOrder(machine)) {
    s.totalAt = now;
    s.rejectAt = now;
  }
  if (spec.orderPieces) s.orderPiecesLeft = Math.floor(drawBetween(s, ...spec.orderPieces));
  // What is left of the old order is fewer than one case: the crew takes it off.
  if (upstream && machine.pacer !== machine && spec.piecesPerCount > 1) upstream.station.outPieces = 0;
  const [low, high] = spec.changeoverMinutes;
  stop(machine, 'changeover', SHARED_STOP_CODES.changeover, Math.round(drawBetween(s, low, high) * 60), now);
}

function resetsAtOrder({ spec: { counters } }: Machine): boolean {
  return counters.total?.resetsAtOrder === true || counters.reject?.resetsAtOrder === true;
}

function startHalt(machine: Machine, halt: StopCause, now: Instant): void {
  const s = machine.station;
  const overrunSeconds = Math.round(drawBetween(s, 0, halt === 'crewBreak' ? 150 : 400));
  if (halt === 'maintenance') s.wear = 0.05;
  stop(machine, halt, SHARED_STOP_CODES[halt], overrunSeconds, now);
}

export function stop(machine: Machine, cause: StopCause, code: number, seconds: number, now: Instant): void {
  const s = machine.station;
  s.phase = 'stopped';
  s.cause = cause;
  s.phaseSeconds = 0;
  s.leftSeconds = seconds;
  setCode(s, code, now);
}

function setCode(s: Station, code: number, now: Instant): void {
  if (s.stopCode === code) return;
  s.stopCode = code;
  s.codeAt = now;
  s.events += 1;
}

function decideRestart(machine: Machine, now: Instant): void {
  const { spec, station: s, upstream, downstream, halt } = machine;
  const waiting = s.cause === 'starved' || s.cause === 'blocked';
  if (waiting && orderIsDue(machine)) {
    startChangeover(machine, now);
  } else if (waiting && halt !== 'none') {
    startHalt(machine, halt, now);
  } else if (s.cause === 'starved') {
    if (!upstream || upstream.station.outPieces >= restartPieces(machine, upstream)) leave(s);
  } else if (s.cause === 'blocked') {
    const hasRoom = s.outPieces <= 0.7 * (spec.bufferPieces ?? 0);
    if (!downstream || (hasRoom && downstream.station.orderIndex >= s.orderIndex)) leave(s);
  } else if (halt !== s.cause) {
    s.leftSeconds -= 1;
    if (s.leftSeconds <= 0) leave(s);
  }
}

/** Enough to run for a while; at the end of an order, when no more will come, anything. */
function restartPieces({ spec, station }: Machine, upstream: Machine): number {
  if (upstream.station.orderIndex > station.orderIndex) return spec.piecesPerCount;
  return Math.max(spec.piecesPerCount, 0.25 * (upstream.spec.bufferPieces ?? 0));
}

function leave(s: Station): void {
  s.phase = 'leaving';
  if (s.phaseSeconds > 1800) s.warmSeconds = Math.min(s.warmSeconds, 240);
  s.phaseSeconds = 0;
}

function resume(machine: Machine, now: Instant): void {
  const s = machine.station;
  s.phase = 'running';
  s.cause = 'none';
  s.phaseSeconds = 0;
  setCode(s, 0, now);
}

function stepSensor(machine: Machine, everyHours: number, now: Instant): void {
  const s = machine.station;
  s.sensorSeconds -= 1;
  if (s.sensorSeconds > 0) return;
  s.sensorAt = now;
  s.events += 1;
  if (s.sensorBad === 0) {
    s.sensorBad = 1;
    s.frozenState = s.rawState;
    s.sensorSeconds = Math.round(drawBetween(s, 55, 150));
  } else {
    s.sensorBad = 0;
    s.sensorSeconds = drawExponential(s, everyHours * 3600);
  }
}
