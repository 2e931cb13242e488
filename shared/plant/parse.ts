import { localMidnight } from '../time/zone.ts';
import { doubtsOf } from './doubts.ts';
import type { PlantDraft } from './draft.ts';
import type { CarbonFactor, Plant, Tariff, Versioned } from './model.ts';
import { type Doubt, type Path, PlantFileError, type Problem } from './problem.ts';
import { readDraft } from './read-draft.ts';
import { checkReferences } from './references.ts';
import { read } from './schema-basics.ts';
import { type ReadFile, tariffSchema } from './schema-tariff.ts';
import type { Environment } from './secrets.ts';
import { translationsOf } from './translations.ts';
import { readYaml, type YamlFile } from './yaml-file.ts';

export interface ParsePlantOptions {
  /** SHA-256 of the file's bytes, hex. */
  readonly hash: string;
  /** Name for messages. */
  readonly file?: string;
  /**
   * Where `${NAME}` is looked up. Without it secrets stay unresolved, for a process that reads the plant and connects to
   * nothing; with it a name that is not set is a problem.
   */
  readonly env?: Environment;
  /** Reads a file that the plant file names (tariff `prices`), relative to it. */
  readonly readFile?: ReadFile;
}

/**
 * Reads a plant file (INTERFACES section 1). Throws PlantFileError with every problem at once; what is merely doubtful comes
 * back beside the plant.
 */
export function parsePlant(text: string, options: ParsePlantOptions): { plant: Plant; doubts: Doubt[] } {
  const file = options.file ?? 'plant.yaml';
  const yaml = yamlOf(text, file);
  const problems: Problem[] = [];
  const report = (path: Path, message: string) => {
    problems.push(yaml.locate(path, message));
  };
  const draft = readDraft(yaml.value, { env: options.env, readFile: options.readFile }, report);
  if (draft) checkReferences(draft, report);
  if (problems.length > 0 || !draft?.site) throw new PlantFileError(file, inFileOrder(problems));
  const plant = assemble({ ...draft, site: draft.site }, options.hash);
  const doubts: Doubt[] = [];
  doubtsOf(draft, plant, (code, path, message) => {
    doubts.push({ code, ...yaml.locate(path, message) });
  });
  return { plant, doubts: doubts.sort((a, b) => a.line - b.line) };
}

/** Reads a tariff by itself (the `bill` command): one tariff object with `version` and `timezone`. */
export function parseTariff(text: string, options: { file?: string; readFile?: ReadFile } = {}): Tariff {
  const file = options.file ?? 'tariff.yaml';
  const yaml = yamlOf(text, file);
  const problems: Problem[] = [];
  const tariff = read(tariffSchema(null, options.readFile), yaml.value, (path, message) => {
    problems.push(yaml.locate(path, message));
  });
  if (!tariff) throw new PlantFileError(file, inFileOrder(problems));
  return tariff;
}

function yamlOf(text: string, file: string): YamlFile {
  const result = readYaml(text.replace(/^\uFEFF/, ''));
  if (!result.file) throw new PlantFileError(file, result.problems);
  return result.file;
}

function inFileOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}

function byId<T extends { readonly id: string }>(placed: readonly { value: T }[]): Map<string, T> {
  return new Map(placed.map(({ value }) => [value.id, value]));
}

/** Versions keep the date from which they hold: before the first there is no price. */
function tariffVersions(tariffs: readonly Tariff[]): Map<string, Versioned<Tariff>> {
  const versions = new Map<string, { validFrom: number; value: Tariff }[]>();
  for (const value of tariffs) {
    const validFrom = localMidnight(value.timezone, value.validFrom);
    versions.set(value.id, [...(versions.get(value.id) ?? []), { validFrom, value }]);
  }
  for (const list of versions.values()) list.sort((a, b) => a.validFrom - b.validFrom);
  return versions;
}

const startOf = (factor: CarbonFactor) => (factor.kind === 'annual' ? factor.validFrom : factor.from);

function assemble(draft: PlantDraft & { readonly site: Plant['site'] }, hash: string): Plant {
  const values = <T>(placed: readonly { value: T }[]): T[] => placed.map(({ value }) => value);
  return {
    hash,
    enterprise: draft.enterprise,
    site: draft.site,
    calendars: new Map(draft.calendars.map(({ value }) => [value.id, value.versions])),
    products: byId(draft.products),
    reasons: byId(draft.reasons),
    scrapReasons: byId(draft.scrapReasons),
    sources: byId(draft.sources),
    lines: byId(draft.lines),
    machines: byId(draft.machines),
    meters: byId(draft.meters),
    tariffs: tariffVersions(values(draft.tariffs)),
    carbon: values(draft.carbon).sort((a, b) => startOf(a) - startOf(b)),
    demo: draft.demo,
    edges: new Map(draft.edges.map(({ value }) => [value.id, { lines: value.lines, meters: value.meters }])),
    alerts: values(draft.alerts),
    channels: values(draft.channels),
    reports: values(draft.reports),
    names: translationsOf(draft),
  };
}
