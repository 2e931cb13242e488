import { describe, expect, it } from 'vitest';
import { createLoadForecast } from './load-forecast.ts';

const run = { id: 'm', doing: 'running', phase: 'shift' };
const stop = { id: 'm', doing: 'down', phase: 'shift' };
const always = () => 'shift';

/** A machine that runs 20 minutes at 100 kW and stands 10 at 10 kW, over and over. */
function taught(rounds: number) {
  const forecast = createLoadForecast();
  for (let i = 0; i < rounds * 30; i += 1) {
    const isRunning = i % 30 < 20;
    forecast.learn([{ ...(isRunning ? run : stop), kW: isRunning ? 100 : 10 }]);
  }
  return forecast;
}

describe('a forecast of a load', () => {
  it('knows nothing of what it never saw, and stays with what it saw a moment ago', () => {
    const forecast = createLoadForecast();
    expect(forecast.meanKw(run, 10, always)).toBeNull();
    forecast.learn([{ ...run, kW: 80 }]);
    expect(forecast.meanKw(run, 10, always)).toBeCloseTo(80, 6);
  });
  it('learns that a stop of such an age comes to an end', () => {
    const forecast = taught(60);
    for (let i = 0; i < 27; i += 1) forecast.learn([{ ...(i < 20 ? run : stop), kW: i < 20 ? 100 : 10 }]);
    // Three more minutes of standing, then it ran each time: the naive figure would be 10.
    expect(forecast.meanKw(stop, 15, always) ?? 0).toBeGreaterThan(50);
    expect(forecast.meanKw(stop, 1, always) ?? 0).toBeLessThan(45);
  });
  it('leaves a load without machines where it is', () => {
    const forecast = createLoadForecast();
    const rest = { id: 'rest', doing: '', phase: 'shift' };
    for (let i = 0; i < 3000; i += 1) forecast.learn([{ ...rest, kW: 30 + 10 * Math.sin(i / 500) }]);
    const now = 30 + 10 * Math.sin(2999 / 500);
    expect(forecast.meanKw(rest, 15, always) ?? 0).toBeCloseTo(now, 0);
  });
  it('goes by the calendar where a break begins', () => {
    const forecast = createLoadForecast();
    for (let i = 0; i < 2000; i += 1) {
      const isBreak = i % 100 >= 90;
      forecast.learn([
        { id: 'm', doing: isBreak ? 'idle' : 'running', phase: isBreak ? 'break' : 'shift', kW: isBreak ? 5 : 100 },
      ]);
    }
    for (let i = 0; i < 85; i += 1) forecast.learn([{ ...run, kW: 100 }]);
    const phaseIn = (k: number) => (k > 5 ? 'break' : 'shift');
    expect(forecast.meanKw(run, 15, phaseIn) ?? 0).toBeCloseTo((5 * 100 + 10 * 5) / 15, 0);
    expect(forecast.meanKw(run, 15, always) ?? 0).toBeGreaterThan(80);
  });
  it('does not learn across a hole in the readings', () => {
    const forecast = createLoadForecast();
    forecast.learn([{ ...run, kW: 100 }]);
    forecast.learn([]);
    forecast.learn([{ ...run, kW: 10 }]);
    expect(forecast.meanKw(run, 10, always)).toBeCloseTo(10, 6);
  });
});
