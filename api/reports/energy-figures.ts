import type { ReportBasis, ReportFigure, ReportStatement } from '#shared/report/model.ts';
import { currencyDigits, printedKwh, printedMoney } from '#shared/report/rounding.ts';
import { createCellShower } from '#shared/report/show.ts';
import { commonStatements } from './basis.ts';
import type { ReportBill } from './bill-table.ts';
import { coverageOfSum, type EnergySum } from './energy-sums.ts';
import type { ReportQuestion } from './question.ts';

export function energyFigures(
  { plant, scope }: ReportQuestion,
  total: EnergySum,
  bill: ReportBill | null,
  good: number | null,
): ReportFigure[] {
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
    { id: 'kWh', name: 'Energy', kind: 'number', unit: 'kWh', digits: 1, value: printedKwh(total.kWh), note: null },
    money('cost', 'Energy cost', printedMoney(total.cost, currency), 'before standing charges and tax'),
    {
      ...money('meanPrice', 'Mean price', null),
      kind: 'number',
      unit: `${currency} per kWh`,
      digits: 4,
      value: total.cost !== null && pricedKWh > 0 ? total.cost / pricedKWh : null,
    },
    ...(bill?.total == null ? [] : [money('bill', 'Bill', bill.total, bill.note)]),
    ...(bill?.maxDemand ? [bill.maxDemand] : []),
    {
      id: 'co2Kg',
      name: 'CO2',
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
            name: 'Per good piece',
            kind: 'number',
            unit: 'kWh',
            digits: 4,
            value: perGood,
            note: null,
          } as const,
        ]),
    { id: 'coverage', name: 'Measured', kind: 'ratio', unit: null, digits: 1, value: coverageOfSum(total), note: null },
  ];
}

export function energyStatements(
  question: ReportQuestion,
  basis: ReportBasis,
  total: EnergySum,
  bill: ReportBill | null,
): ReportStatement[] {
  const { plant } = question;
  const { show } = createCellShower(plant.site);
  const coverage = coverageOfSum(total);
  const missing = total.missingSeconds ?? 0;
  const location = plant.carbon.flatMap((c) =>
    c.kind === 'annual' ? [`${c.gramsPerKwh} g/kWh (${c.method}, ${c.source})`] : [],
  );
  return [
    ...commonStatements(question, basis, coverage, total.provisional || question.until < question.to),
    {
      name: 'Missing readings',
      text: `${show(missing / 3600, 'number', 1)} hours without a reading; their energy is in no figure.`,
    },
    {
      name: 'Tariff',
      text:
        basis.tariffs.length === 0
          ? 'No tariff is in force for this energy, so cost is unknown.'
          : `${basis.tariffs.join('; ')}. Each kWh is priced by the version in force when it was drawn.`,
    },
    ...(Math.abs(total.unpricedKWh) > 1e-6
      ? [
          {
            name: 'Without price',
            text: `${show(total.unpricedKWh, 'number', 1)} kWh have no price; cost leaves them out.`,
          },
        ]
      : []),
    {
      name: 'CO2',
      text:
        location.length > 0
          ? `Factors of the plant file: ${location.slice(-4).join('; ')}.`
          : plant.carbon.length > 0
            ? 'Factors by half hour from the plant file.'
            : 'The plant file gives no factor.',
    },
    {
      name: 'Rounding',
      text: `Energy is exact to 0.000001 kWh in CSV, XLSX and JSON. Each line of money is rounded once; a line "Rounding" makes every table end in the same total.`,
    },
    {
      name: 'Machines',
      text: 'Energy of a machine is what its own meters measured, by their shares. What no machine meter explains stands as a line of its own, so that the lines add up to the meter.',
    },
    ...(bill?.statements ?? []),
  ];
}
