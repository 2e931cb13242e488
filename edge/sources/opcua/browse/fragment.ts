import type { SourceDetails } from '#shared/contract/source-details.ts';
import { type Role, scaleByName, stateByName } from '#shared/state/standard-names.ts';
import type { OpcuaOptions } from '../options.ts';
import { type Candidate, guessPlaces, type Place } from './guess.ts';
import type { FoundVariable, Walked } from './walk.ts';

/* What was found, as a piece of a plant file: valid YAML, each guess with its reason and the value that it has now. */

const MACHINE_ROLES: readonly Role[] = ['state', 'total', 'good', 'reject', 'cycles', 'product', 'order', 'reason'];
const COUNTERS: ReadonlySet<Role> = new Set(['total', 'good', 'reject', 'cycles']);
const METER_ROLES: readonly Role[] = ['importWh', 'exportWh', 'importVarh', 'powerW'];

export interface FragmentInput {
  readonly options: OpcuaOptions;
  readonly walked: Walked;
  readonly namespaces: readonly string[];
  readonly details: Partial<SourceDetails>;
  readonly sourceId: string;
}

export function plantFragment(input: FragmentInput): string {
  const { walked, options, sourceId, namespaces } = input;
  const places = guessPlaces(walked.variables);
  const machines = places.filter(({ roles }) => MACHINE_ROLES.some((role) => roles.has(role) && role !== 'product'));
  const meters = places.filter(({ roles }) => METER_ROLES.some((role) => roles.has(role)));
  const idOf = idsFor([...machines, ...meters]);
  const address = (variable: FoundVariable) => `source: ${sourceId}, node: ${quoted(nodeText(variable, namespaces))}`;
  const lines: string[] = [...heading(input, machines.length, meters.length), 'sources:', `  ${sourceId}:`];
  lines.push(...sourceLines(options).map((line) => `    ${line}`));
  if (machines.length > 0) {
    lines.push(
      'lines:',
      '  - id: line1',
      '    name: Line 1',
      '    calendar: two-shift # the name of a calendar of yours',
      '    machines:',
    );
    for (const place of machines) {
      lines.push(`      - id: ${idOf(place)}`, `        name: ${quoted(place.path.at(-1) ?? 'Machine')}`);
      for (const role of MACHINE_ROLES) {
        const found = place.roles.get(role);
        if (found) lines.push(...signalLines(role, found, address).map((line) => `        ${line}`));
      }
      if (!place.roles.has('state') && hasCounter(place)) {
        lines.push(
          '        state: { from: counts, stoppedAfterSeconds: 60 } # no state found: running while it counts',
        );
      }
      if (place.conditions.length > 0) lines.push('        conditions:', ...conditionLines(place, address));
    }
  }
  if (meters.length > 0) {
    lines.push('meters:');
    for (const place of meters) {
      const feeds = machines.includes(place) ? [`    feeds: ${idOf(place)} # it lies under this machine`] : [];
      lines.push(`  - id: m-${idOf(place)}`, `    name: ${quoted(place.path.at(-1) ?? 'Meter')}`, ...feeds);
      for (const role of METER_ROLES) {
        const found = place.roles.get(role);
        if (found) lines.push(`    ${meterLine(role, found, address)}`);
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

function heading({ options, walked, details }: FragmentInput, machines: number, meters: number): string[] {
  const who = [details.manufacturer, details.model].filter(Boolean).join(' ');
  const versions = [
    details.softwareVersion ? `software ${details.softwareVersion}` : '',
    details.firmwareVersion ? `firmware ${details.firmwareVersion}` : '',
    details.serialNumber ? `serial number ${details.serialNumber}` : '',
  ].filter(Boolean);
  const lines = [
    `# ${options.endpoint}: ${oneLine([who || 'it does not say who made it', ...versions].join(', '))}`,
    `# ${walked.nodes} nodes, ${walked.variables.length} variables; by their names ${machines} machine${machines === 1 ? '' : 's'} and ${meters} meter${meters === 1 ? '' : 's'}.`,
    '# Every line is a guess: a name is not a meaning. Check each against the controller, then linewatt check.',
  ];
  if (walked.cutShort) lines.push('# The walk was cut short: there is more on this server (--nodes, --depth).');
  if (machines === 0 && meters === 0) lines.push('# Nothing was recognised. --all lists every variable.');
  return lines;
}

function sourceLines({ endpoint, securityMode, securityPolicy, identity }: OpcuaOptions): string[] {
  const lines = ['type: opcua', `endpoint: ${quoted(endpoint)}`];
  if (securityMode === 'None')
    lines.push('securityMode: None # anybody may read and forge: SignAndEncrypt where the server has it');
  else lines.push(`securityMode: ${securityMode}`, `securityPolicy: ${securityPolicy}`);
  if (identity.kind === 'userName')
    lines.push(`userName: ${quoted(identity.userName)}`, `password: "$\{OPCUA_PASSWORD}"`);
  if (identity.kind === 'certificate') {
    lines.push(`userCertFile: ${quoted(identity.certificateFile)}`, `userKeyFile: ${quoted(identity.keyFile)}`);
  }
  return lines;
}

type Address = (variable: FoundVariable) => string;

function signalLines(role: Role, found: Candidate, address: Address): string[] {
  const { variable } = found;
  const more =
    role === 'state'
      ? stateKeys(found)
      : COUNTERS.has(role) && variable.dataType === 'UInt16'
        ? ', modulus: 65536'
        : '';
  const others = found.alternatives
    .slice(0, 3)
    .map((other) => `# or ${role}: { ${address(other)} } # ${oneLine(other.path.join(' / '))}`);
  return [`${role}: { ${address(variable)}${more} } # ${reason(found)}`, ...others];
}

/** The map of a state: a preset, the names of its enumeration, or a question. */
function stateKeys({ guess, variable }: Candidate): string {
  if (variable.enumeration && guess.preset === null) {
    const pairs = [...variable.enumeration].map(([number, name]) => `${number}: ${stateByName(name)}`);
    return `, map: { ${pairs.join(', ')} }`;
  }
  if (guess.preset !== null) return `, preset: ${guess.preset}`;
  const now = variable.value === null ? '0' : variable.value;
  return `, map: { ${quoted(now)}: unknown }`;
}

function reason({ guess, variable }: Candidate): string {
  const now = variable.value === null ? 'no value now' : `now ${variable.value}`;
  const names = variable.enumeration
    ? `; it calls them ${[...variable.enumeration].map(([n, name]) => `${n} ${name}`).join(', ')}`
    : '';
  const ask =
    guess.role === 'state' && guess.preset === null && !variable.enumeration
      ? '; what its values mean stands in the controller: write them into the map, or give a preset (packml, opc40001, euromap)'
      : '';
  const status = variable.isGood ? '' : ', its status is not good';
  return oneLine(`${guess.why}, ${variable.dataType}, ${now}${status}${names}${ask}`);
}

function meterLine(role: Role, found: Candidate, address: Address): string {
  const { variable } = found;
  const scale = scaleByName(`${variable.path.at(-1) ?? ''} ${variable.unit ?? ''}`);
  const scaled = scale === 1 ? '' : `, scale: ${scale}`;
  const unit = variable.unit === null ? '' : `, in ${variable.unit}`;
  const precision =
    variable.dataType === 'Float' && role !== 'powerW' ? '; 32 bits are coarse for a register: a Double is better' : '';
  return `${role}: { ${address(variable)}${scaled} } # ${reason(found)}${oneLine(unit)}${precision}`;
}

function conditionLines({ conditions }: Place, address: Address): string[] {
  const taken = new Set(['state', 'total', 'good', 'reject', 'cycles', 'product', 'order', 'reason']);
  return conditions.map((found) => {
    const id = unique(slug(found.variable.path.at(-1) ?? 'condition'), taken);
    const unit = found.variable.unit === null ? '' : `, unit: ${quoted(found.variable.unit.slice(0, 40))}`;
    return `          - { id: ${id}, ${address(found.variable)}${unit} } # ${reason(found)}`;
  });
}

function hasCounter({ roles }: Place): boolean {
  return (['total', 'good', 'cycles'] as const).some((role) => roles.has(role));
}

/** By the URI of its namespace, which survives a server that numbers them anew. */
export function nodeText({ nodeId }: Pick<FoundVariable, 'nodeId'>, namespaces: readonly string[]): string {
  const text = nodeId.toString();
  const uri = namespaces[nodeId.namespace];
  if (nodeId.namespace === 0 || uri === undefined || uri === '' || uri.includes(';')) return text;
  return text.replace(/^ns=\d+;/, `nsu=${uri};`);
}

/** Ids from the names of the objects; of the object above too where two are the same. */
function idsFor(places: readonly Place[]): (place: Place) => string {
  const taken = new Set<string>();
  const ids = new Map<Place, string>();
  for (const place of places) if (!ids.has(place)) ids.set(place, unique(slug(place.path.at(-1) ?? 'machine'), taken));
  return (place) => ids.get(place) ?? 'machine';
}

function slug(name: string): string {
  const text = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase();
  return /^[a-z]/.test(text) ? text.slice(0, 40) : `n${text}`.slice(0, 40);
}

function unique(wish: string, taken: Set<string>): string {
  let id = wish;
  for (let n = 2; taken.has(id); n++) id = `${wish}-${n}`;
  taken.add(id);
  return id;
}

/** A server's text must not become YAML of its own. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function oneLine(text: string): string {
  return text
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 300);
}
