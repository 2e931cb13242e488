import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/*
 * The tree under test is a copy in a temporary folder, taken once: the working tree is only read, and what people change while a
 * run goes on does not reach it. Dependencies are linked, and so are the worked cases that may lie beside the project.
 */

const ROOMS = ['shared', 'edge', 'api', 'config', 'test'];
/** Tests that need no server and no browser, and no second per case. */
const FAST_TESTS =
  /^(shared|edge\/(aggregate|replay)|api\/kpi|test\/oracle|test\/scenarios\/(cases|days|bills))[/.].*test\.ts$/;
/** Plants and facts for tests, beside the code. */
const TEST_SUPPORT = /(^|\/)(fixture|testing)\.ts$/;

export interface Tree {
  readonly path: string;
  /** Relative paths. */
  readonly files: readonly string[];
  remove(): void;
}

export async function copyTree(root: string): Promise<Tree> {
  const temporary = mkdtempSync(join(tmpdir(), 'linewatt-mutation-'));
  const path = join(temporary, 'project');
  for (const room of ROOMS) cpSync(join(root, room), join(path, room), { recursive: true });
  cpSync(join(root, 'package.json'), join(path, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
  const beside = join(root, '../shared');
  if (existsSync(beside)) symlinkSync(beside, join(temporary, 'shared'));
  const files: string[] = [];
  for await (const file of glob('{shared,edge,api,test}/**/*.ts', { cwd: path })) files.push(file);
  return { path, files: files.sort(), remove: () => rmSync(temporary, { recursive: true, force: true }) };
}

/** The files of a room that have something to change. */
export function productFiles(tree: Tree, room: string): string[] {
  return tree.files.filter((f) => f.startsWith(`${room}/`) && !f.endsWith('.test.ts') && !TEST_SUPPORT.test(f));
}

/** The fast tests that reach any of `targets` through their imports. */
export function testsThatSee(tree: Tree, targets: readonly string[]): string[] {
  const wanted = new Set(targets);
  const imports = new Map(tree.files.map((file) => [file, importsOf(tree, file)]));
  const sees = (test: string): boolean => {
    const seen = new Set([test]);
    for (const file of seen) {
      if (wanted.has(file)) return true;
      for (const next of imports.get(file) ?? []) seen.add(next);
    }
    return false;
  };
  return tree.files.filter((file) => FAST_TESTS.test(file) && sees(file));
}

function importsOf(tree: Tree, file: string): string[] {
  const text = readFileSync(join(tree.path, file), 'utf8');
  return ts.preProcessFile(text, true, true).importedFiles.flatMap(({ fileName }) => {
    if (fileName.startsWith('#')) return [fileName.slice(1)];
    return fileName.startsWith('.') ? [relative('.', join(dirname(file), fileName))] : [];
  });
}
