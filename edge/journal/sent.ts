import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { ReplacedFact } from '#shared/oee/facts.ts';
import { type FactPlace, placeOf } from '#shared/store/fact-key.ts';
import type { Instant } from '#shared/time/instant.ts';

/*
 * The facts that this edge sent, as they stand: what a late sample replaces can be said after any restart, although the edge
 * reads no historian.
 *
 * - Written in the transaction that puts them into the outbox: what was sent is here, and nothing else.
 * - One row per key, the newest. Void ones stay: a key that came and went was there.
 * - Kept as far back as the samples are; what is older can never change. Of the intervals the one that was going on then stays.
 */
export interface SentFact extends Pick<ReplacedFact, 'kind' | 'fact'> {
  readonly knownFrom: Instant;
}

export interface SentFacts {
  find(kind: ReplacedFact['kind'], place: FactPlace): SentFact | null;
  /** Facts at or after `from`, and of every machine the interval that was going on then. */
  since(from: Instant): SentFact[];
  /** Highest revision ever written; 0 when there is none. */
  lastRevision(): number;
  /** Start of the newest minute of which anything was sent; null when there is none. */
  lastMinute(): Instant | null;
}

export interface SentFactsTable extends SentFacts {
  write(facts: readonly SentFact[]): void;
  forgetBefore(t: Instant): void;
}

export function openSentFacts(db: DatabaseSync): SentFactsTable {
  db.exec(`
    CREATE TABLE IF NOT EXISTS fact (
      kind TEXT NOT NULL, owner TEXT NOT NULL, t INTEGER NOT NULL, key TEXT NOT NULL,
      revision INTEGER NOT NULL, knownFrom INTEGER NOT NULL, content TEXT NOT NULL,
      PRIMARY KEY (kind, owner, t, key)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  `);
  const put = db.prepare(
    `INSERT INTO fact (kind, owner, t, key, revision, knownFrom, content) VALUES (?,?,?,?,?,?,?)
     ON CONFLICT DO UPDATE SET revision = excluded.revision, knownFrom = excluded.knownFrom, content = excluded.content
     WHERE excluded.revision >= revision`,
  );
  const raise = db.prepare(
    `INSERT INTO mark (name, value) VALUES ('lastRevision', ?)
     ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)`,
  );
  const one = db.prepare(
    'SELECT kind, knownFrom, content FROM fact WHERE kind = ? AND owner = ? AND t = ? AND key = ?',
  );
  /** A step from owner to owner along the key, not a look over every row. */
  const nextOwner = db.prepare(
    'SELECT kind, owner FROM fact WHERE (kind, owner) > (?, ?) ORDER BY kind, owner, t, key LIMIT 1',
  );
  const goingOn = db.prepare('SELECT max(t) AS t FROM fact WHERE kind = ? AND owner = ? AND t <= ?');
  const after = db.prepare(
    'SELECT kind, knownFrom, content FROM fact WHERE kind = ? AND owner = ? AND t >= ? ORDER BY t',
  );
  const newest = db.prepare('SELECT max(t) AS t FROM fact WHERE kind = ? AND owner = ?');
  const drop = db.prepare('DELETE FROM fact WHERE kind = ? AND owner = ? AND t < ?');

  function owners(): { kind: string; owner: string }[] {
    const found: { kind: string; owner: string }[] = [];
    for (let at = nextOwner.get('', ''); at; ) {
      const [kind, owner] = [String(at['kind']), String(at['owner'])];
      found.push({ kind, owner });
      at = nextOwner.get(kind, owner);
    }
    return found;
  }
  /** `t`, or for intervals the start of the one going on at `t`. */
  function reach(kind: string, owner: string, t: Instant): Instant {
    const start = kind === 'interval' ? goingOn.get(kind, owner, t)?.['t'] : null;
    return typeof start === 'number' ? start : t;
  }

  return {
    write(facts) {
      let last = 0;
      for (const { kind, fact, knownFrom } of facts) {
        const { owner, t, key } = placeOf({ kind, fact });
        put.run(kind, owner, t, key, fact.revision, knownFrom, JSON.stringify(fact));
        last = Math.max(last, fact.revision);
      }
      if (last > 0) raise.run(last);
    },
    find(kind, { owner, t, key }) {
      const row = one.get(kind, owner, t, key);
      return row ? readSent(row) : null;
    },
    since: (from) =>
      owners().flatMap(({ kind, owner }) => after.all(kind, owner, reach(kind, owner, from)).map(readSent)),
    lastRevision: () => Number(db.prepare("SELECT value FROM mark WHERE name = 'lastRevision'").get()?.['value'] ?? 0),
    lastMinute() {
      const minutes = owners()
        .filter(({ kind }) => kind === 'piece' || kind === 'meterPiece')
        .map(({ kind, owner }) => Number(newest.get(kind, owner)?.['t']));
      return minutes.length === 0 ? null : Math.max(...minutes);
    },
    forgetBefore(t) {
      for (const { kind, owner } of owners()) drop.run(kind, owner, reach(kind, owner, t));
    },
  };
}

function readSent(row: Record<string, SQLOutputValue>): SentFact {
  return {
    kind: String(row['kind']) as SentFact['kind'],
    fact: JSON.parse(String(row['content'])) as SentFact['fact'],
    knownFrom: Number(row['knownFrom']),
  };
}
