import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';

/*
 * Pictures of the key pages at a quarter of their size, against those in test/e2e/baseline. Only on the Chromium that made them, which
 * `chromium.txt` names: another version draws letters otherwise. `LINEWATT_BASELINE=write` makes them anew.
 */
const FOLDER = join(import.meta.dirname, 'baseline');
const NAMED = join(FOLDER, 'chromium.txt');
export const WRITES = process.env['LINEWATT_BASELINE'] === 'write';
/** A pixel differs when one of its colours does by more than this of 255. */
const COLOUR_STEP = 40;

export function isBaselineOf(browser: Browser): boolean {
  return WRITES || (existsSync(NAMED) && readFileSync(NAMED, 'utf8').trim() === browser.version());
}

/** Share of pixels that differ from the baseline, 0..1; 0 where it was just written. @throws Error where there is none. */
export async function pixelsOff(browser: Browser, page: Page, name: string): Promise<number> {
  const file = join(FOLDER, `${name}.png`);
  const shot = (await page.screenshot({ animations: 'disabled', caret: 'hide' })).toString('base64');
  const held = WRITES ? null : readFileSync(file).toString('base64');
  const paper = await browser.newPage();
  try {
    const { small, off } = await paper.evaluate(compare, { shot, held, step: COLOUR_STEP });
    if (WRITES) {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(file, Buffer.from(small, 'base64'));
      writeFileSync(NAMED, `${browser.version()}\n`);
    }
    return off;
  } finally {
    await paper.close();
  }
}

interface Pictures {
  readonly shot: string;
  readonly held: string | null;
  readonly step: number;
}

/** In a page, because a browser reads and scales pictures. */
async function compare({ shot, held, step }: Pictures): Promise<{ small: string; off: number }> {
  const draw = async (base64: string, scale: number): Promise<[HTMLCanvasElement, Uint8ClampedArray]> => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no canvas');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return [canvas, context.getImageData(0, 0, canvas.width, canvas.height).data];
  };
  const [canvas, now] = await draw(shot, 0.25);
  const small = canvas.toDataURL('image/png').slice('data:image/png;base64,'.length);
  if (held === null) return { small, off: 0 };
  const [, before] = await draw(held, 1);
  if (before.length !== now.length) return { small, off: 1 };
  let off = 0;
  for (let i = 0; i < now.length; i += 4) {
    const differs = [0, 1, 2].some((c) => Math.abs((now[i + c] ?? 0) - (before[i + c] ?? 0)) > step);
    if (differs) off += 1;
  }
  return { small, off: off / (now.length / 4) };
}
