import { expect, it } from 'vitest';
import { siteFindings } from './findings.ts';
import { makeFixture, NOW, PLANT } from './fixture.ts';

it('an overlap and a gap between shifts are told with their line, and so is a break that never happens', async () => {
  const shifts = `      - { id: late, name: Late, days: [tue], start: "13:30", end: "20:00" }
      - { id: night, name: Night, days: [tue], start: "20:30", end: "23:00", breaks: [ { start: "12:00", minutes: 10 } ] }
products:`;
  const site = await makeFixture({ plant: PLANT.replace('products:', shifts) });
  try {
    const { plant, live, historian } = site.deps;
    const found = siteFindings(plant, live, historian, NOW).filter((f) => f.message.startsWith('Plant file'));
    expect(found.map(({ code }) => code).sort()).toEqual(['breakOutsideShift', 'shiftsGap', 'shiftsOverlap']);
    expect(new Set(found.map(({ id }) => id)).size).toBe(3);
    for (const { message } of found)
      expect(message).toMatch(/^Plant file, line \d+: .*If that is not meant, change it/);
  } finally {
    await site.close();
  }
});
