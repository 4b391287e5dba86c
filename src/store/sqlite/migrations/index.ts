import { base } from './0001-base.ts';
import { recent } from './0002-recent.ts';
import { archive } from './0003-archive.ts';
import { realm } from './0004-realm.ts';

/** What takes an empty file to the newest schema: the Nth takes version N - 1 to N. Only ever appended to. */
export const migrations: readonly string[] = [base, recent, archive, realm];
