import { tariffSpans } from '#shared/energy/scope.ts';
import type { Plant } from '#shared/plant/model.ts';
import type { ReportBasis, ReportHead, ReportStatement } from '#shared/report/model.ts';
import { createCellShower, periodLabel } from '#shared/report/show.ts';
import { type ReportPhrase, sayIn } from '#shared/report/words/words.ts';
import { toIso } from '#shared/time/instant.ts';
import { rootMeters } from '../kpi/energy-slices.ts';
import { rulesVersion } from '../kpi/rules-version.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Scope } from '../scope.ts';
import type { ReportQuestion } from './question.ts';
import { scopeName, shownFor } from './words.ts';

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

export function headOf(question: ReportQuestion, title: ReportPhrase, table: ReportHead['table']): ReportHead {
  const { name, plant, scope, from, to, by, language } = question;
  const { id, name: siteName, timezone, currency, locale } = plant.site;
  return {
    version: 1,
    name,
    title: sayIn(language)(title),
    language,
    site: { id, name: siteName, timezone, currency, locale },
    scope: scope.text,
    scopeName: scopeName(plant, scope.kind, scope.id, language),
    from: toIso(from),
    to: toIso(to),
    period: periodLabel({ locale, timezone, language }, from, to),
    by,
    table,
  };
}

/** What every report says about itself, before what is its own. */
export function commonStatements(
  { plant, from, to, until, language }: ReportQuestion,
  basis: ReportBasis,
  coverage: number | null,
  provisional: boolean,
): ReportStatement[] {
  const say = sayIn(language);
  const shown = shownFor({ site: plant.site, language });
  const { show } = createCellShower(shown);
  const period = { period: periodLabel(shown, from, to), zone: plant.site.timezone };
  const asOf = {
    time: show(Date.parse(basis.asOf), 'instant', 0),
    iso: basis.asOf,
    number: basis.ledgerSeq,
  };
  return [
    {
      name: say('method.period'),
      text:
        until < to
          ? say('method.periodOpen', { ...period, until: show(until, 'instant', 0) })
          : say('method.periodText', period),
    },
    { name: say('method.asOf'), text: say('method.asOfText', asOf) },
    { name: say('method.plantFile'), text: say('method.version', { hash: basis.plantHash.slice(0, 12) }) },
    { name: say('method.rules'), text: say('method.rulesText', { version: basis.rulesVersion }) },
    {
      name: say('method.coverage'),
      text:
        coverage === null
          ? say('method.nothingKnown')
          : say('method.known', { share: show(Math.floor(coverage * 1000) / 1000, 'ratio', 1) }),
    },
    { name: say('method.status'), text: say(provisional ? 'method.provisional' : 'method.final') },
  ];
}

let known: string | null = null;

/** The code does not change while it runs, and reading it takes a while. */
function rules(): string {
  known ??= rulesVersion();
  return known;
}
