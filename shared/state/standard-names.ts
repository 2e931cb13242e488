import type { StatePreset } from './presets.ts';

/*
 * What a node is, judged by its name alone: first the names of standards, then words that controllers use. A guess for
 * `linewatt browse`, always shown with its reason; nothing else in the product believes it.
 */

export type Role =
  | 'state'
  | 'total'
  | 'good'
  | 'reject'
  | 'cycles'
  | 'product'
  | 'order'
  | 'reason'
  | 'importWh'
  | 'exportWh'
  | 'importVarh'
  | 'powerW'
  | 'condition';

export interface NameGuess {
  readonly role: Role;
  /** Where the name comes from, or which word gave it away. */
  readonly why: string;
  readonly preset: StatePreset | null;
  /** Higher is better: the name of a standard before a word; of two registers the precise one. */
  readonly rank: number;
}

interface StandardName {
  readonly name: string;
  readonly role: Role;
  readonly standard: string;
  readonly preset?: StatePreset;
  readonly rank?: number;
}

const PACKML = 'PackML (OPC 30050)';
const MACHINERY = 'OPC 40001-1';
const JOBS = 'OPC 40001-3 (jobs)';
const ENERGY = 'OPC 34100 (energy)';
const EUROMAP = 'EUROMAP 77/83';
const MTCONNECT = 'MTConnect';

const STANDARD: readonly StandardName[] = [
  { name: 'StateCurrent', role: 'state', standard: PACKML, preset: 'packml' },
  { name: 'ProdProcessedCount', role: 'total', standard: PACKML },
  { name: 'ProdDefectiveCount', role: 'reject', standard: PACKML },
  { name: 'StopReason', role: 'reason', standard: PACKML },
  { name: 'MachineryItemState', role: 'state', standard: MACHINERY, preset: 'opc40001' },
  { name: 'JobOrderID', role: 'order', standard: JOBS },
  { name: 'JobOrderId', role: 'order', standard: JOBS },
  { name: 'ProducedQuantity', role: 'total', standard: JOBS },
  { name: 'GoodQuantity', role: 'good', standard: JOBS },
  { name: 'ScrapQuantity', role: 'reject', standard: JOBS },
  { name: 'ProductionStatus', role: 'state', standard: EUROMAP, preset: 'euromap' },
  { name: 'JobCycleCounter', role: 'cycles', standard: EUROMAP },
  { name: 'JobPartsCounter', role: 'total', standard: EUROMAP },
  { name: 'JobGoodPartsCounter', role: 'good', standard: EUROMAP },
  { name: 'JobBadPartsCounter', role: 'reject', standard: EUROMAP },
  { name: 'StandstillReasonId', role: 'reason', standard: EUROMAP },
  { name: 'JobName', role: 'order', standard: EUROMAP },
  { name: 'Material', role: 'product', standard: EUROMAP },
  { name: 'Execution', role: 'state', standard: MTCONNECT, preset: 'mtconnect' },
  { name: 'PartCount', role: 'total', standard: MTCONNECT },
  { name: 'PART_COUNT', role: 'total', standard: MTCONNECT },
  { name: 'AcActiveEnergyTotalImportHp', role: 'importWh', standard: ENERGY, rank: 12 },
  // Float32: at 16.8 MWh its smallest step is 2 Wh.
  { name: 'AcActiveEnergyTotalImportLp', role: 'importWh', standard: ENERGY },
  { name: 'AcActiveEnergyTotalExportHp', role: 'exportWh', standard: ENERGY, rank: 12 },
  { name: 'AcActiveEnergyTotalExportLp', role: 'exportWh', standard: ENERGY },
  { name: 'AcReactiveEnergyTotalImportHp', role: 'importVarh', standard: ENERGY, rank: 12 },
  { name: 'AcReactiveEnergyTotalImportLp', role: 'importVarh', standard: ENERGY },
  { name: 'AcActivePowerTotal', role: 'powerW', standard: ENERGY },
];

const STANDARD_RANK = 10;

/** Words in a name, in the order in which they win: "RejectTotal" is a reject, "JobState" a state. */
const WORDS: readonly { readonly role: Role; readonly words: readonly string[] }[] = [
  {
    role: 'reason',
    words: [
      'stopcode',
      'stopreason',
      'alarmcode',
      'faultcode',
      'errorcode',
      'downtimereason',
      'stop code',
      'stop reason',
    ],
  },
  { role: 'reject', words: ['reject', 'rejects', 'rejected', 'scrap', 'bad', 'defect', 'defective', 'nok', 'waste'] },
  { role: 'good', words: ['good', 'ok', 'accepted'] },
  { role: 'importVarh', words: ['varh', 'kvarh', 'reactive energy'] },
  { role: 'exportWh', words: ['export wh', 'export kwh', 'energy export', 'export energy'] },
  { role: 'importWh', words: ['wh', 'kwh', 'mwh', 'energy', 'energywh', 'energykwh'] },
  { role: 'powerW', words: ['power', 'powerw', 'powerkw', 'watt', 'watts', 'kw', 'active power'] },
  { role: 'cycles', words: ['cycles', 'cyclecount', 'cycle count', 'cycle counter', 'strokes', 'shots'] },
  { role: 'total', words: ['total', 'count', 'counter', 'pieces', 'parts', 'produced', 'units', 'output', 'bottles'] },
  { role: 'state', words: ['state', 'status', 'machinestate', 'mode'] },
  { role: 'product', words: ['product', 'recipe', 'article', 'material', 'sku', 'program'] },
  { role: 'order', words: ['order', 'workorder', 'batch', 'lot', 'job'] },
  {
    role: 'condition',
    words: ['vibration', 'vib', 'temperature', 'temp', 'pressure', 'torque', 'level', 'flow', 'speed'],
  },
];

/** Null for a name that says nothing. `mode` alone, setpoints and limits are no signals. */
export function guessByName(name: string): NameGuess | null {
  const standard = STANDARD.find((known) => known.name === name);
  if (standard) {
    const { role, preset = null, rank = STANDARD_RANK } = standard;
    return { role, why: `named ${name} as in ${standard.standard}`, preset, rank };
  }
  const words = wordsOf(name);
  if (words.some((word) => NOT_A_SIGNAL.has(word))) return null;
  const phrase = ` ${words.join(' ')} `;
  for (const { role, words: known } of WORDS) {
    const word = known.find((candidate) => phrase.includes(` ${candidate} `));
    if (word) return { role, why: `"${word}" in its name`, preset: null, rank: words.length === 1 ? 2 : 1 };
  }
  return null;
}

const NOT_A_SIGNAL = new Set([
  'setpoint',
  'sp',
  'limit',
  'max',
  'min',
  'cmd',
  'command',
  'request',
  'target',
  'design',
  'reset',
  'enable',
]);

/** `Energy_kWh`, `StopCode`, `PART_COUNT` -> lower-case words. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => word.toLowerCase())
    .filter(Boolean);
}

/** Factor from a name or a unit to watt-hours or watts; 1 where it says nothing. */
export function scaleByName(text: string): number {
  if (/(^|[^A-Z])M(Wh?|VArh|varh)(?![a-z])/.test(text)) return 1_000_000;
  return /[kK](WH|Wh?|VArh|varh|wh)(?![a-z])/.test(text) ? 1000 : 1;
}

/** A state of ours for the name of a state of an enumeration; unknown where the name tells nothing. */
export function stateByName(name: string): 'running' | 'idle' | 'down' | 'setup' | 'maintenance' | 'off' | 'unknown' {
  const words = ` ${wordsOf(name).join(' ')} `;
  const says = (...candidates: string[]) => candidates.some((word) => words.includes(` ${word}`));
  if (says('fault', 'error', 'alarm', 'abort', 'down', 'emergency', 'trip', 'fail')) return 'down';
  if (says('setup', 'changeover', 'tooling')) return 'setup';
  if (says('maint', 'service', 'clean')) return 'maintenance';
  if (says('off', 'notavailable', 'not available', 'power off')) return 'off';
  if (
    says(
      'not executing',
      'not running',
      'idle',
      'stop',
      'wait',
      'ready',
      'standby',
      'hold',
      'starv',
      'block',
      'pause',
      'suspend',
    )
  )
    return 'idle';
  if (says('run', 'execut', 'produc', 'active', 'auto', 'working')) return 'running';
  return 'unknown';
}
