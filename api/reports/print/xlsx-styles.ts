import type { ReportColumn } from '#shared/report/model.ts';

/*
 * Styles of a workbook: one per number format and weight, made as cells ask for them, and written last.
 */
export type Weight = 'plain' | 'head' | 'total' | 'title';

export interface XlsxStyles {
  /** Index for `s=` of a cell. */
  of(format: string, weight: Weight): number;
  xml(): string;
}

/** Number format of a column. Grouping and decimal sign are the reader's own. */
export function formatOf({ kind, digits }: Pick<ReportColumn, 'kind' | 'digits'>): string {
  if (kind === 'date') return 'yyyy-mm-dd';
  if (kind === 'instant') return 'yyyy-mm-dd hh:mm';
  if (kind === 'ratio') return '0.0%';
  if (kind === 'text') return '@';
  return digits === 0 ? '#,##0' : `#,##0.${'0'.repeat(digits)}`;
}

const FONTS: Readonly<Record<Weight, string>> = {
  plain: '<font><sz val="11"/><name val="Calibri"/></font>',
  head: '<font><b/><sz val="11"/><name val="Calibri"/></font>',
  total: '<font><b/><sz val="11"/><name val="Calibri"/></font>',
  title: '<font><b/><sz val="16"/><name val="Calibri"/></font>',
};
const WEIGHTS = Object.keys(FONTS) as Weight[];
const FIRST_OWN_FORMAT = 164;

export function createXlsxStyles(): XlsxStyles {
  const formats = new Map<string, number>();
  const cells = new Map<string, { readonly format: number; readonly weight: Weight; readonly index: number }>();
  cells.set('General plain', { format: 0, weight: 'plain', index: 0 });
  const formatId = (format: string): number => {
    if (format === 'General') return 0;
    if (format === '@') return 49;
    let id = formats.get(format);
    if (id === undefined) {
      id = FIRST_OWN_FORMAT + formats.size;
      formats.set(format, id);
    }
    return id;
  };
  return {
    of(format, weight) {
      const key = `${format} ${weight}`;
      let cell = cells.get(key);
      if (!cell) {
        cell = { format: formatId(format), weight, index: cells.size };
        cells.set(key, cell);
      }
      return cell.index;
    },
    xml() {
      const numFmts = [...formats].map(([code, id]) => `<numFmt numFmtId="${id}" formatCode="${escapeXml(code)}"/>`);
      const xfs = [...cells.values()].map(({ format, weight }) => {
        const border = weight === 'head' ? 1 : weight === 'total' ? 2 : 0;
        const wrap = weight === 'head' ? '<alignment wrapText="1" vertical="top"/>' : '';
        return `<xf numFmtId="${format}" fontId="${WEIGHTS.indexOf(weight)}" fillId="0" borderId="${border}" xfId="0" applyNumberFormat="1" applyFont="1" applyBorder="1"${wrap ? ` applyAlignment="1">${wrap}</xf>` : '/>'}`;
      });
      const line = '<color rgb="FF5F6B73"/>';
      const none = '<left/><right/>';
      return [
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">',
        numFmts.length > 0 ? `<numFmts count="${numFmts.length}">${numFmts.join('')}</numFmts>` : '',
        `<fonts count="${WEIGHTS.length}">${WEIGHTS.map((w) => FONTS[w]).join('')}</fonts>`,
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>',
        `<borders count="3"><border>${none}<top/><bottom/><diagonal/></border>`,
        `<border>${none}<top/><bottom style="thin">${line}</bottom><diagonal/></border>`,
        `<border>${none}<top style="thin">${line}</top><bottom/><diagonal/></border></borders>`,
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>',
        `<cellXfs count="${xfs.length}">${xfs.join('')}</cellXfs>`,
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>',
        '</styleSheet>',
      ].join('');
    },
  };
}

/** XML 1.0 has no place for most control characters: they are left out. */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}
