import type { Order, RegisterType, WireType } from './decode.ts';

/*
 * Where well-known meters keep their measures. Registers are counted from 0, as they go over the wire.
 *
 * - `source` says what was read, and `read` when. `verified` is said only where that was the maker's own map or a maintained
 *   open one that names it; everything else is a start, and `linewatt check` says so.
 * - Factors bring the meter's unit to Wh, varh and W. Ratios of transformers are set in the meter, or by `scale`.
 */

export interface ProfileEntry {
  readonly register: number;
  readonly registerType: RegisterType;
  readonly dataType: WireType;
  readonly factor: number;
  readonly wordOrder?: Order;
  /** The raw value with which the meter says that it has none. */
  readonly absent?: number;
}

export interface Profile {
  readonly model: string;
  readonly source: string;
  /** Date on which it was read. */
  readonly read: string;
  readonly verified: boolean;
  readonly measures: Readonly<Record<string, ProfileEntry>>;
}

const input = (register: number, dataType: WireType, factor: number): ProfileEntry => ({
  register,
  registerType: 'input',
  dataType,
  factor,
});
const holding = (register: number, dataType: WireType, factor: number, absent?: number): ProfileEntry => ({
  register,
  registerType: 'holding',
  dataType,
  factor,
  ...(absent !== undefined && { absent }),
});
const swapped = (entry: ProfileEntry): ProfileEntry => ({ ...entry, wordOrder: 'little' });

const OPEN_MAP = 'volkszaehler/mbmd on GitHub';
const READ = '2026-11-23';

/** Eastron's energy registers are the same in the whole family; the power of the small ones is elsewhere. */
const EASTRON_ENERGY = {
  importWh: input(72, 'float32', 1000),
  exportWh: input(74, 'float32', 1000),
  importVarh: input(76, 'float32', 1000),
};
const SCHNEIDER = {
  powerW: holding(3059, 'float32', 1000),
  importWh: holding(3203, 'int64', 1),
  exportWh: holding(3207, 'int64', 1),
  importVarh: holding(3219, 'int64', 1),
};
const SENTRON = {
  powerW: input(65, 'float32', 1),
  importWh: input(801, 'float64', 1),
  exportWh: input(809, 'float64', 1),
};
const NO_INT32 = 0x7fffffff;

export const profiles: Readonly<Record<string, Profile>> = {
  sdm630: {
    model: 'Eastron SDM630 Modbus',
    source: "the maker's protocol document (30053, 30073, 30075, 30077)",
    read: '2026-11-22',
    verified: true,
    measures: { powerW: input(52, 'float32', 1), ...EASTRON_ENERGY },
  },
  sdm120: {
    model: 'Eastron SDM120 Modbus',
    source: `${OPEN_MAP} (sdm120.go, after the maker's manual)`,
    read: READ,
    verified: true,
    measures: { powerW: input(12, 'float32', 1), ...EASTRON_ENERGY },
  },
  sdm230: {
    model: 'Eastron SDM230 Modbus',
    source: `${OPEN_MAP} (sdm230.go, after the maker's register list)`,
    read: READ,
    verified: true,
    measures: { powerW: input(12, 'float32', 1), ...EASTRON_ENERGY },
  },
  sdm72: {
    model: 'Eastron SDM72D-M',
    source: `${OPEN_MAP} (sdm72.go, after the maker's manual)`,
    read: READ,
    verified: true,
    measures: { powerW: input(52, 'float32', 1), importWh: EASTRON_ENERGY.importWh, exportWh: EASTRON_ENERGY.exportWh },
  },
  'abb-b': {
    model: 'ABB B21, B23, B24 and A series',
    source: `${OPEN_MAP} (abb.go, after the maker's B series manual)`,
    read: READ,
    verified: true,
    measures: {
      powerW: holding(0x5b14, 'int32', 0.01, NO_INT32),
      importWh: holding(0x5000, 'uint64', 10),
      exportWh: holding(0x5004, 'uint64', 10),
    },
  },
  iem3000: {
    model: 'Schneider Electric iEM3155, iEM3255, iEM3355',
    source: `${OPEN_MAP} (iem3000.go, after the maker's guide DOCA0005)`,
    read: READ,
    verified: true,
    measures: SCHNEIDER,
  },
  pm5000: {
    model: 'Schneider Electric PM5000 series',
    source: 'the same registers as iEM3000, from memory; its own map was not read',
    read: READ,
    verified: false,
    measures: SCHNEIDER,
  },
  pac2200: {
    model: 'Siemens SENTRON PAC2200',
    source: `${OPEN_MAP} (pac2200.go, after the maker's list)`,
    read: READ,
    verified: true,
    measures: SENTRON,
  },
  pac3200: {
    model: 'Siemens SENTRON PAC3200',
    source: 'the same registers as PAC2200, from memory; its own map was not read',
    read: READ,
    verified: false,
    measures: SENTRON,
  },
  em340: {
    model: 'Carlo Gavazzi EM330, EM340, ET330, ET340',
    source: `${OPEN_MAP} (carlogavazzi-ex3x0.go, after the maker's protocol document)`,
    read: READ,
    verified: true,
    measures: {
      powerW: swapped(input(0x28, 'int32', 0.1)),
      importWh: swapped(input(0x34, 'int32', 100)),
      exportWh: swapped(input(0x4e, 'int32', 100)),
    },
  },
  umg: {
    model: 'Janitza UMG 96-PA, 96RM-E, 604-PRO and others with the common block at 19000',
    source: "JanitzaElectronics/ha-janitza-modbus on GitHub, the maker's own (registers.py)",
    read: READ,
    verified: true,
    measures: {
      powerW: holding(19026, 'float32', 1),
      importWh: holding(19068, 'float32', 1),
      exportWh: holding(19076, 'float32', 1),
      importVarh: holding(19100, 'float32', 1),
    },
  },
  'countis-e': {
    model: 'Socomec Countis E3x, E4x',
    source: `${OPEN_MAP} (socomec.go, after the common table 1.01)`,
    read: READ,
    verified: true,
    measures: {
      powerW: holding(0xc568, 'int32', 10),
      importWh: holding(0xc652, 'uint32', 1000),
      exportWh: holding(0xc658, 'uint32', 1000),
      importVarh: holding(0xc654, 'uint32', 1000),
    },
  },
};

/** Registers that a plant file takes on trust: a sentence for `linewatt check`, null where there is nothing to doubt. */
export function profileDoubt(profile: string, measure: string): string | null {
  const known = Object.hasOwn(profiles, profile) ? profiles[profile] : undefined;
  if (!known) return `there is no profile "${profile}"; there is ${Object.keys(profiles).join(', ')}`;
  if (!Object.hasOwn(known.measures, measure)) {
    return `the profile ${profile} has no "${measure}"; it has ${Object.keys(known.measures).join(', ')}`;
  }
  if (known.verified) return null;
  return `the profile ${profile} (${known.model}) is unverified: ${known.source}; compare a reading with the meter's display`;
}
