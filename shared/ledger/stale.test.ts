import { describe, expect, it } from 'vitest';
import type { Entry } from './entry.ts';
import type { NewEntry } from './schema.ts';
import { changedSince } from './stale.ts';

const T = Date.UTC(2026, 5, 1, 10);
let seq = 0;
const made = (content: NewEntry, more: Partial<Entry> = {}): Entry =>
  ({ id: `e${++seq}`, seq, recordedAt: T, by: 'bob', device: 'B', ...content, ...more }) as Entry;
const jam = (at: number, machine = 'm1'): NewEntry => ({ type: 'stopReason', machine, at, reason: 'jam' });
const ask = (entries: readonly Entry[], entry: NewEntry, more = {}) =>
  changedSince(entries, { entry, basedOn: 0, device: 'A', stop: null, ...more }).map((e) => e.type);

describe('what changed since a person looked', () => {
  it('is what was said about the same stop, wherever in it', () => {
    const stop = { start: T, end: T + 600_000 };
    expect(ask([made(jam(T + 300_000))], jam(T), { stop })).toEqual(['stopReason']);
    expect(ask([made(jam(T + 900_000))], jam(T), { stop })).toEqual([]);
    expect(ask([made(jam(T, 'm2'))], jam(T), { stop })).toEqual([]);
    const slice = (from: number, to: number): NewEntry => ({
      type: 'stopReason',
      machine: 'm1',
      from,
      to,
      reason: 'x',
    });
    expect(ask([made(slice(T, T + 60_000))], jam(T + 500_000), { stop })).toEqual(['stopReason']);
    expect(ask([made(slice(T, T + 60_000))], slice(T + 60_000, T + 120_000))).toEqual([]);
    expect(ask([made({ type: 'merge', machine: 'm1', at: T })], slice(T, T + 60_000))).toEqual(['merge']);
  });

  it('is only what came after what they saw, and not what the same device entered', () => {
    const first = made(jam(T));
    const own = made(jam(T), { device: 'A' });
    expect(ask([first, own], jam(T), { basedOn: 1 })).toEqual([]);
    expect(ask([first, own], jam(T), { basedOn: 0 })).toEqual(['stopReason']);
    expect(ask([first, own], jam(T), { basedOn: 1, device: undefined })).toEqual(['stopReason']);
  });

  it('is a taking back of it too, and the taking back of something that was taken back', () => {
    const entry = made(jam(T));
    const back = made({ type: 'void', entry: entry.id });
    const seen = entry.seq;
    const list = [...Array.from({ length: seen - 1 }, () => made(jam(0, 'other'))), entry, back];
    expect(ask(list, jam(T), { basedOn: seen })).toEqual(['void']);
    expect(ask(list, { type: 'void', entry: entry.id }, { basedOn: seen })).toEqual(['void']);
  });

  it('is never scrap or a note: those add up', () => {
    const scrap: NewEntry = { type: 'scrap', machine: 'm1', at: T, count: 3 };
    const note: NewEntry = { type: 'note', machine: 'm1', at: T, text: 'x' };
    expect(ask([made(scrap), made(note)], scrap)).toEqual([]);
    expect(ask([made(scrap), made(note)], note)).toEqual([]);
  });

  it.each<[string, NewEntry, NewEntry, NewEntry]>([
    [
      'the order of a machine',
      { type: 'orderStart', machine: 'm1', at: T, order: 'A' },
      { type: 'orderFinish', machine: 'm1', at: T + 1, order: 'A' },
      { type: 'orderStart', machine: 'm2', at: T, order: 'A' },
    ],
    [
      'a register',
      { type: 'meterExchange', meter: 'x', at: T, oldFinal: 1, newStart: 0 },
      { type: 'meterExchange', meter: 'x', at: T + 1, oldFinal: 1, newStart: 0 },
      { type: 'meterExchange', meter: 'y', at: T, oldFinal: 1, newStart: 0 },
    ],
    [
      'a call',
      { type: 'andonAcknowledge', machine: 'm1', at: T, call: 'c' },
      { type: 'andonAcknowledge', machine: 'm1', at: T + 1, call: 'c' },
      { type: 'andonAcknowledge', machine: 'm1', at: T, call: 'd' },
    ],
    [
      'the shifts of a date',
      { type: 'calendarException', line: 'l', date: '2026-06-01', closed: true },
      { type: 'calendarException', line: 'l', date: '2026-06-01', closed: true },
      { type: 'calendarException', line: 'l', date: '2026-06-02', closed: true },
    ],
    [
      'a target',
      { type: 'target', machine: 'm1', at: T, targetOee: 0.8 },
      { type: 'target', machine: 'm1', at: T + 5, targetOee: 0.7 },
      { type: 'target', machine: 'm2', at: T, targetOee: 0.7 },
    ],
  ])('is what was said about %s', (_what, mine, same, other) => {
    expect(ask([made(same)], mine)).toEqual([same.type]);
    expect(ask([made(other)], mine)).toEqual([]);
  });
});
