import { type ShallowRef, shallowRef } from 'vue';
import { get } from '../../rest/get.ts';

/** The part of /plant that these pages need. */
export interface PlantAnswer {
  readonly lines: readonly { readonly id: string; readonly name: string; readonly area: string }[];
  readonly machines: readonly { readonly id: string; readonly name: string }[];
}

export function usePlant(): Readonly<ShallowRef<PlantAnswer | null>> {
  const plant = shallowRef<PlantAnswer | null>(null);
  void get<PlantAnswer>('plant')
    .then((answer) => {
      plant.value = answer;
    })
    .catch(() => {
      // Without names the ids are shown.
    });
  return plant;
}
