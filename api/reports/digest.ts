import { createHash } from 'node:crypto';
import type { ReportRow, ReportStream, ReportTail } from '#shared/report/model.ts';

/** A report whose figures are fingerprinted while they pass; `digest` is asked after `tail`. */
export interface DigestedReport extends ReportStream {
  digest(): string;
}

/**
 * The fingerprint is of figures alone: the same window asked later, with nothing changed in between, has the same one,
 * whatever the clock and the number of the newest entry.
 */
export function digested(stream: ReportStream): DigestedReport {
  const hash = createHash('sha256');
  let digest: string | null = null;
  async function* rows(): AsyncGenerator<ReportRow> {
    for await (const row of stream.rows) {
      hash.update(JSON.stringify(row));
      yield row;
    }
  }
  return {
    head: stream.head,
    rows: rows(),
    async tail() {
      const tail = await stream.tail();
      digest ??= hash.update(JSON.stringify(figuresIn(tail))).digest('base64url');
      return tail;
    },
    digest() {
      if (digest === null) throw new Error('a report has its digest when it has passed');
      return digest;
    },
  };
}

function figuresIn({ total, figures, tables, coverage }: ReportTail): unknown {
  return [total, figures.map((f) => [f.id, f.value]), tables.map((t) => [t.id, t.rows, t.total]), coverage];
}

/** The first row is worked out before this returns, so that what goes wrong is told before a file has begun. */
export async function begun(stream: ReportStream): Promise<ReportStream> {
  const source = stream.rows[Symbol.asyncIterator]();
  const first = await source.next();
  async function* rows(): AsyncGenerator<ReportRow> {
    for (let next = first; !next.done; next = await source.next()) yield next.value;
  }
  return { head: stream.head, rows: rows(), tail: () => stream.tail() };
}
