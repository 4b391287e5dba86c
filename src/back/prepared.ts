// What a batch becomes on its way to the disk, and whom it will be told to.
import type { ArchiveRow, Doc, IdRow, NewEntry, Rename } from '../store/api.ts';

export interface Prepared {
  readonly append: NewEntry[];
  readonly ids: IdRow[];
  readonly archive: ArchiveRow[];
  readonly docs: Doc[];
  readonly rename: Rename[];
  /** Called in order once all of it is on disk. */
  readonly told: (() => void)[];
}

export const nothing = (): Prepared => ({ append: [], ids: [], archive: [], docs: [], rename: [], told: [] });
