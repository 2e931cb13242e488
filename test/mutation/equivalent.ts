import type { Mutant } from './weave.ts';

/*
 * Mutants that no test can tell from the original, each with the reason why. They are listed by their text, not by line, and are
 * counted apart: the score is given with them and without them.
 */

interface EquivalentFile {
  readonly file: string;
  readonly groups: readonly {
    readonly why: string;
    /** Original, replacement, and a part of the line where these alone are not enough. */
    readonly mutants: readonly (readonly [original: string, replacement: string, within?: string])[];
  }[];
}

const EQUIVALENT: readonly EquivalentFile[] = [
  {
    file: 'shared/signal/exchange.ts',
    groups: [
      {
        why: 'the list is empty before, and the order of what is added at once stays',
        mutants: [['parts.push', 'unshift']],
      },
    ],
  },
  {
    file: 'shared/signal/referee.ts',
    groups: [
      {
        why: 'a reading equal to the accepted one is plausible and never pending',
        mutants: [['pending.raw < p.raw', 'pending.raw <= p.raw']],
      },
      {
        why: 'an equal reading was plausible one line before',
        mutants: [['v.raw < p.raw', 'v.raw <= p.raw']],
      },
    ],
  },
  {
    file: 'shared/energy/attribute.ts',
    groups: [
      {
        why: 'a list of one version is in force whenever it begins',
        mutants: [
          ['0', '(-1)', 'feeds ?? [{ validFrom: 0'],
          ['0', '1', 'feeds ?? [{ validFrom: 0'],
        ],
      },
      {
        why: 'no item carries exported energy',
        mutants: [
          ['0', '1', 'exportWh: main?.exportWh ?? 0'],
          ['0', '(-1)', 'exportWh: main?.exportWh ?? 0'],
        ],
      },
      {
        why: 'past the end there is no piece, which ends the loop',
        mutants: [['i < machineRows.length', 'i <= machineRows.length']],
      },
      {
        why: 'past the end there is no span, which ends the loop',
        mutants: [['i < spans.length', 'i <= spans.length']],
      },
      {
        why: 'past the end there is no shift, which ends the loop',
        mutants: [['i < shifts.length', 'i <= shifts.length']],
      },
      {
        why: 'a later shift has no time in the row, so that nothing is pushed for it',
        mutants: [['!shift || shift.start >= row.end', '!shift && shift.start >= row.end']],
      },
      {
        why: 'a stretch without length has no cell',
        mutants: [['until <= at', 'until < at']],
      },
    ],
  },
  {
    file: 'shared/energy/baseline.ts',
    groups: [
      {
        why: 'the matrix is positive definite: the choice of the pivot decides rounding alone',
        mutants: [
          ['1', '2', 'let r = k + 1; r < size'],
          [
            'Math.abs(rows[r]?.[k] ?? 0) > Math.abs(rows[pivot]?.[k] ?? 0)',
            'Math.abs(rows[r]?.[k] ?? 0) <= Math.abs(rows[pivot]?.[k] ?? 0)',
          ],
          ['rows[pivot]?.[k] ?? 0', '0'],
          ['pivot = r;', ''],
        ],
      },
      {
        why: 'past the end there is no row, which is passed over',
        mutants: [['r < size', 'r <= size']],
      },
    ],
  },
  {
    file: 'shared/energy/bill-findings.ts',
    groups: [
      {
        why: 'there are more than twenty gaps there',
        mutants: [['gaps.at(-1)?.end ?? end', 'gaps.at(-1)?.end']],
      },
    ],
  },
  {
    file: 'shared/energy/carbon.ts',
    groups: [
      {
        why: 'a factor that begins at the end has no time in the window',
        mutants: [['f.from < to', 'f.from <= to']],
      },
    ],
  },
  {
    file: 'shared/energy/demand.ts',
    groups: [
      {
        why: 'only spares walking over rows that are over',
        mutants: [
          ['next = i + 1;', ''],
          ['1', '(0)', 'next = i + 1'],
        ],
      },
    ],
  },
  {
    file: 'shared/energy/exchange.ts',
    groups: [
      {
        why: 'a row that nothing changes is copied instead of kept',
        mutants: [['0', '(-1)', 'if (amount === 0 &&']],
      },
      {
        why: 'rows are sorted by time when they are read',
        mutants: [['bare.push', 'unshift']],
      },
      {
        why: 'a row made up while reading is never merged by revision',
        mutants: [
          ['0', '1', 'revision: 0'],
          ['0', '(-1)', 'revision: 0'],
        ],
      },
      {
        why: 'a row made up while reading is never merged by key',
        mutants: [
          ['0', '1', 'slot: 0'],
          ['0', '(-1)', 'slot: 0'],
        ],
      },
      {
        why: 'the row is there',
        mutants: [
          ['rows[first]?.start ?? found.start', 'rows[first]?.start'],
          ['rows[last]?.end ?? found.end', 'rows[last]?.end'],
        ],
      },
    ],
  },
  {
    file: 'shared/energy/meter-rows.ts',
    groups: [
      {
        why: 'only spares walking over rows that are over',
        mutants: [['next[k] ?? 0', '0']],
      },
      {
        why: 'what all terms cover is never more than what one does',
        mutants: [
          ['Math.min', 'max', 'commonSeconds / row.coveredSeconds'],
          ['1', '2', 'commonSeconds / row.coveredSeconds'],
        ],
      },
    ],
  },
  {
    file: 'shared/energy/peaks.ts',
    groups: [
      {
        why: 'the years of a billing period differ in their last digits',
        mutants: [['0', '1', '.slice(0, -3)']],
      },
      {
        why: 'a floor comes of a ratchet, which has a fraction',
        mutants: [
          ['1', '(0)', 'window.ratchet?.fraction ?? 1'],
          ['1', '2', 'window.ratchet?.fraction ?? 1'],
          ['window.ratchet?.fraction ?? 1', 'window.ratchet?.fraction'],
        ],
      },
    ],
  },
  {
    file: 'shared/energy/scope.ts',
    groups: [
      {
        why: 'one more look for a meter that there is not',
        mutants: [
          [
            'meter?.parent ?? meter?.sum?.find((term) => term.sign > 0)?.meter ?? null',
            'meter?.parent ?? meter?.sum?.find((term) => term.sign > 0)?.meter',
          ],
        ],
      },
    ],
  },
  {
    file: 'shared/energy/tariff.ts',
    groups: [
      {
        why: 'an instant always has a segment',
        mutants: [
          ["segment?.band ?? ''", 'segment?.band'],
          ['segment?.rate ?? null', 'segment?.rate'],
        ],
      },
      {
        why: 'a time of day has five characters',
        mutants: [['5', '6', 'clock.slice(3, 5)']],
      },
      {
        why: 'how much is worked out ahead changes no segment',
        mutants: [
          ['31', '32', 'const CHUNK_MS'],
          ['31', '(30)', 'const CHUNK_MS'],
        ],
      },
      {
        why: 'only spares walking over segments that are over',
        mutants: [['i + 1', 'i - 1', 'index = i + 1']],
      },
      {
        why: 'the next price begins no earlier than the end, which ends the loop',
        mutants: [['at < span.end', 'at <= span.end', 'i < prices.length']],
      },
    ],
  },
  {
    file: 'shared/oee/findings.ts',
    groups: [
      {
        why: 'there are spans where there are counts',
        mutants: [['spans[0]?.start ?? null', 'spans[0]?.start']],
      },
      {
        why: 'no span, no window: nothing lies in it',
        mutants: [
          ['0', '1', 'spans.at(-1)?.end ?? 0'],
          ['0', '(-1)', 'spans.at(-1)?.end ?? 0'],
        ],
      },
    ],
  },
  {
    file: 'shared/oee/judge.ts',
    groups: [
      {
        why: 'only spares looking it up again',
        mutants: [
          ['return known.value;', ''],
          ['Number.POSITIVE_INFINITY', 'NEGATIVE_INFINITY', 'ideals.set(product'],
        ],
      },
      {
        why: 'the share of no piece is not used',
        mutants: [['0', '(-1)', 'const share = piece && whole > 0']],
      },
      {
        why: 'a piece that begins at the end is empty when cut, and passed over',
        mutants: [['piece.start >= to', 'piece.start > to']],
      },
      {
        why: 'only spares filtering what needs none',
        mutants: [['clean', '!(clean)', 'const own = clean ?']],
      },
    ],
  },
  {
    file: 'shared/oee/line.ts',
    groups: [
      {
        why: 'a span that ends there shares no time with it',
        mutants: [['(placed[i] as LineSpan).end <= span.start', '(placed[i] as LineSpan).end < span.start']],
      },
    ],
  },
  {
    file: 'shared/oee/running-facts.ts',
    groups: [
      {
        why: 'nothing is greater than undefined, nor than -1 a revision',
        mutants: [['minute.get(key)?.revision ?? -1', 'minute.get(key)?.revision']],
      },
      {
        why: 'revisions are not negative',
        mutants: [['1', '2', '?.revision ?? -1']],
      },
      {
        why: 'before the first interval there is none, which is passed over',
        mutants: [
          ['0', '(-1)', 'Math.max(0, this.#indexAfter(from) - 1)'],
          ['0', '(-1)', 'while (first > 0 &&'],
        ],
      },
      {
        why: 'an interval more of what may matter is what judgement leaves out',
        mutants: [['to - 1', 'to + 1']],
      },
    ],
  },
  {
    file: 'shared/oee/running.ts',
    groups: [
      {
        why: 'a block more is judged anew',
        mutants: [['block < end', 'block <= end']],
      },
    ],
  },
  {
    file: 'shared/oee/target.ts',
    groups: [
      {
        why: 'only whether there is a point is asked, and there is',
        mutants: [
          ['-1', '1', 'const last = points.at(-1)'],
          ['1', '(0)', 'const last = points.at(-1)'],
        ],
      },
    ],
  },
];

/** Why nothing can tell this mutant; null where something should. `lineText`: the line that it is on. */
export function whyEquivalent(mutant: Mutant, lineText: string): string | null {
  const groups = EQUIVALENT.find((e) => e.file === mutant.file)?.groups ?? [];
  const same = groups.find(({ mutants }) =>
    mutants.some(
      ([original, replacement, within = '']) =>
        original === mutant.original && replacement === mutant.replacement && lineText.includes(within),
    ),
  );
  return same?.why ?? null;
}
