import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { NodeTypes, parse, type TemplateChildNode } from '@vue/compiler-dom';
import { expect, it } from 'vitest';

/*
 * No page holds a word of its own: what people read comes from the messages, in their language. Names, units and signs that are
 * the same everywhere may stand.
 */
const ROOM = join(import.meta.dirname, '..');
const SAME_EVERYWHERE =
  /\b(?:Linewatt|OEE|kWh|MWh|kW|kVA|kvarh|CSV|XLSX|PDF|JSON|PIN|CO2|CO₂|CO₂e|CO2e|CV|RMSE|kg|min|ms|TLS|MQTT|OPC UA|InfluxDB|KPI)\b/g;
const READ_ATTRIBUTES = ['aria-label', 'title', 'placeholder', 'alt', 'aria-description', 'label'];

function pages(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return entry.name === 'dist' ? [] : pages(join(dir, entry.name));
    return entry.name.endsWith('.vue') ? [join(dir, entry.name)] : [];
  });
}

function wordsIn(nodes: readonly TemplateChildNode[]): string[] {
  return nodes.flatMap((node) => {
    if (node.type === NodeTypes.TEXT) return isWord(node.content) ? [node.content.trim()] : [];
    if (node.type !== NodeTypes.ELEMENT) return [];
    if (node.tag === 'style' || node.tag === 'script') return [];
    const own = node.props.flatMap((prop) => {
      if (prop.type !== NodeTypes.ATTRIBUTE || !READ_ATTRIBUTES.includes(prop.name)) return [];
      return prop.value && isWord(prop.value.content) ? [`${prop.name}="${prop.value.content}"`] : [];
    });
    return [...own, ...wordsIn(node.children)];
  });
}

const isWord = (text: string): boolean => /\p{L}{2}/u.test(text.replaceAll(SAME_EVERYWHERE, ''));

it.each(pages(ROOM).map((path) => [relative(ROOM, path), path] as const))('%s', (_name, path) => {
  expect(wordsIn(parse(readFileSync(path, 'utf8')).children)).toEqual([]);
});
