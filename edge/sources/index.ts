import type { SourceType } from '#edge/core/source.ts';

/** Every kind of source. Loaded when a plant file first names one: a protocol library costs memory and start-up time. */
const loaders: Readonly<Record<string, (dataDir: string) => Promise<SourceType>>> = {
  opcua: async (dataDir) => (await import('./opcua/source.ts')).createOpcuaSource(dataDir),
  modbus: async () => (await import('./modbus/source.ts')).createModbusSource(),
  mqtt: async (dataDir) => (await import('./mqtt/source.ts')).createMqttSource(dataDir),
};

/** Null where this version has no such source. */
export async function loadSourceType(type: string, dataDir: string): Promise<SourceType | null> {
  const load = Object.hasOwn(loaders, type) ? loaders[type] : undefined;
  return load ? load(dataDir) : null;
}
