import { describe, expect, it } from 'vitest';
import { LEDGER_PARTS } from '#shared/contract/losses.ts';
import { FIGURES } from '#shared/contract/rest.ts';
import { kpiAnswer } from '#shared/contract/rest-answers.ts';
import { TIME_CATEGORIES } from '#shared/state/state.ts';
import { LOOKS_BY_LOUDNESS } from '../glyphs/shapes.ts';
import { isTerm, TERMS, termName, termSentence } from './terms.ts';

const kpiItem = kpiAnswer.shape.items.element.shape;

describe('the glossary', () => {
  it.each([
    ['figures that can be explained', FIGURES],
    ['ratios', Object.keys(kpiItem.kpi.shape)],
    ['parts of the loss ledger', LEDGER_PARTS],
    ['looks of a machine', [...LOOKS_BY_LOUDNESS]],
    ['categories of time', TIME_CATEGORIES],
    [
      'members of a figure answer',
      ['seconds', 'counts', 'coverage', 'provisional', 'targetCount', 'projectedCount'].filter((key) => key in kpiItem),
    ],
    ['energy', ['demand', 'band', 'energy', 'cost', 'perGood', 'limit', 'usual', 'co2']],
  ])('has an entry for all %s', (_what, ids) => {
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.filter((id) => !isTerm(id))).toEqual([]);
  });

  it('says each in one plain sentence', () => {
    for (const id of TERMS) {
      const sentence = termSentence(id);
      expect(termName(id), id).not.toContain('glossary.');
      expect(sentence.endsWith('.'), id).toBe(true);
      expect(sentence.slice(0, -1), id).not.toMatch(/[.!?]\s/);
      expect(sentence.length, id).toBeLessThan(180);
    }
  });
});
