import ts from 'typescript';

/*
 * What a mutant is: one small change to one place of a source file, of the kind a slip of the hand would make. Types, imports
 * and texts are left alone; so is what the compiler would refuse anyway, as far as that can be told from the syntax.
 */

export type Operator =
  | 'arithmetic'
  | 'boundary'
  | 'comparison'
  | 'negation'
  | 'logic'
  | 'boolean'
  | 'number'
  | 'default'
  | 'method'
  | 'extreme'
  | 'removed';

export interface Mutation {
  readonly operator: Operator;
  /** `expression`: replaces the node; `member`: replaces the name behind its dot; `statement`: leaves the node out. */
  readonly kind: 'expression' | 'member' | 'statement';
  readonly replacement: string;
}

const K = ts.SyntaxKind;

const BINARY: ReadonlyMap<ts.SyntaxKind, readonly (readonly [Operator, string])[]> = new Map([
  [K.PlusToken, [['arithmetic', '-']]],
  [K.MinusToken, [['arithmetic', '+']]],
  [K.AsteriskToken, [['arithmetic', '/']]],
  [K.SlashToken, [['arithmetic', '*']]],
  [K.PercentToken, [['arithmetic', '*']]],
  [K.PlusEqualsToken, [['arithmetic', '-=']]],
  [K.MinusEqualsToken, [['arithmetic', '+=']]],
  [K.AsteriskEqualsToken, [['arithmetic', '/=']]],
  [K.SlashEqualsToken, [['arithmetic', '*=']]],
  [
    K.LessThanToken,
    [
      ['boundary', '<='],
      ['comparison', '>='],
    ],
  ],
  [
    K.LessThanEqualsToken,
    [
      ['boundary', '<'],
      ['comparison', '>'],
    ],
  ],
  [
    K.GreaterThanToken,
    [
      ['boundary', '>='],
      ['comparison', '<='],
    ],
  ],
  [
    K.GreaterThanEqualsToken,
    [
      ['boundary', '>'],
      ['comparison', '<'],
    ],
  ],
  [K.EqualsEqualsEqualsToken, [['comparison', '!==']]],
  [K.ExclamationEqualsEqualsToken, [['comparison', '===']]],
  [K.AmpersandAmpersandToken, [['logic', '||']]],
  [K.BarBarToken, [['logic', '&&']]],
] as const);

const METHODS: ReadonlyMap<string, string> = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['push', 'unshift'],
  ['unshift', 'push'],
  ['shift', 'pop'],
  ['pop', 'shift'],
  ['find', 'findLast'],
  ['findLast', 'find'],
  ['findIndex', 'findLastIndex'],
  ['findLastIndex', 'findIndex'],
  ['startsWith', 'endsWith'],
  ['endsWith', 'startsWith'],
  ['flatMap', 'map'],
  // Decimal, for money.
  ['plus', 'minus'],
  ['minus', 'plus'],
  ['times', 'div'],
  ['div', 'times'],
]);

/** Calls that are left out of a chain. */
const DROPPED = new Set(['filter', 'sort', 'toSorted', 'reverse', 'toReversed', 'slice', 'abs']);

const EXTREMES: ReadonlyMap<string, string> = new Map([
  ['Math.min', 'max'],
  ['Math.max', 'min'],
  ['Math.floor', 'ceil'],
  ['Math.ceil', 'floor'],
  ['Math.round', 'floor'],
  ['Number.POSITIVE_INFINITY', 'NEGATIVE_INFINITY'],
  ['Number.NEGATIVE_INFINITY', 'POSITIVE_INFINITY'],
  ['Decimal.min', 'max'],
  ['Decimal.max', 'min'],
]);

/** The mutations of a node itself, without those of its children. */
export function mutationsOf(node: ts.Node): Mutation[] {
  if (ts.isBinaryExpression(node)) return ofBinary(node);
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return ofUnary(node);
  if (ts.isNumericLiteral(node)) return ofNumber(node);
  if (node.kind === K.TrueKeyword) return [expression('boolean', 'false')];
  if (node.kind === K.FalseKeyword) return [expression('boolean', 'true')];
  if (ts.isPropertyAccessExpression(node)) return ofMember(node);
  if (ts.isCallExpression(node)) return ofCall(node);
  if (ts.isExpressionStatement(node) || isGuard(node)) return ofStatement(node);
  if (ts.isExpression(node) && isPlainCondition(node)) return [expression('negation', `!(${node.getText()})`)];
  return [];
}

function expression(operator: Operator, replacement: string): Mutation {
  return { operator, kind: 'expression', replacement };
}

function ofBinary(node: ts.BinaryExpression): Mutation[] {
  const left = node.left.getText();
  const right = node.right.getText();
  const token = node.operatorToken.kind;
  if (isIndexGuard(node)) return [expression('default', right)];
  if (token === K.QuestionQuestionToken) return [expression('default', left), expression('default', right)];
  if (token === K.QuestionQuestionEqualsToken) return [expression('default', `${left} = ${right}`)];
  if (token === K.PlusToken && (isText(node.left) || isText(node.right))) return [];
  return (BINARY.get(token) ?? []).map(([operator, swapped]) => expression(operator, `${left} ${swapped} ${right}`));
}

/** `list[i] ?? 0`: the number is what strict indexing asks for, and for an index in range nothing is ever decided by it. */
function isIndexGuard(node: ts.Node): boolean {
  return (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === K.QuestionQuestionToken &&
    ts.isElementAccessExpression(node.left) &&
    ts.isNumericLiteral(node.right)
  );
}

function isText(node: ts.Expression): boolean {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

function ofUnary(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): Mutation[] {
  const operand = node.operand.getText();
  const prefix = ts.isPrefixUnaryExpression(node);
  const stepped = (token: string) => (prefix ? token + operand : operand + token);
  if (node.operator === K.PlusPlusToken) return [expression('arithmetic', stepped('--'))];
  if (node.operator === K.MinusMinusToken) return [expression('arithmetic', stepped('++'))];
  if (node.operator === K.MinusToken) return [expression('arithmetic', operand)];
  if (node.operator === K.ExclamationToken) return [expression('negation', operand)];
  return [];
}

function ofNumber(node: ts.NumericLiteral): Mutation[] {
  const { parent } = node;
  if ((ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) && parent.name === node) return [];
  if (isIndexGuard(parent)) return [];
  const value = Number(node.text);
  return [expression('number', String(value + 1)), expression('number', `(${value - 1})`)];
}

function ofMember(node: ts.PropertyAccessExpression): Mutation[] {
  const name = node.name.text;
  const called = ts.isCallExpression(node.parent) && node.parent.expression === node;
  const swapped = EXTREMES.get(node.getText());
  if (swapped !== undefined) return [{ operator: 'extreme', kind: 'member', replacement: swapped }];
  const method = called ? METHODS.get(name) : undefined;
  if (method !== undefined) return [{ operator: 'method', kind: 'member', replacement: method }];
  return isPlainCondition(node) ? [expression('negation', `!(${node.getText()})`)] : [];
}

function ofCall(node: ts.CallExpression): Mutation[] {
  const found: Mutation[] = [];
  const callee = node.expression;
  // Within an optional chain the parentheses around a part would change what is skipped.
  if (ts.isPropertyAccessExpression(callee) && !ts.isOptionalChain(node) && DROPPED.has(callee.name.text)) {
    const argument = node.arguments[0];
    const ofMath = callee.expression.getText() === 'Math';
    const rest = ofMath ? argument?.getText() : callee.expression.getText();
    if (rest !== undefined && !ts.isExpressionStatement(node.parent)) found.push(expression('method', rest));
  }
  if (isPlainCondition(node)) found.push(expression('negation', `!(${node.getText()})`));
  return found;
}

/** The condition of an if or of a choice that no other operator would turn round. */
function isPlainCondition(node: ts.Expression): boolean {
  const { parent } = node;
  const isCondition =
    (ts.isIfStatement(parent) && parent.expression === node) ||
    (ts.isConditionalExpression(parent) && parent.condition === node);
  return isCondition && (ts.isIdentifier(node) || ts.isCallExpression(node) || ts.isPropertyAccessExpression(node));
}

/** A return, throw, continue or break behind a condition. */
function isGuard(node: ts.Node): boolean {
  const leaves =
    ts.isReturnStatement(node) ||
    ts.isThrowStatement(node) ||
    ts.isContinueStatement(node) ||
    ts.isBreakStatement(node);
  if (!leaves) return false;
  const around = ts.isBlock(node.parent) ? node.parent.parent : node.parent;
  return ts.isIfStatement(around) && around.elseStatement === undefined;
}

function ofStatement(node: ts.Node): Mutation[] {
  if (ts.isExpressionStatement(node)) {
    const call = node.expression;
    if (ts.isCallExpression(call) && call.expression.kind === K.SuperKeyword) return [];
  }
  return [{ operator: 'removed', kind: 'statement', replacement: '' }];
}
