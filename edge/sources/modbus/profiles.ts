import type { RegisterType, WireType } from './decode.ts';

/** Where a well-known meter keeps a measure, and the factor from its unit to ours (Wh, varh, W). */
export interface ProfileEntry {
  readonly register: number;
  readonly registerType: RegisterType;
  readonly dataType: WireType;
  readonly factor: number;
}

/** Eastron SDM630 Modbus, input registers, float32, zero-based (maker's protocol document: 30053, 30073, 30075, 30077). */
const sdm630: Readonly<Record<string, ProfileEntry>> = {
  powerW: { register: 52, registerType: 'input', dataType: 'float32', factor: 1 },
  importWh: { register: 72, registerType: 'input', dataType: 'float32', factor: 1000 },
  exportWh: { register: 74, registerType: 'input', dataType: 'float32', factor: 1000 },
  importVarh: { register: 76, registerType: 'input', dataType: 'float32', factor: 1000 },
};

export const profiles: Readonly<Record<string, Readonly<Record<string, ProfileEntry>>>> = { sdm630 };
