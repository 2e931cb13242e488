/** What the simulated meters are. The main incomer sees every load; sub-meters see the machines they name. */
export interface MeterSpec {
  readonly id: string;
  readonly load:
    | { readonly kind: 'main' }
    | { readonly kind: 'compressor' }
    | { readonly kind: 'machines'; readonly machines: readonly string[] };
  readonly wire: MeterWire;
  /** Register reading at the start of the simulation, Wh. */
  readonly startWh: number;
}

export type MeterWire =
  /** An SDM630: float32 input registers, energy in kWh. */
  | { readonly kind: 'sdm630'; readonly unit: number }
  /** Input registers 0-1: energy as uint32 in steps of `stepWh`; 2-3: power as int32 in W. */
  | { readonly kind: 'integer'; readonly unit: number; readonly stepWh: number; readonly rollover: number | null }
  /** A node of the OPC UA server, next to the machine's others. */
  | {
      readonly kind: 'node';
      readonly node: string;
      readonly dataType: 'UInt16' | 'UInt32' | 'Int64' | 'Double';
      readonly stepWh: number;
      readonly rollover: number | null;
    };

function machines(...ids: string[]): MeterSpec['load'] {
  return { kind: 'machines', machines: ids };
}

function sdm630(unit: number): MeterWire {
  return { kind: 'sdm630', unit };
}

export const METERS: readonly MeterSpec[] = [
  { id: 'm-main', load: { kind: 'main' }, wire: sdm630(1), startWh: 38_214_600 },
  { id: 'm-filler', load: machines('filler'), wire: sdm630(2), startWh: 9_421_300 },
  { id: 'm-packing', load: machines('packer', 'palletiser'), wire: sdm630(3), startWh: 12_377_900 },
  { id: 'm-rinser', load: machines('rinser'), wire: sdm630(4), startWh: 2_130_400 },
  { id: 'm-compressor', load: { kind: 'compressor' }, wire: sdm630(5), startWh: 31_096_000 },
  {
    id: 'm-depalletiser',
    load: machines('depalletiser'),
    wire: { kind: 'integer', unit: 6, stepWh: 1, rollover: null },
    startWh: 3_005_127,
  },
  {
    id: 'm-saw',
    load: machines('saw'),
    wire: { kind: 'integer', unit: 7, stepWh: 1, rollover: null },
    startWh: 1_442_005,
  },
  {
    id: 'm-lathe-1',
    load: machines('lathe-1'),
    wire: { kind: 'integer', unit: 8, stepWh: 10, rollover: null },
    startWh: 18_220_410,
  },
  {
    id: 'm-lathe-2',
    load: machines('lathe-2'),
    wire: { kind: 'integer', unit: 9, stepWh: 10, rollover: null },
    startWh: 24_901_880,
  },
  {
    id: 'm-grinder',
    load: machines('grinder'),
    wire: { kind: 'integer', unit: 10, stepWh: 1, rollover: 1_000_000 },
    startWh: 640_213,
  },
  {
    id: 'm-capper',
    load: machines('capper'),
    wire: { kind: 'node', node: 'Filling.Capper.EnergyWh', dataType: 'Double', stepWh: 0, rollover: null },
    startWh: 2_880_051,
  },
  {
    id: 'm-labeller',
    load: machines('labeller'),
    wire: { kind: 'node', node: 'Filling.Labeller.EnergyWh', dataType: 'UInt32', stepWh: 1, rollover: null },
    startWh: 5_190_774,
  },
  {
    id: 'm-mill-1',
    load: machines('mill-1'),
    wire: { kind: 'node', node: 'Machining.Mill1.EnergyWh', dataType: 'Int64', stepWh: 1, rollover: null },
    startWh: 20_733_418,
  },
  {
    id: 'm-mill-2',
    load: machines('mill-2'),
    wire: { kind: 'node', node: 'Machining.Mill2.Energy', dataType: 'UInt16', stepWh: 10, rollover: 65_536 },
    startWh: 211_870,
  },
  {
    id: 'm-washer',
    load: machines('washer'),
    wire: { kind: 'node', node: 'Machining.Washer.EnergyWh', dataType: 'Double', stepWh: 0, rollover: null },
    startWh: 33_610_552,
  },
];
