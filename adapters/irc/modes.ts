// A channel's modes: which letters take a parameter, who has which, and what that makes of him.
import type { Role } from 'moongate/adapter';

/** What ISUPPORT says of modes. */
export interface ModeTable {
  /** Letters that somebody may have in a channel with their signs, highest first: q ~, a &, o @, h %, v +. */
  readonly prefixes: readonly { readonly mode: string; readonly symbol: string }[];
  /** CHANMODES: lists; always with a parameter; with one when set; never. */
  readonly kinds: readonly [string, string, string, string];
}

export const PLAIN_MODES: ModeTable = {
  prefixes: [
    { mode: 'o', symbol: '@' },
    { mode: 'v', symbol: '+' },
  ],
  kinds: ['b', 'k', 'l', 'imnpst'],
};

/** The table of a server's `PREFIX` and `CHANMODES`, as irc-framework parsed them. */
export function modeTable(prefix: unknown, chanmodes: unknown): ModeTable {
  const prefixes = Array.isArray(prefix) ? (prefix as { mode: string; symbol: string }[]) : PLAIN_MODES.prefixes;
  if (!Array.isArray(chanmodes)) return { prefixes, kinds: PLAIN_MODES.kinds };
  const [a = '', b = '', c = '', d = ''] = chanmodes as string[];
  return { prefixes, kinds: [a, b, c, d] };
}

export interface ModeChange {
  readonly add: boolean;
  readonly mode: string;
  readonly param?: string;
}

/** `+ov-m alice bob` as single changes. */
export function modeChanges(table: ModeTable, letters: string, params: readonly string[]): readonly ModeChange[] {
  const changes: ModeChange[] = [];
  let add = true;
  let next = 0;
  for (const mode of letters) {
    if (mode === '+' || mode === '-') add = mode === '+';
    else {
      const param = takesParameter(table, mode, add) ? params[next++] : undefined;
      changes.push({ add, mode, ...(param === undefined ? {} : { param }) });
    }
  }
  return changes;
}

function takesParameter({ prefixes, kinds }: ModeTable, mode: string, add: boolean): boolean {
  const [lists, always, whenSet] = kinds;
  return lists.includes(mode) || always.includes(mode) || isPrefix(prefixes, mode) || (add && whenSet.includes(mode));
}

const isPrefix = (prefixes: ModeTable['prefixes'], mode: string): boolean => prefixes.some((one) => one.mode === mode);

/** True where the letter gives somebody a place in the channel. */
export function isRank(table: ModeTable, mode: string): boolean {
  return isPrefix(table.prefixes, mode);
}

/** `@+alice` as in NAMES: the nick and the letters of its signs. */
export function ranked(table: ModeTable, entry: string): { readonly nick: string; readonly ranks: string } {
  let at = 0;
  let ranks = '';
  for (; at < entry.length; at++) {
    const found = table.prefixes.find(({ symbol }) => symbol === entry.charAt(at));
    if (found === undefined) break;
    ranks += found.mode;
  }
  return { nick: entry.slice(at), ranks };
}

/** What somebody with these letters is; in a moderated channel only a voice may speak. */
export function roleOf(ranks: string, moderated: boolean): Role {
  if (ranks.includes('q')) return 'owner';
  if (ranks.includes('a') || ranks.includes('o')) return 'admin';
  if (ranks.includes('h')) return 'moderator';
  return moderated && ranks === '' ? 'muted' : 'member';
}

/** The ranks that a role does not tell: operators of a channel are of several kinds, and a voice is one where all may speak. */
export const titlesOf = (ranks: string): readonly string[] =>
  Object.keys(TITLES).filter((title) => ranks.includes(TITLES[title] ?? ''));
const TITLES: Readonly<Record<string, string>> = { protected: 'a', 'half-operator': 'h', voice: 'v' };

/** The changes of letters that make somebody who has `ranks` what he shall be; undefined where this server cannot. */
export function changesFor(table: ModeTable, ranks: string, role: Role, moderated: boolean): string | undefined {
  const has = (mode: string): boolean => isPrefix(table.prefixes, mode);
  const wanted = wantedRank(role, has, moderated);
  if (wanted === undefined) return undefined;
  const above = table.prefixes.map(({ mode }) => mode).filter((mode) => mode !== 'v' && mode !== wanted);
  const gone = above.filter((mode) => ranks.includes(mode));
  if (role === 'muted' && ranks.includes('v')) gone.push('v');
  const added = wanted !== '' && !ranks.includes(wanted) ? `+${wanted}` : '';
  return added + (gone.length > 0 ? `-${gone.join('')}` : '');
}

function wantedRank(role: Role, has: (mode: string) => boolean, moderated: boolean): string | undefined {
  switch (role) {
    case 'owner':
      return has('q') ? 'q' : 'o';
    case 'admin':
      return 'o';
    case 'moderator':
      return has('h') ? 'h' : 'o';
    case 'member':
      return moderated ? 'v' : '';
    case 'muted':
      return moderated ? '' : undefined;
    case 'none':
    case 'banned':
      return undefined;
  }
}
