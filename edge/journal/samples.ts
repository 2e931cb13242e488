import type { DatabaseSync } from 'node:sqlite';
import type { Quality, RawReading, Sample } from '#shared/signal/sample.ts';

/* Samples as rows: the columns of a sample, and as text what the source said where a map made the value of it. */

export function prepareSamples(db: DatabaseSync) {
  return {
    addSignal: db.prepare('INSERT INTO signal (name) VALUES (?) RETURNING id'),
    add: db.prepare('INSERT INTO sample (signal, t, received, value, quality, id, raw) VALUES (?,?,?,?,?,?,?)'),
    addBatch: db.prepare('INSERT INTO batch (facts) VALUES (?)'),
    setCheckpoint: db.prepare(
      `INSERT INTO checkpoint (id, state, sampleSeq) VALUES (1, ?, (SELECT coalesce(max(seq), 0) FROM sample))
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, sampleSeq = max(sampleSeq, excluded.sampleSeq)`,
    ),
    between: db.prepare('SELECT * FROM sample WHERE signal = ? AND t >= ? AND t < ? ORDER BY t, seq'),
    lastBefore: db.prepare('SELECT * FROM sample WHERE signal = ? AND t < ? ORDER BY t DESC, seq DESC LIMIT 1'),
    lastUsableBefore: db.prepare(
      "SELECT * FROM sample WHERE signal = ? AND t < ? AND quality <> 'bad' ORDER BY t DESC, seq DESC LIMIT 1",
    ),
    arrived: db.prepare(
      `SELECT sample.*, signal.name FROM sample JOIN signal ON signal.id = sample.signal
       WHERE sample.seq > ? ORDER BY sample.seq LIMIT ?`,
    ),
  };
}

/** Every sample of a journal file in the order of arrival; also of one that an older version made. */
export function* arrivedSamples(db: DatabaseSync): Generator<Sample> {
  const arrived = db.prepare(
    'SELECT sample.*, signal.name FROM sample JOIN signal ON signal.id = sample.signal ORDER BY sample.seq',
  );
  for (const row of arrived.iterate()) yield readSample(row);
}

/** `signal`: its name, where the row does not say it. */
export function readSample(row: Readonly<Record<string, unknown>>, signal = String(row['name'])): Sample {
  const { id, raw } = row;
  return {
    t: Number(row['t']),
    signal,
    value: row['value'] as Sample['value'],
    quality: row['quality'] as Quality,
    received: Number(row['received']),
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof raw === 'string' ? { raw: JSON.parse(raw) as RawReading } : {}),
  };
}

export function rawText({ raw }: Sample): string | null {
  return raw === undefined ? null : JSON.stringify(raw);
}

/** Values of samples whose raw reading was kept, made again. */
export function rereadSamples(db: DatabaseSync, reread: (sample: Sample) => Sample | null): void {
  const kept = db.prepare(
    `SELECT sample.*, signal.name FROM sample JOIN signal ON signal.id = sample.signal
     WHERE sample.raw IS NOT NULL AND sample.seq > ? ORDER BY sample.seq LIMIT 5000`,
  );
  const update = db.prepare('UPDATE sample SET value = ?, quality = ? WHERE seq = ?');
  for (let rows = kept.all(0); rows.length > 0; rows = kept.all(Number(rows.at(-1)?.['seq']))) {
    for (const row of rows) {
      const was = readSample(row);
      const now = reread(was);
      if (!now || (Object.is(now.value, was.value) && now.quality === was.quality)) continue;
      update.run(now.value, now.quality, Number(row['seq']));
    }
  }
}
