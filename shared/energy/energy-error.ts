export type EnergyErrorCode =
  | 'header'
  | 'columns'
  | 'instant'
  | 'number'
  | 'duplicate'
  | 'order'
  | 'overlap'
  | 'alignment'
  | 'period'
  | 'empty';

/** A load or a period that cannot be priced as it is given. The message says where and what to do; trying again is no use. */
export class EnergyError extends Error {
  readonly code: EnergyErrorCode;
  constructor(code: EnergyErrorCode, message: string) {
    super(message);
    this.name = 'EnergyError';
    this.code = code;
  }
}
