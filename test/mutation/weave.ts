import ts from 'typescript';
import { type Mutation, mutationsOf } from './operators.ts';

/*
 * All mutants of a file are woven into one text, each behind a switch that asks which one is on: so a process loads the code
 * once and tries thousands. With none on, the text means what the file means.
 *
 * - Lines keep their numbers.
 * - Every loop asks for leave: a mutant that would turn for ever is stopped after a number of turns, not by a clock.
 */

export interface Mutant extends Mutation {
  readonly id: number;
  readonly file: string;
  readonly line: number;
  /** Offsets of the node, without what is before it. */
  readonly start: number;
  readonly end: number;
  readonly original: string;
}

/** The name under which woven code finds its switch; see `switchboard.ts`. */
export const SWITCH = '$mutation';

/** Every mutant of a file, numbered from `firstId` in the order of the text. */
export function mutantsOf(file: string, text: string, firstId: number): Mutant[] {
  const source = parse(file, text);
  const found: Mutant[] = [];
  const visit = (node: ts.Node): void => {
    if (isLeftAlone(node)) return;
    const start = node.getStart(source);
    for (const mutation of mutationsOf(node)) {
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      const original = text.slice(start, node.end);
      found.push({ ...mutation, id: firstId + found.length, file, line, start, end: node.end, original });
    }
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}

/** `ask`: whether woven code asks which mutant is on, or only notes that it came past. */
export function weave(file: string, text: string, mutants: readonly Mutant[], ask: 'which' | 'note'): string {
  const source = parse(file, text);
  const byPlace = new Map<string, Mutant[]>();
  for (const m of mutants) {
    const key = `${m.start}:${m.end}:${m.kind}`;
    byPlace.set(key, [...(byPlace.get(key) ?? []), m]);
  }
  const on = ({ id }: Mutant) => (ask === 'which' ? `${SWITCH}.on===${id}` : `${SWITCH}.note(${id})`);
  const at = (node: ts.Node, kind: Mutation['kind']) =>
    byPlace.get(`${node.getStart(source)}:${node.end}:${kind}`)?.filter((m) => isPlaceOf(m, node)) ?? [];

  const choiceOfName = (name: ts.Node, named: readonly Mutant[]) =>
    `[${named.reduce((rest, m) => `${on(m)}?'${m.replacement}':${rest}`, `'${name.getText()}'`)}]`;

  const emit = (node: ts.Node): string => {
    const start = node.getStart(source);
    if (isLeftAlone(node)) return text.slice(node.pos, node.end);
    let out = '';
    let cursor = node.pos;
    const renamed = ts.isPropertyAccessExpression(node) ? at(node, 'member') : [];
    node.forEachChild((child) => {
      const between = text.slice(cursor, child.pos);
      const isRenamed = renamed.length > 0 && (node as ts.PropertyAccessExpression).name === child;
      out += isRenamed ? between.replace(/\.$/, '') + choiceOfName(child, renamed) : between + emit(child);
      cursor = child.end;
    });
    out += text.slice(cursor, node.end);
    const before = text.slice(node.pos, start);
    let body = out.slice(start - node.pos);
    for (const m of at(node, 'expression')) body = `(${on(m)}?(${m.replacement}):(${body}))`;
    for (const m of at(node, 'statement')) body = `{if(!(${on(m)})){${body}}}`;
    if (isLoopBody(node)) body = `{${SWITCH}.turn();${body}}`;
    return before + body;
  };
  return `const ${SWITCH}=globalThis.${SWITCH};${emit(source)}`;
}

/** Two nodes can share a range (a statement and its expression); the mutation names the one that it is of. */
function isPlaceOf(m: Mutant, node: ts.Node): boolean {
  return mutationsOf(node).some((own) => own.kind === m.kind && own.replacement === m.replacement);
}

function isLoopBody(node: ts.Node): boolean {
  const { parent } = node;
  return (
    parent !== undefined &&
    (ts.isForStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent)) &&
    parent.statement === node
  );
}

function isLeftAlone(node: ts.Node): boolean {
  return (
    ts.isTypeNode(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isTypeParameterDeclaration(node)
  );
}

function parse(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
}
