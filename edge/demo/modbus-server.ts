import { ServerTCP } from 'modbus-serial';
import type { DemoRegister } from './registers.ts';

/*
 * The simulated meters behind one Modbus TCP gateway: input registers only, two per value, most significant first.
 * An address or a unit that does not exist is refused with "illegal data address", another function with "illegal
 * function"; a write is counted besides.
 */
export interface DemoModbusServer {
  readonly port: number;
  readonly requests: { readonly write: number };
  stop(): Promise<void>;
}

const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;

export async function startDemoModbusServer(options: {
  readonly port: number;
  readonly registers: readonly DemoRegister[];
  /** Called before registers are read: brings the simulation up to date, however late the timer is. */
  readonly onRequest: () => void;
  readonly onForeignRequest: () => void;
}): Promise<DemoModbusServer> {
  const byWord = new Map<number, { readonly register: DemoRegister; readonly word: number }>();
  for (const register of options.registers) {
    for (const word of [0, 1]) byWord.set(placeOf(register.unit, register.register + word), { register, word });
  }
  const requests = { write: 0 };
  const refuseWrite = (): never => {
    requests.write += 1;
    options.onForeignRequest();
    throw refusal(ILLEGAL_FUNCTION);
  };

  const bytes = Buffer.alloc(4);
  function readWord(address: number, unit: number): number {
    const found = byWord.get(placeOf(unit, address));
    if (!found) throw refusal(ILLEGAL_ADDRESS);
    const value = found.register.read();
    if (found.register.dataType === 'float32') bytes.writeFloatBE(value);
    else if (found.register.dataType === 'uint32') bytes.writeUInt32BE(value);
    else bytes.writeInt32BE(value);
    return bytes.readUInt16BE(found.word * 2);
  }

  function readWords(address: number, length: number, unit: number): number[] {
    options.onRequest();
    return Array.from({ length }, (_, i) => readWord(address + i, unit));
  }
  const refuseRead = (): never => {
    throw refusal(ILLEGAL_FUNCTION);
  };

  const server = new ServerTCP(
    {
      // Without a handler the library would not answer at all.
      getCoil: refuseRead,
      getDiscreteInput: refuseRead,
      getHoldingRegister: refuseRead,
      getInputRegister: (address: number, unit: number) => readWords(address, 1, unit)[0] ?? 0,
      getMultipleInputRegisters: readWords,
      setCoil: refuseWrite,
      setRegister: refuseWrite,
    },
    { host: '127.0.0.1', port: options.port },
  );
  // A client that goes away in the middle of an answer is no event of the plant.
  server.on('socketError', () => {});
  server.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    server.on('initialized', () => resolve());
    server.on('serverError', (error) => reject(error));
  });
  return {
    port: options.port,
    requests,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function placeOf(unit: number, register: number): number {
  return unit * 65_536 + register;
}

function refusal(modbusErrorCode: number): Error & { modbusErrorCode: number } {
  return Object.assign(new Error('refused by the demo meter'), { modbusErrorCode });
}
