/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}

/** The known word that `word` was probably meant to be: a slip or two away, or a longer or shorter form; null where none is. */
export function nearest(word: string, known: Iterable<string>): string | null {
  const wanted = word.toLowerCase();
  if (wanted === '' || wanted.length > 80) return null;
  const words = [...known];
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of words) {
    const d = distance(wanted, candidate.toLowerCase());
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  if (best !== null || wanted.length < 3) return best;
  const forms = words.filter((candidate) => {
    const other = candidate.toLowerCase();
    return other.includes(wanted) || (other.length >= 3 && wanted.includes(other));
  });
  return forms.length === 1 ? (forms[0] ?? null) : null;
}

/** `; did you mean "filler"?`, or the list where it is short, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const words = [...known];
  const near = nearest(word, words);
  if (near !== null) return `; did you mean "${near}"?`;
  if (words.length > 0 && words.length <= 16) return `; known are ${words.map((w) => `"${w}"`).join(', ')}`;
  return '';
}
