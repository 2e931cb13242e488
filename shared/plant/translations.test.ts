import { describe, expect, it } from 'vitest';
import { plantChanges } from './changes.ts';
import { type Loose, parseBent, problemsOf } from './fixture.ts';
import { nameIn } from './translations.ts';

const set = (plant: Loose, values: object): void => void Object.assign(plant, values);

describe('names in other languages', () => {
  it('stand beside a name, or in the section for names that stand bare', () => {
    const { plant, doubts } = parseBent((p) => {
      set(p['reasons']?.[0] as Loose, { name: 'Jam', names: { de: 'Stau', pl: 'Zator' } });
      set(p, { names: { Mechanical: { de: 'Mechanik' }, Packaging: { de: 'Verpackung' }, early: { de: 'Früh' } } });
    });
    expect(nameIn(plant, 'de', 'Jam')).toBe('Stau');
    expect(nameIn(plant, 'fr', 'Jam')).toBe('Jam');
    expect(nameIn(plant, 'de', 'Mechanical')).toBe('Mechanik');
    expect(nameIn(plant, 'de', 'early')).toBe('Früh');
    expect(plant.reasons.get('jam')?.name).toBe('Jam');
    expect(doubts.filter(({ code }) => code.startsWith('name'))).toEqual([]);
  });

  it('are only for languages that pages speak, and only text', () => {
    const problems = problemsOf((p) => {
      set(p['reasons']?.[0] as Loose, { names: { dee: 'Stau' } });
      set(p, { names: { Mechanical: 'Mechanik' } });
    });
    expect(problems).toEqual([
      expect.stringMatching(/^reasons\[0\]\.names\.dee: is not a known key; .*de/),
      expect.stringMatching(/^names\.Mechanical: must be a mapping/),
    ]);
  });

  it('of nothing, and a list that is half translated, are doubts', () => {
    const { doubts } = parseBent((p) => {
      set(p, {
        names: { Mechanica: { de: 'Mechanik' } },
        reasons: [
          { id: 'jam', group: 'Mechanical', category: 'unplannedStop', names: { de: 'Stau' } },
          { id: 'film', name: 'Film roll', category: 'unplannedStop' },
        ],
      });
    });
    const told = doubts.filter(({ code }) => code.startsWith('name'));
    expect(told.map(({ code, path }) => `${code} ${path}`).sort()).toEqual([
      'nameOfNothing names.Mechanica',
      'nameUntranslated reasons[1]',
    ]);
    expect(told.map(({ message }) => message).join('\n')).toContain('did you mean "Mechanical"?');
    expect(told.map(({ message }) => message).join('\n')).toContain('1 of 2 reasons have no name in de ("Film roll")');
  });

  it('change no figure', () => {
    const { plant: before } = parseBent(() => {});
    const { plant: after } = parseBent((p) => set(p['reasons']?.[0] as Loose, { names: { de: 'Stau' } }));
    expect(plantChanges(before, after)).toEqual([{ about: 'name jam', effect: 'none', text: 'added' }]);
  });
});
