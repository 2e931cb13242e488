import { onScopeDispose, type ShallowRef, shallowRef } from 'vue';

/*
 * The wall is drawn in units u, so that every 16:9 screen shows the same picture at any resolution.
 * wide   from 3:2 on: figures in a column at the right (wider than 16:9: the height gives the unit, the charts get longer)
 * tall   up to 3:2, e.g. 4:3 and a tablet: figures drop under the ribbons
 * upright  higher than wide: one column
 */
export type WallShape = 'wide' | 'tall' | 'upright';

export interface WallUnit {
  readonly shape: WallShape;
  /** CSS pixels of one u. */
  readonly px: number;
  /** Screen in u. */
  readonly width: number;
  readonly height: number;
}

export function wallUnit(widthPx: number, heightPx: number): WallUnit {
  const aspect = widthPx / heightPx;
  const shape: WallShape = aspect >= 1.5 ? 'wide' : aspect >= 1 ? 'tall' : 'upright';
  const px = shape === 'upright' ? widthPx / (widthPx < 600 ? 760 : 1080) : Math.min(widthPx / 1920, heightPx / 1080);
  return { shape, px, width: widthPx / px, height: heightPx / px };
}

export function useWallUnit(): Readonly<ShallowRef<WallUnit>> {
  const measure = (): WallUnit => wallUnit(window.innerWidth, window.innerHeight);
  const unit = shallowRef(measure());
  const update = (): void => {
    unit.value = measure();
  };
  window.addEventListener('resize', update);
  onScopeDispose(() => window.removeEventListener('resize', update));
  return unit;
}
