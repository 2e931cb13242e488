import { describe, expect, it } from 'vitest';
import { hasJumped } from './wake.ts';

const at = (wallMs: number, monotonicMs = wallMs) => ({ wallMs, monotonicMs });

describe('waking up', () => {
  it('is a wall clock that went on while the monotonic one stood still, and a clock that was set', () => {
    expect(hasJumped(at(0), at(3_600_000, 1_000))).toBe(true);
    expect(hasJumped(at(10_000_000, 0), at(6_400_000, 1_000))).toBe(true);
  });
  it('is a page that was frozen', () => expect(hasJumped(at(0), at(80_000))).toBe(true));
  it('is not the slow timer of a page in the background, nor a clock that is slewed', () => {
    expect(hasJumped(at(0), at(60_000))).toBe(false);
    expect(hasJumped(at(0), at(1_500, 1_000))).toBe(false);
  });
});
