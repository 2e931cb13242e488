import { DatabaseSync } from 'node:sqlite';
import { emptyBatch, type MachinePiece, type StateInterval } from '#shared/oee/facts.ts';
import { openSqliteWriter } from '#shared/store/sqlite/writer.ts';
import { HOUR, type Instant, MINUTE, SECOND } from '#shared/time/instant.ts';

/* A SQLite historian with a month of facts for many machines, and the plant file that goes with it. */

/** June on the clocks of London. */
export const MONTH = { from: Date.UTC(2026, 4, 31, 23), to: Date.UTC(2026, 5, 30, 23) };
const LINES_OF = 10;
/** Machines whose month is really made; the others are copies under other names. */
const MADE = 10;
const PRODUCTS = ['A', 'B', 'C'];

export function monthPlant(machines: number): string {
  const lines = Array.from({ length: Math.ceil(machines / LINES_OF) }, (_, line) => ({
    id: `line${line}`,
    name: `Line ${line}`,
    area: 'Hall',
    calendar: 'three',
    machines: Array.from({ length: Math.min(LINES_OF, machines - line * LINES_OF) }, (_, k) => ({
      id: idOf(line * LINES_OF + k),
      idealCycleSeconds: 1,
      targetOee: 0.75,
      state: { source: 'plc', node: `ns=1;s=${idOf(line * LINES_OF + k)}`, map: { 1: 'running', 2: 'down' } },
      total: { source: 'plc', node: `ns=1;s=${idOf(line * LINES_OF + k)}.n` },
    })),
  }));
  const shift = (id: string, start: string, end: string, pause: string) => ({
    id,
    name: id,
    days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
    start,
    end,
    breaks: [{ start: pause, minutes: 30 }],
  });
  return JSON.stringify({
    version: 1,
    site: { id: 'bench', name: 'Bench', timezone: 'Europe/London', currency: 'EUR', locale: 'en-GB' },
    calendars: {
      three: {
        shifts: [
          shift('early', '06:00', '14:00', '10:00'),
          shift('late', '14:00', '22:00', '18:00'),
          shift('night', '22:00', '06:00', '02:00'),
        ],
      },
    },
    products: PRODUCTS.map((id) => ({ id, name: id, idealCycleSeconds: 1 })),
    reasons: [
      { id: 'jam', name: 'Jam', group: 'Mechanical', category: 'unplannedStop' },
      { id: 'changeover', name: 'Changeover', group: 'Planned', category: 'plannedStop' },
    ],
    sources: { plc: { type: 'opcua', endpoint: 'opc.tcp://127.0.0.1:1', securityMode: 'None', owner: 'Bench' } },
    lines,
  });
}

function idOf(n: number): string {
  return `m${String(n).padStart(4, '0')}`;
}

/** Makes the file reach from `have` to `machines` machines. Returns how many piece rows it then has. */
export async function growHistorian(file: string, have: number, machines: number): Promise<number> {
  const writer = openSqliteWriter(file);
  for (let n = have; n < Math.min(machines, MADE); n += 1) {
    const { intervals, pieces } = monthOf(idOf(n), n);
    await writer.write({ ...emptyBatch(), intervals, pieces });
  }
  await writer.close();
  const db = new DatabaseSync(file);
  db.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;');
  for (const table of ['machine_minute', 'state_interval', 'machine_day']) {
    const columns = db.prepare(`SELECT name FROM pragma_table_info('${table}')`).all();
    const rest = columns.map(({ name }) => `"${name}"`).filter((name) => name !== '"machine"');
    const copy = db.prepare(
      `INSERT INTO ${table} (machine, ${rest.join()}) SELECT ?, ${rest.join()} FROM ${table} WHERE machine = ?`,
    );
    for (let n = Math.max(have, MADE); n < machines; n += 1) copy.run(idOf(n), idOf(n % MADE));
  }
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const rows = Number(db.prepare('SELECT count(*) AS n FROM machine_minute').get()?.['n']);
  db.close();
  return rows;
}

/** Runs of minutes with short and long stops, a product every few hours. The same seed gives the same month. */
function monthOf(machine: string, seed: number): { intervals: StateInterval[]; pieces: MachinePiece[] } {
  let state = (seed + 1) * 2_654_435_761;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const intervals: StateInterval[] = [];
  const pieces: MachinePiece[] = [];
  let start = MONTH.from;
  let runs = true;
  while (start < MONTH.to) {
    const mean = runs ? 18 * MINUTE : random() < 0.7 ? 90 * SECOND : 15 * MINUTE;
    const end = Math.min(MONTH.to, start + (1 + Math.ceil((random() * 2 * mean) / SECOND)) * SECOND);
    const interval: StateInterval = {
      machine,
      start,
      end,
      state: runs ? 'running' : 'down',
      reason: runs ? null : random() < 0.6 ? 'jam' : null,
      revision: 1,
    };
    intervals.push(interval);
    pushPieces(pieces, interval, end);
    start = end;
    runs = !runs;
  }
  return { intervals, pieces };
}

function pushPieces(pieces: MachinePiece[], { machine, start: from, state }: StateInterval, to: Instant): void {
  for (let start = from; start < to; ) {
    const minute = Math.floor(start / MINUTE) * MINUTE;
    const end = Math.min(to, minute + MINUTE);
    const product = PRODUCTS[Math.floor(start / (5 * HOUR)) % PRODUCTS.length] ?? 'A';
    let slot = 0;
    for (let i = pieces.length - 1; pieces[i]?.minute === minute; i -= 1) if (pieces[i]?.state === state) slot += 1;
    const total = state === 'running' ? Math.floor((end - start) / SECOND) : 0;
    pieces.push({
      machine,
      minute,
      state,
      product,
      order: '',
      slot,
      intervalStart: from,
      start,
      end,
      totalCount: total,
      goodCount: Math.max(0, total - 1),
      rejectCount: Math.min(1, total),
      revision: 1,
    });
    start = end;
  }
}
