import { localeFor } from '#shared/language/languages.ts';
import type { ReportBasis, ReportFigure, ReportStatement } from '#shared/report/model.ts';
import { currencyDigits, printedKwh, printedMoney } from '#shared/report/rounding.ts';
import { createCellShower } from '#shared/report/show.ts';
import { sayIn } from '#shared/report/words/words.ts';
import { commonStatements } from './basis.ts';
import type { ReportBill } from './bill-table.ts';
import { coverageOfSum, type EnergySum } from './energy-sums.ts';
import type { ReportQuestion } from './question.ts';
import { shownFor, tariffWords } from './words.ts';

export function energyFigures(
  { plant, scope, language }: ReportQuestion,
  total: EnergySum,
  bill: ReportBill | null,
  good: number | null,
): ReportFigure[] {
  const say = sayIn(language);
  const { currency } = plant.site;
  const digits = currencyDigits(currency);
  const money = (id: string, name: string, value: number | null, note: string | null = null): ReportFigure => ({
    id,
    name,
    kind: 'money',
    unit: currency,
    digits,
    value,
    note,
  });
  const pricedKWh = total.kWh - total.unpricedKWh;
  const perGood = good !== null && good > 0 ? total.kWh / good : null;
  return [
    {
      id: 'kWh',
      name: say('column.energy'),
      kind: 'number',
      unit: 'kWh',
      digits: 1,
      value: printedKwh(total.kWh),
      note: null,
    },
    money('cost', say('column.energyCost'), printedMoney(total.cost, currency), say('figure.beforeCharges')),
    {
      ...money('meanPrice', say('figure.meanPrice'), null),
      kind: 'number',
      unit: say('figure.perKWh', { currency }),
      digits: 4,
      value: total.cost !== null && pricedKWh > 0 ? total.cost / pricedKWh : null,
    },
    ...(bill?.total == null ? [] : [money('bill', say('bill.title'), bill.total, bill.note)]),
    ...(bill?.maxDemand ? [bill.maxDemand] : []),
    {
      id: 'co2Kg',
      name: say('column.co2'),
      kind: 'number',
      unit: 'kg',
      digits: 0,
      value: total.co2Kg === null ? null : printedKwh(total.co2Kg),
      note: null,
    },
    ...(scope.kind === 'meter' || good === null
      ? []
      : [
          {
            id: 'kWhPerGood',
            name: say('column.perGood'),
            kind: 'number',
            unit: 'kWh',
            digits: 4,
            value: perGood,
            note: null,
          } as const,
        ]),
    {
      id: 'coverage',
      name: say('column.measured'),
      kind: 'ratio',
      unit: null,
      digits: 1,
      value: coverageOfSum(total),
      note: null,
    },
  ];
}

export function energyStatements(
  question: ReportQuestion,
  basis: ReportBasis,
  total: EnergySum,
  bill: ReportBill | null,
): ReportStatement[] {
  const { plant, language } = question;
  const say = sayIn(language);
  const { show } = createCellShower(shownFor({ site: plant.site, language }));
  const coverage = coverageOfSum(total);
  const missing = total.missingSeconds ?? 0;
  const grams = new Intl.NumberFormat(localeFor(language, plant.site.locale), {
    maximumFractionDigits: 6,
    useGrouping: false,
  });
  const location = plant.carbon.flatMap((c) =>
    c.kind === 'annual' ? [`${grams.format(c.gramsPerKwh)} g/kWh (${say(`method.${c.method}`)}, ${c.source})`] : [],
  );
  return [
    ...commonStatements(question, basis, coverage, total.provisional || question.until < question.to),
    {
      name: say('method.missing'),
      text: say('method.missingText', { hours: show(missing / 3600, 'number', 1) }),
    },
    {
      name: say('method.tariff'),
      text:
        basis.tariffs.length === 0
          ? say('method.noTariff')
          : say('method.priced', { tariffs: basis.tariffs.map((version) => tariffWords(version, say)).join('; ') }),
    },
    ...(Math.abs(total.unpricedKWh) > 1e-6
      ? [
          {
            name: say('method.withoutPrice'),
            text: say('method.withoutPriceText', { kWh: show(total.unpricedKWh, 'number', 1) }),
          },
        ]
      : []),
    {
      name: say('method.co2'),
      text:
        location.length > 0
          ? say('method.factors', { factors: location.slice(-4).join('; ') })
          : plant.carbon.length > 0
            ? say('method.factorsByInterval')
            : say('method.noFactor'),
    },
    {
      name: say('method.rounding'),
      text: say('method.roundingText'),
    },
    {
      name: say('method.machines'),
      text: say('method.machinesText'),
    },
    ...(bill?.statements ?? []),
  ];
}
