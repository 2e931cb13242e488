/*
 * 52 bits that tell one fact from another. Two different facts of one key agree by chance once in 4.5e15.
 */
const word = new Float64Array(1);
const halves = new Uint32Array(word.buffer);

/** Of every field of a plain object but `revision`; numbers, strings, booleans and null. */
export function fingerprint(row: object): number {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (const name in row) {
    if (name === 'revision') continue;
    const value: unknown = (row as Readonly<Record<string, unknown>>)[name];
    if (typeof value === 'number') {
      word[0] = value;
      a = mix(a, halves[0] ?? 0);
      b = mix(b, halves[1] ?? 0);
      a = mix(a, halves[1] ?? 0);
      b = mix(b, halves[0] ?? 0);
    } else {
      const text = typeof value === 'string' ? value : `\u0000${String(value)}`;
      for (let i = 0; i < text.length; i += 1) {
        a = mix(a, text.charCodeAt(i));
        b = mix(b, text.charCodeAt(i) + i);
      }
      a = mix(a, text.length);
    }
  }
  return (a >>> 0) * 0x100000 + ((b >>> 0) >>> 12);
}

function mix(hash: number, data: number): number {
  let h = Math.imul(hash ^ data, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
