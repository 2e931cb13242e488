import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Path, Problem } from './problem.ts';
import { pathText } from './problem.ts';

/** A plant of a thousand machines is well under a megabyte. */
export const LARGEST_PLANT_FILE = 8 * 1024 * 1024;
/** Anchors are for a few shared blocks; more is an attack on memory. */
const MOST_ALIASES = 200;
const TOO_DEEP = 'is nested too deep to be a plant file; flatten it';

/** A YAML (or JSON) text as plain values, and where each of them stands. */
export interface YamlFile {
  readonly value: unknown;
  /** The place of a path, or of the nearest thing around it that exists. */
  locate(path: Path, message: string): Problem;
}

function step(doc: Document, node: unknown, key: string | number): { key: Node | null; value: unknown } | null {
  const target = isAlias(node) ? node.resolve(doc) : node;
  if (isSeq(target) && typeof key === 'number') {
    return key < target.items.length ? { key: null, value: target.items[key] } : null;
  }
  if (!isMap(target)) return null;
  const pair = target.items.find((p) => String(isScalar(p.key) ? p.key.value : p.key) === String(key));
  return pair ? { key: isScalar(pair.key) ? pair.key : null, value: pair.value } : null;
}

function offsetOf(doc: Document, path: Path): number {
  let node: unknown = doc.contents;
  let offset = (doc.contents as Node | null)?.range?.[0] ?? 0;
  for (const key of path) {
    const found = step(doc, node, key);
    if (!found) break;
    const at = found.key?.range?.[0] ?? (found.value as Node | null)?.range?.[0];
    if (at !== undefined) offset = at;
    node = found.value;
  }
  return offset;
}

/** Reads YAML 1.2. Never throws: what cannot be read comes back as problems, with `file` null. */
export function readYaml(text: string): { file: YamlFile; problems: [] } | { file: null; problems: Problem[] } {
  const whole = (message: string): { file: null; problems: Problem[] } => ({
    file: null,
    problems: [{ path: '', line: 1, column: 1, message }],
  });
  if (text.length > LARGEST_PLANT_FILE) {
    return whole(`is larger than ${LARGEST_PLANT_FILE / 1024 / 1024} MB; a plant file is text of some kilobytes`);
  }
  if (text.includes('\0')) return whole('is not a text file; give a YAML file');
  const lines = new LineCounter();
  let doc: Document.Parsed;
  let value: unknown;
  try {
    doc = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      merge: true,
      uniqueKeys: (a, b) => a === b || (isScalar(a) && isScalar(b) && String(a.value) === String(b.value)),
    });
    const broken = [...doc.errors, ...doc.warnings];
    // The composer reports its own exhausted stack as an error of the text.
    if (broken.some((error) => error.message.includes('call stack'))) return whole(TOO_DEEP);
    const [first] = broken;
    if (first) {
      // What the parser says of the rest of a broken text mostly follows from the first mistake.
      const { line, col } = lines.linePos(first.pos[0]);
      return {
        file: null,
        problems: [{ path: '', line, column: col, message: yamlSentence(first.code, first.message) }],
      };
    }
    value = doc.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    if (error instanceof RangeError) return whole(TOO_DEEP);
    if (error instanceof ReferenceError) return whole('repeats anchors (&, *) too often; write the values out');
    return whole(`cannot be read as YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {
    file: {
      value,
      locate(path, message) {
        const { line, col } = lines.linePos(offsetOf(doc, path));
        return { path: pathText(path), line: Math.max(line, 1), column: Math.max(col, 1), message };
      },
    },
    problems: [],
  };
}

function yamlSentence(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'this key is written twice; keep one of them';
  if (code === 'TAB_AS_INDENT') return 'a tab is used to indent; YAML wants spaces';
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here (---); one file holds one plant';
  return `is not valid YAML: ${message.replace(/\s+/g, ' ')}`;
}
