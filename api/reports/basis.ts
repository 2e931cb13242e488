import { tariffSpans } from '#shared/energy/scope.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { ReportBasis, ReportHead, ReportStatement } from '#shared/report/model.ts';
import { createCellShower, periodLabel } from '#shared/report/show.ts';
import { toIso } from '#shared/time/instant.ts';
import { rootMeters } from '../kpi/energy-slices.ts';
import { rulesVersion } from '../kpi/rules-version.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Scope } from '../scope.ts';
import type { ReportQuestion } from './question.ts';
import { scopeName } from './words.ts';

/** Meters whose tariffs price a scope. */
export function pricedMeters(plant: Plant, scope: Scope): readonly string[] {
  return scope.kind === 'meter' ? [scope.id] : rootMeters(plant);
}

export function basisOf({ plant, scope, from, until, asOf, now }: ReportQuestion, ledger: Ledger): ReportBasis {
  const tariffs = new Set<string>();
  for (const meter of pricedMeters(plant, scope)) {
    for (const { tariff } of tariffSpans(plant, meter, from, until)) {
      if (tariff) tariffs.add(`${tariff.id} from ${tariff.validFrom}`);
    }
  }
  const entries = asOf === undefined ? null : ledger.entries().filter((e) => e.recordedAt <= asOf);
  return {
    asOf: toIso(asOf ?? now),
    plantHash: plant.hash,
    ledgerSeq: entries === null ? ledger.seq : (entries.at(-1)?.seq ?? 0),
    rulesVersion: rules(),
    tariffs: [...tariffs],
  };
}

export function headOf(question: ReportQuestion, title: string, table: ReportHead['table']): ReportHead {
  const { name, plant, scope, from, to, by } = question;
  const { id, name: siteName, timezone, currency, locale } = plant.site;
  return {
    version: 1,
    name,
    title,
    site: { id, name: siteName, timezone, currency, locale },
    scope: scope.text,
    scopeName: scopeName(plant, scope.kind, scope.id),
    from: toIso(from),
    to: toIso(to),
    period: periodLabel({ locale, timezone }, from, to),
    by,
    table,
  };
}

/** What every report says about itself, before what is its own. */
export function commonStatements(
  { plant, from, to, until }: ReportQuestion,
  basis: ReportBasis,
  coverage: number | null,
  provisional: boolean,
): ReportStatement[] {
  const { timezone, locale } = plant.site;
  const { show } = createCellShower({ id: '', name: '', currency: '', timezone, locale });
  const open = until < to ? ` Known until ${show(until, 'instant', 0)}; the rest of the period is still to come.` : '';
  return [
    { name: 'Period', text: `${periodLabel({ timezone, locale }, from, to)}, clock of ${timezone}.${open}` },
    {
      name: 'As of',
      text: `${show(Date.parse(basis.asOf), 'instant', 0)} (${basis.asOf}), entries up to no. ${basis.ledgerSeq}.`,
    },
    { name: 'Plant file', text: `version ${basis.plantHash.slice(0, 12)}` },
    { name: 'Rules', text: `version ${basis.rulesVersion}; docs/rules.md says what every figure means.` },
    {
      name: 'Coverage',
      text:
        coverage === null
          ? 'Nothing is known of this time.'
          : `${show(Math.floor(coverage * 1000) / 1000, 'ratio', 1)} of the time is known. What is missing is left out, never guessed.`,
    },
    {
      name: 'Status',
      text: provisional
        ? 'Provisional: data that come late may still change it.'
        : 'Final for now: later entries or data make a new version, and this one is then marked superseded.',
    },
  ];
}

let known: string | null = null;

/** The code does not change while it runs, and reading it takes a while. */
function rules(): string {
  known ??= rulesVersion();
  return known;
}
