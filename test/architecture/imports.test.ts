import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/*
 * Who may import whom (ARCHITECTURE.md). The compiler keeps most of it, because each room has a tsconfig of its own; this
 * table keeps the rest. A rule: files of `room` may import only what `may` matches.
 */
const ROOT = resolve(import.meta.dirname, '../..');

interface Rule {
  readonly room: RegExp;
  readonly may: readonly RegExp[];
}

const RULES: readonly Rule[] = [
  { room: /^shared\/store\//, may: [/^shared\//, /^node:/, /^influx$/] },
  { room: /^shared\/(plant|contract|ledger)\//, may: [/^shared\/(?!store\/)/, /^zod$/, /^yaml$/] },
  { room: /^shared\/energy\//, may: [/^shared\/(?!store\/)/, /^decimal\.js$/] },
  { room: /^shared\//, may: [/^shared\/(?!store\/)/] },
  { room: /^edge\/core\//, may: [/^shared\//, /^edge\/core\//, /^node:/] },
  { room: /^edge\/aggregate\//, may: [/^shared\/(?!store\/)/, /^edge\/(core|aggregate)\//] },
  {
    room: /^edge\/trust\//,
    may: [/^shared\//, /^edge\/(core|trust)\//, /^node:/, /^(@peculiar\/x509|reflect-metadata)$/],
  },
  {
    room: /^edge\/sources\/opcua\//,
    may: [/^shared\//, /^edge\/(core|trust|sources\/opcua)\//, /^node:/, /^node-opcua/],
  },
  {
    room: /^edge\/sources\/modbus\//,
    may: [/^shared\//, /^edge\/(core|sources\/modbus)\//, /^node:/],
  },
  {
    room: /^edge\/sources\/mqtt\//,
    may: [/^shared\//, /^edge\/(core|sources\/mqtt)\//, /^node:/, /^mqtt$/, /^protobufjs/],
  },
  { room: /^edge\/sinks\/historian\//, may: [/^shared\//, /^edge\/(core|sinks\/historian)\//, /^node:/] },
  { room: /^edge\/sinks\/live\//, may: [/^shared\//, /^edge\/(core|sinks\/live)\//, /^node:/, /^mqtt$/] },
  {
    room: /^edge\//,
    may: [/^shared\//, /^edge\//, /^dashboard\/build\.ts$/, /^(?!\.)(?!api\/)(?!dashboard\/)(?!test\/)/],
  },
  { room: /^api\//, may: [/^shared\//, /^api\//, /^(?!\.)(?!edge\/)(?!dashboard\/)(?!test\/)/] },
  { room: /^dashboard\/(build|vite\.config)\.ts$/, may: [/^dashboard\//, /^node:/, /^vite$/, /^@vitejs\//] },
  {
    room: /^dashboard\//,
    may: [/^shared\/(?!store\/)/, /^dashboard\//, /^(?!node:)(?!\.)(?!api\/)(?!edge\/)(?!test\/)/],
  },
];

/** Not in shared: what reads a clock, chance, or the machine. */
const IMPURE =
  /\bDate\.now\(|\bnew Date\(\s*\)|\bMath\.random\(|\bTemporal\.Now\b|\bconsole\.|\bsetTimeout\(|\bsetInterval\(|\bperformance\.now\(/;

async function sources(): Promise<string[]> {
  const found: string[] = [];
  for await (const file of glob('{shared,edge,api,dashboard,test}/**/*.{ts,vue}', {
    cwd: ROOT,
    exclude: (name) => /node_modules|dist/.test(name),
  })) {
    found.push(file);
  }
  return found.sort();
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const script = file.endsWith('.vue') ? (/<script[^>]*>([\s\S]*?)<\/script>/.exec(text)?.[1] ?? '') : text;
  const tree = ts.createSourceFile(file, script, ts.ScriptTarget.Latest, true);
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      names.push(node.moduleSpecifier.text);
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [first] = node.arguments;
      if (first && ts.isStringLiteral(first)) names.push(first.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return names.map((name) => {
    if (name.startsWith('#')) return name.slice(1);
    if (name.startsWith('.')) return relative(ROOT, resolve(ROOT, dirname(file), name));
    return name;
  });
}

const isTest = (file: string): boolean => file.startsWith('test/') || /\.test\.ts$/.test(file);
const files = await sources();

describe('architecture', () => {
  it('sees the rooms', () => {
    for (const room of ['shared/', 'edge/', 'api/', 'dashboard/', 'test/']) {
      expect(files.some((f) => f.startsWith(room))).toBe(true);
    }
  });

  it('lets each room import only what its row allows', () => {
    const wrong = files
      .filter((f) => !isTest(f))
      .flatMap((file) => {
        const rule = RULES.find((r) => r.room.test(file));
        if (!rule) return [`${file}: no rule`];
        return importsOf(file)
          .filter((name) => !rule.may.some((m) => m.test(name)))
          .map((name) => `${file} imports ${name}`);
      });
    expect(wrong).toEqual([]);
  });

  it('imports tests from nowhere', () => {
    const wrong = files.filter((f) => !isTest(f)).filter((f) => importsOf(f).some((name) => name.startsWith('test/')));
    expect(wrong).toEqual([]);
  });

  it('keeps shared pure', () => {
    const wrong = files
      .filter((f) => f.startsWith('shared/') && !f.startsWith('shared/store/') && !isTest(f))
      .filter((f) => IMPURE.test(readFileSync(join(ROOT, f), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')));
    expect(wrong).toEqual([]);
  });

  it('lets sources and sinks not know their siblings', () => {
    const wrong = files
      .filter((f) => /^edge\/(sources|sinks)\/[^/]+\//.test(f) && !isTest(f))
      .filter((f) => {
        const own = f.split('/').slice(0, 3).join('/');
        return importsOf(f).some((n) => /^edge\/(sources|sinks)\/[^/]+\//.test(n) && !n.startsWith(`${own}/`));
      });
    expect(wrong).toEqual([]);
  });

  it('keeps files small', () => {
    const big = files
      .filter((f) => !isTest(f))
      .map((f) => ({ f, lines: readFileSync(join(ROOT, f), 'utf8').split('\n').length }))
      .filter(({ lines }) => lines > 400)
      .map(({ f, lines }) => `${f}: ${lines}`);
    expect(big).toEqual([]);
  });

  it('has no drawer for leftovers', () => {
    expect(files.filter((f) => /(^|\/)(utils|helpers|common)(\/|\.ts$)|(^|\/)types\.ts$/.test(f))).toEqual([]);
  });
});
