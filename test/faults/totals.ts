import type { Linewatt } from '../servers/linewatt.ts';
import type { PlantCounts } from '../servers/plant-truth.ts';

/** The one counter that starts again at 0 with each order: what it lost while nobody listened cannot be known. */
const RESETS_AT_ORDER = ['packer.total', 'packer.reject'];
/** The main register steps once a second and is read somewhere within that second, while the plant draws 260 kW at most. */
export const REGISTER_STEP_KWH = 260 / 3_600;

const ON_ITS_WAY_MS = 30_000;

interface Counts {
  readonly total: number;
  readonly good: number;
  readonly unscheduledTotal: number;
  readonly unscheduledGood: number;
}

interface Kpi {
  readonly items: readonly { readonly counts: Counts; readonly seconds: Readonly<Record<string, number>> }[];
}

/**
 * Where pieces of a machine or kWh of the plant between two whole minutes differ from its own counters, as sentences. What a
 * busy computer still has on its way is waited for: later minutes add nothing to a window that has ended.
 */
export async function totalsThatDiffer(
  plant: Linewatt,
  window: { readonly from: number; readonly to: number },
  before: PlantCounts,
  after: PlantCounts,
): Promise<string[]> {
  const deadline = Date.now() + ON_ITS_WAY_MS;
  for (;;) {
    const problems = await differences(plant, window, before, after);
    if (problems.length === 0 || Date.now() > deadline) return problems;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function differences(
  plant: Linewatt,
  window: { readonly from: number; readonly to: number },
  before: PlantCounts,
  after: PlantCounts,
): Promise<string[]> {
  const problems: string[] = [];
  const query = `from=${new Date(window.from).toISOString()}&to=${new Date(window.to).toISOString()}&by=total`;
  const { machines } = await plant.json<{ machines: { id: string }[] }>('/api/v1/plant');
  for (const { id } of machines) {
    const kind = ['total', 'cycles', 'good'].find((k) => before.has(`${id}.${k}`));
    const signal = `${id}.${kind}`;
    if (kind === undefined || kind === 'cycles' || RESETS_AT_ORDER.includes(signal)) continue;
    const delta = wrapped((after.get(signal) ?? 0) - (before.get(signal) ?? 0), id);
    const counted = (await plant.json<Kpi>(`/api/v1/kpi?scope=machine:${id}&${query}`)).items[0]?.counts;
    if (!counted) throw new Error(`machine:${id} has no figures`);
    const mine = kind === 'good' ? counted.good + counted.unscheduledGood : counted.total + counted.unscheduledTotal;
    if (mine !== delta) problems.push(`${signal}: counted ${mine}, the plant made ${delta}`);
  }
  const { items } = await plant.json<{ items: { kWh: number }[] }>(`/api/v1/energy?scope=meter:m-main&${query}`);
  const kWh = items.reduce((sum, item) => sum + item.kWh, 0);
  const used = ((after.get('m-main.importWh') ?? 0) - (before.get('m-main.importWh') ?? 0)) / 1000;
  if (Math.abs(kWh - used) >= REGISTER_STEP_KWH) problems.push(`m-main: ${kWh} kWh, the plant used ${used}`);
  return problems;
}

/** The labeller's counter has 16 bits; every other is wider than a test is long. */
function wrapped(delta: number, machine: string): number {
  return delta < 0 && machine === 'labeller' ? delta + 65_536 : delta;
}
