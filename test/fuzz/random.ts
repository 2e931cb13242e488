/* Chance that can be had again: the same seed gives the same run. */

export interface Random {
  /** 0 <= n < below. */
  whole(below: number): number;
  bytes(length: number): Buffer;
  pick<T>(from: readonly [T, ...T[]]): T;
}

/** mulberry32: small and good enough to find crashes with. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (below: number) => Math.floor(next() * below);
  return {
    whole,
    bytes: (length) => Buffer.from(Array.from({ length }, () => whole(256))),
    pick: (from) => from[whole(from.length)] ?? from[0],
  };
}

/** A frame with a few things wrong: bits flipped, bytes taken out or put in, cut short, repeated. */
export function mutate(bytes: Buffer, random: Random): Buffer {
  let out = Buffer.from(bytes);
  for (let i = random.whole(4); i >= 0; i--) {
    const at = random.whole(Math.max(1, out.length));
    switch (random.whole(6)) {
      case 0:
        out[at] = (out[at] ?? 0) ^ (1 << random.whole(8));
        break;
      case 1:
        out = Buffer.concat([out.subarray(0, at), random.bytes(1 + random.whole(8)), out.subarray(at)]);
        break;
      case 2:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at + 1 + random.whole(4))]);
        break;
      case 3:
        out = out.subarray(0, at);
        break;
      case 4:
        out = Buffer.concat([out, out.subarray(at)]);
        break;
      default:
        out[at] = random.pick([0, 0x7f, 0x80, 0xff]);
    }
  }
  return out;
}
