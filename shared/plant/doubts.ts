import type { PlantDraft } from './draft.ts';
import type { Plant } from './model.ts';
import type { DoubtCode, Path } from './problem.ts';

export type Doubting = (code: DoubtCode, path: Path, message: string) => void;

export function doubtsOf(draft: PlantDraft, _plant: Plant, doubt: Doubting): void {
  for (const { path, value: source } of draft.sources) {
    if (source.owner === null) {
      doubt(
        'sourceWithoutOwner',
        path,
        `source "${source.id}" has no owner; name who answers for it when it falls silent`,
      );
    }
  }
}
