import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';

/*
 * Paper to draw on: the product's type and greys, in points from the top left.
 *
 * - IBM Plex comes in two files per weight, Latin and Latin extended; a line of text is drawn in runs of either.
 * - Where the fonts are not installed the built-in Helvetica stands in: a report is never refused for its looks.
 */
export type Face = 'sans' | 'bold' | 'condensed' | 'condensedBold';

export const INK = '#14191c';
export const TEXT_2 = '#465158';
export const TEXT_3 = '#5f6a71';
export const RULE = '#d6dbde';
export const RULE_STRONG = '#838d94';

export interface TextStyle {
  readonly face?: Face;
  readonly size?: number;
  readonly color?: string;
  readonly align?: 'left' | 'right';
  /** Longer text is cut with an ellipsis. */
  readonly width?: number;
}

export interface Paper {
  readonly doc: PDFKit.PDFDocument;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  /** Lowest y that content may reach. */
  readonly bottom: number;
  /** Where the next block begins. */
  y: number;
  text(text: string, x: number, y: number, style?: TextStyle): void;
  widthOf(text: string, style?: TextStyle): number;
  /** Lines of at most `width`, broken between words. */
  wrap(text: string, width: number, style?: TextStyle): string[];
  rule(y: number, color?: string): void;
  newPage(): void;
  /** A new page where less than `height` is left. */
  need(height: number): void;
}

const FILES: Readonly<Record<Face, readonly [family: string, weight: number]>> = {
  sans: ['ibm-plex-sans', 400],
  bold: ['ibm-plex-sans', 600],
  condensed: ['ibm-plex-sans-condensed', 400],
  condensedBold: ['ibm-plex-sans-condensed', 600],
};
/** What the Latin files of the package hold. */
const LATIN: readonly (readonly [from: number, to: number])[] = [
  [0x00, 0xff],
  [0x131, 0x131],
  [0x152, 0x153],
  [0x2bb, 0x2dc],
  [0x2000, 0x206f],
  [0x20ac, 0x20ac],
  [0x2122, 0x2122],
  [0x2191, 0x2193],
  [0x2212, 0x2215],
];
const MARGIN = 40;
const FOOT = 34;
const ELLIPSIS = '…';

let fontFiles: ReadonlyMap<string, Buffer> | null = null;

export function createPaper(title: string, landscape: boolean, createdAt: Date): Paper {
  const doc = new PDFDocument({
    size: 'A4',
    layout: landscape ? 'landscape' : 'portrait',
    margin: 0,
    bufferPages: true,
    info: { Title: title, Creator: 'Linewatt', Producer: 'Linewatt', CreationDate: createdAt },
  });
  fontFiles ??= readFonts();
  for (const [name, bytes] of fontFiles) doc.registerFont(name, bytes);
  const fontOf = (face: Face, extended: boolean): string => {
    const name = `${face}${extended ? '-ext' : ''}`;
    if (fontFiles?.has(name)) return name;
    return face === 'bold' || face === 'condensedBold' ? 'Helvetica-Bold' : 'Helvetica';
  };
  const use = (face: Face, extended: boolean, size: number): PDFKit.PDFDocument =>
    doc.font(fontOf(face, extended)).fontSize(size);
  const widths = new Map<string, number>();
  const widthOf: Paper['widthOf'] = (text, { face = 'sans', size = 9 } = {}) => {
    const key = `${face} ${size} ${text}`;
    let width = widths.get(key);
    if (width === undefined) {
      width = runsOf(text).reduce((sum, [run, ext]) => sum + use(face, ext, size).widthOfString(run), 0);
      if (widths.size > 20_000) widths.clear();
      widths.set(key, width);
    }
    return width;
  };
  const cutTo = (text: string, style: TextStyle): string => {
    if (style.width === undefined || widthOf(text, style) <= style.width) return text;
    let end = text.length - 1;
    while (end > 0 && widthOf(`${text.slice(0, end)}${ELLIPSIS}`, style) > style.width) end -= 1;
    return `${text.slice(0, end)}${ELLIPSIS}`;
  };
  const paper: Paper = {
    doc,
    left: MARGIN,
    right: doc.page.width - MARGIN,
    top: MARGIN,
    bottom: doc.page.height - MARGIN - FOOT + 10,
    y: MARGIN,
    widthOf,
    text(given, x, y, style = {}) {
      const { face = 'sans', size = 9, color = INK, align = 'left', width = 0 } = style;
      const text = cutTo(given, style);
      let at = align === 'right' ? x + width - widthOf(text, style) : x;
      doc.fillColor(color);
      for (const [run, ext] of runsOf(text)) {
        use(face, ext, size).text(run, at, y, { lineBreak: false });
        at += doc.widthOfString(run);
      }
    },
    wrap(text, width, style) {
      const lines: string[] = [];
      let line = '';
      for (const word of text.split(' ')) {
        const longer = line === '' ? word : `${line} ${word}`;
        if (line !== '' && widthOf(longer, style) > width) {
          lines.push(line);
          line = word;
        } else line = longer;
      }
      return [...lines, line];
    },
    rule(y, color = RULE) {
      doc.moveTo(MARGIN, y).lineTo(paper.right, y).lineWidth(0.5).strokeColor(color).stroke();
    },
    newPage() {
      doc.addPage();
      paper.y = MARGIN;
    },
    need(height) {
      if (paper.y + height > paper.bottom) paper.newPage();
    },
  };
  return paper;
}

/** Stretches of text that one file holds. */
function runsOf(text: string): [run: string, extended: boolean][] {
  const runs: [string, boolean][] = [];
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    const extended = !LATIN.some(([from, to]) => code >= from && code <= to);
    const last = runs.at(-1);
    if (last && last[1] === extended) last[0] += char;
    else runs.push([char, extended]);
  }
  return runs;
}

function readFonts(): ReadonlyMap<string, Buffer> {
  const { resolve } = createRequire(import.meta.url);
  const fonts = new Map<string, Buffer>();
  for (const [face, [family, weight]] of Object.entries(FILES)) {
    for (const [subset, suffix] of [
      ['latin', ''],
      ['latin-ext', '-ext'],
    ]) {
      try {
        const file = resolve(`@fontsource/${family}/files/${family}-${subset}-${weight}-normal.woff`);
        fonts.set(`${face}${suffix}`, readFileSync(file));
      } catch {
        // Helvetica stands in.
      }
    }
  }
  return fonts;
}
