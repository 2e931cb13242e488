import { describe, expect, it } from 'vitest';
import type { Sample } from '#shared/signal/sample.ts';
import { createContactGuard } from './contact.ts';

const isState = (signal: string) => signal.endsWith('.state');
const sample = (t: number, received: number, signal = 'm.state'): Sample => ({
  t,
  signal,
  value: 'running',
  quality: 'good',
  received,
});

describe('the contact guard', () => {
  it('counts a value held since before we began from its arrival, and later ones from their own time', () => {
    const guard = createContactGuard(isState, 10_000);
    expect(guard.admit(sample(3000, 10_400)).t).toBe(10_400);
    expect(guard.admit(sample(10_200, 10_500)).t).toBe(10_200);
    expect(guard.admit(sample(4000, 10_600)).t).toBe(4000);
  });

  it('makes a machine unknown from the last contact to the change that happened meanwhile', () => {
    const guard = createContactGuard(isState, 0);
    guard.admit(sample(5000, 5100));
    expect(guard.lose(['m.state', 'm.total'], 9000, 12_000)).toEqual([
      { t: 9000, signal: 'm.state', value: null, quality: 'bad', received: 12_000 },
    ]);
    expect(guard.admit(sample(11_000, 15_000)).t).toBe(11_000);
  });

  it('makes it unknown up to the arrival when the value is the old one', () => {
    const guard = createContactGuard(isState, 0);
    guard.admit(sample(5000, 5100));
    guard.lose(['m.state'], 9000, 12_000);
    expect(guard.admit(sample(5000, 15_000)).t).toBe(15_000);
  });

  it('never replaces the last state by the unknown that follows it', () => {
    const guard = createContactGuard(isState, 0);
    guard.admit(sample(9000, 9000));
    expect(guard.lose(['m.state'], 9000, 12_000)[0]!.t).toBe(9001);
  });

  it('takes floors over from the run before', () => {
    const guard = createContactGuard(isState, 20_000, new Map([['m.state', 8000]]));
    expect(guard.admit(sample(7000, 20_500)).t).toBe(20_500);
    expect(guard.admit(sample(9000, 20_500, 'n.state')).t).toBe(20_500);
    const other = createContactGuard(isState, 20_000, new Map([['m.state', 8000]]));
    expect(other.admit(sample(9000, 20_500)).t).toBe(9000);
  });

  it('takes a loss back where nothing was lost', () => {
    const guard = createContactGuard(isState, 0);
    guard.admit(sample(5000, 5100));
    guard.lose(['m.state', 'm.total'], 9000, 12_000);
    expect(guard.bridge(['m.state', 'm.total'], 14_000)).toEqual([
      { ...sample(5000, 5100), t: 9000, received: 14_000 },
    ]);
    expect(guard.bridge(['m.state'], 14_500)).toEqual([]);
    expect(guard.admit(sample(8500, 14_100)).t).toBe(8500);
  });

  it('bridges a loss that was told twice from its beginning', () => {
    const guard = createContactGuard(isState, 0);
    guard.admit(sample(5000, 5100));
    guard.lose(['m.state'], 9000, 12_000);
    expect(guard.lose(['m.state'], 13_000, 13_500)).toEqual([]);
    expect(guard.bridge(['m.state'], 14_000)[0]!.t).toBe(9000);
  });
});
