import type { Plant } from '#shared/plant/model.ts';
import type { Production } from './energy-question.ts';
import { answerKpi, type KpiQuestion } from './kpi-question.ts';
import type { KpiService } from './service.ts';

/**
 * What a scope produced in a window, by product and order as asked; the key is `product|order`. Good pieces only of one line:
 * those of different lines are different things. Hours at the ideal cycle add up over lines.
 */
export async function productionOf(
  plant: Plant,
  kpi: Pick<KpiService, 'kpi' | 'windows'>,
  question: Omit<KpiQuestion, 'by'>,
  by: readonly ('product' | 'order')[],
): Promise<ReadonlyMap<string, Production>> {
  if (question.from >= question.to || question.scope.machines.length === 0) return new Map();
  const items = await answerKpi(plant, kpi.kpi, kpi.windows, { ...question, by: by.length > 0 ? by : ['total'] });
  const isOneLine = question.scope.lines.length === 1;
  const made = new Map<string, Production>();
  for (const { product, order, counts, seconds, idealGoodSeconds } of items) {
    const key = `${by.includes('product') ? (product ?? '') : ''}|${by.includes('order') ? (order ?? '') : ''}`;
    const before = made.get(key);
    made.set(key, {
      good: isOneLine ? (before?.good ?? 0) + counts.good + counts.unscheduledGood : null,
      runSeconds: (before?.runSeconds ?? 0) + seconds.run,
      idealGoodSeconds: (before?.idealGoodSeconds ?? 0) + idealGoodSeconds,
    });
  }
  return made;
}
