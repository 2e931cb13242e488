/** One mistake in a plant file. `message` is a sentence without the place: what is wrong and what to do. */
export interface Problem {
  /** `lines[0].machines[2].total.modulus`; '' for the file as a whole. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  readonly message: string;
}

/** Not a mistake, but something a careful engineer would ask about. */
export interface Doubt extends Problem {
  readonly code: DoubtCode;
}

export type DoubtCode =
  | 'sourceWithoutOwner'
  | 'sourceUnused'
  | 'securityNone'
  | 'securityOutdated'
  | 'sameAddress'
  | 'shiftsOverlap'
  | 'shiftsGap'
  | 'breakOutsideShift'
  | 'breaksReplaced'
  | 'calendarVersionMidDay'
  | 'calendarUnused'
  | 'lineWithoutMachines'
  | 'constraintNotSlowest'
  | 'idealCycleMissing'
  | 'stateMissing'
  | 'performanceCap'
  | 'counterWithoutLimit'
  | 'meterWithoutMaxKw'
  | 'tariffLeavesGaps'
  | 'bandNeverApplies'
  | 'priceMissing'
  | 'holidayOdd'
  | 'tariffWithoutMeter'
  | 'meterWithoutTariff'
  | 'withoutEdge'
  | 'fedFromOtherEdge'
  | 'nameOfNothing'
  | 'nameUntranslated';

export type Path = readonly (string | number)[];

/** `['lines', 0, 'machines']` -> `lines[0].machines`. */
export function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** `plant.yaml:12: lines[0].id: sentence`, as editors and terminals link it. */
export function problemText(file: string, problem: Problem): string {
  return `${file}:${problem.line}: ${problem.path === '' ? '' : `${problem.path}: `}${problem.message}`;
}

/** Every problem of a plant (or tariff) file at once, in file order. The message lists them, one a line. */
export class PlantFileError extends Error {
  readonly file: string;
  readonly problems: readonly Problem[];
  constructor(file: string, problems: readonly Problem[]) {
    super(problems.map((p) => problemText(file, p)).join('\n'));
    this.name = 'PlantFileError';
    this.file = file;
    this.problems = problems;
  }
}
