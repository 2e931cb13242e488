import { draw } from './random.ts';
import type { Machine } from './station.ts';

/** Seconds of running in which a spindle wears from new to alarming. */
const LIFE_SECONDS = 115 * 3600;

/** Vibration in mm/s and temperature in degrees Celsius: they follow the machine's running with a lag, and its wear. */
export function stepConditions({ station: s }: Machine): void {
  const running = s.phase === 'running';
  if (running) s.wear = Math.min(1.15, s.wear + 1 / LIFE_SECONDS);
  const vibration = running ? 1.6 + 4.2 * s.wear * s.wear : 0.25;
  s.vibration += (vibration - s.vibration) / 15 + (draw(s) - 0.5) * (running ? 0.16 : 0.02);
  if (s.vibration < 0) s.vibration = 0;
  const temperature = running ? 44 + 14 * s.wear : 22;
  s.temperatureC += (temperature - s.temperatureC) / 900 + (draw(s) - 0.5) * 0.04;
}
