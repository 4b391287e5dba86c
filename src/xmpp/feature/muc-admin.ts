// XEP-0045 1.35.5, 8 and 9: who may do what in a room, asked and changed.
import type { Author, Role } from '../../adapter/api.ts';
import type { Back } from '../../link.ts';
import type { Failure } from '../../message/entry.ts';
import type { Room } from '../../room/room.ts';
import { isModerator, standing } from '../../room/roles.ts';
import { chatJid } from '../address.ts';
import type { Refusal } from '../error.ts';
import type { Asked, RoomLook } from '../room-look.ts';
import { x, type Element } from '../stanza.ts';
import { IqError, type Feature, type Request } from './feature.ts';
import { NS_MUC } from './muc.ts';

/** Namespace of roles and affiliations. */
export const NS_ADMIN = `${NS_MUC}#admin`;

export interface MucAdminOptions {
  readonly domain: string;
  readonly look: RoomLook;
  readonly back: Pick<Back, 'banned' | 'setRole'>;
}

/** What one item of a request wants. */
export interface AdminItem {
  readonly nick?: string | undefined;
  readonly jid?: string | undefined;
  readonly role?: string | undefined;
  readonly affiliation?: string | undefined;
  readonly reason?: string | undefined;
}
/** A change of one person's role on the network, or why not. */
export type Decision = { readonly user: Author; readonly role: Role } | { readonly refused: Refusal | Failure };

const roles: Readonly<Record<string, Role>> = {
  none: 'none',
  visitor: 'muted',
  participant: 'member',
  moderator: 'moderator',
};
const affiliations: Readonly<Record<string, Role>> = {
  outcast: 'banned',
  none: 'none',
  member: 'member',
  admin: 'admin',
  owner: 'owner',
};
const rank: Readonly<Record<Role, number>> = {
  ...{ owner: 5, admin: 4, moderator: 3, member: 2, muted: 1, none: 0, banned: 0 },
};
/** A stanza with more people than this would be too long. */
const MOST = 2_000;

/** Who may change whom to what, as far as it is known here; the network has the last word. `user` undefined: nobody. */
export function decide(room: Room, item: AdminItem, user: Author | undefined): Decision {
  const { role, affiliation } = item;
  if ((role === undefined) === (affiliation === undefined)) return { refused: 'bad-request' };
  const wanted = role === undefined ? affiliations[affiliation ?? ''] : roles[role];
  if (wanted === undefined || (role !== undefined && item.nick === undefined)) return { refused: 'bad-request' };
  const own = room.members.of(null)?.role ?? 'none';
  if (!isModerator(own)) return { refused: { code: 'forbidden' } };
  if (rank[wanted] > rank.moderator && rank[own] < rank.admin) return { refused: { code: 'forbidden' } };
  if (user === undefined) return { refused: 'item-not-found' };
  const target = room.of(user);
  const now = target?.role ?? 'none';
  if (user === null && (wanted === 'none' || wanted === 'banned')) return { refused: { code: 'conflict' } };
  if (user !== null && rank[now] > rank[own]) return { refused: 'not-allowed' };
  if (now === 'owner' && wanted !== 'owner' && owners(room) === 1) return { refused: { code: 'conflict' } };
  // In a room that everybody may enter, no affiliation is what everybody has.
  const stays = affiliation === 'none' && target !== undefined && !room.isPrivate;
  return { user, role: stays ? 'member' : wanted };
}

const owners = ({ members }: Room): number => [...members.all()].filter(({ role }) => role === 'owner').length;

/** Answers who may do what in rooms, and changes it. */
export function mucAdmin({ domain, look, back }: MucAdminOptions): Feature {
  const on = { on: ['room'], name: 'query', ns: NS_ADMIN } as const;
  return {
    iq: [
      { ...on, type: 'get', handle: async (request) => list(back, await look.find(request), request, domain) },
      {
        ...{ ...on, type: 'set' },
        async handle(request) {
          const asked = await look.find(request);
          const changes = await decisions(look, asked, request);
          for (const { user, role, reason } of changes) await change(back, asked, user, role, reason);
          return undefined;
        },
      },
    ],
  };
}

/** All items are looked at before anything is done for one. */
async function decisions(look: RoomLook, asked: Asked, { payload }: Request) {
  const items = payload.getChildren('item').map(readItem);
  if (items.length === 0) throw new IqError('bad-request');
  const changes: { readonly user: Author; readonly role: Role; readonly reason: string | undefined }[] = [];
  for (const item of items) {
    const decision = decide(asked.room, item, await whom(look, asked, item));
    if ('refused' in decision) throw new IqError(decision.refused);
    changes.push({ ...decision, reason: item.reason });
  }
  return changes;
}

async function whom(look: RoomLook, asked: Asked, { nick, jid }: AdminItem): Promise<Author | undefined> {
  if (jid !== undefined) return look.who(asked, jid);
  return nick === undefined ? undefined : asked.room.byNick(nick)?.user;
}

async function change(
  back: Pick<Back, 'setRole'>,
  { account, room }: Asked,
  user: Author,
  role: Role,
  reason: string | undefined,
): Promise<void> {
  const id = user ?? account.status?.self ?? account.remote;
  await (reason === undefined
    ? back.setRole(account.id, room.chat, id, role)
    : back.setRole(account.id, room.chat, id, role, reason));
}

function readItem(item: Element): AdminItem {
  const { nick, jid, role, affiliation } = item.attrs;
  const reason = item.getChildText('reason') ?? '';
  return { nick, jid, role, affiliation, reason: reason === '' ? undefined : reason };
}

/** A list by role or affiliation (8.5, 9.8 and others). */
async function list(back: Pick<Back, 'banned'>, asked: Asked, { payload }: Request, domain: string): Promise<Element> {
  const [item, ...others] = payload.getChildren('item').map(readItem);
  if (item === undefined || others.length > 0 || (item.role === undefined) === (item.affiliation === undefined))
    throw new IqError('bad-request');
  const { role, affiliation } = item;
  if (role !== undefined ? !(role in roles) : !((affiliation ?? '') in affiliations)) throw new IqError('bad-request');
  if (affiliation === 'none' || role === 'none') throw new IqError({ code: 'unsupported' });
  const items = affiliation === 'outcast' ? await outcasts(back, asked, domain) : members(asked, item, domain);
  if (items.length > MOST) throw new IqError({ code: 'too-large' });
  return x('query', { xmlns: NS_ADMIN }, ...items);
}

/** Those in the room. */
function members({ room, account }: Asked, { role, affiliation }: AdminItem, domain: string): readonly Element[] {
  const of = [...room.members.all()].filter((each) => {
    const has = standing(each.role, room.isPrivate);
    return role === undefined ? has.affiliation === affiliation : has.role === role;
  });
  return of.map(({ user, nick, role: own }) => {
    const jid = user === null ? account.jid : chatJid({ kind: 'direct', id: user }, domain);
    const isShown = room.isPrivate || user === null || role === undefined;
    return x('item', { ...standing(own, room.isPrivate), nick, jid: isShown ? jid : undefined });
  });
}

/** Those who are banned (9.2), where the network tells; for whoever could change that. A mask of IRC is an address, too. */
async function outcasts(
  back: Pick<Back, 'banned'>,
  { room, account }: Asked,
  domain: string,
): Promise<readonly Element[]> {
  if (!isModerator(room.members.of(null)?.role ?? 'none')) throw new IqError({ code: 'forbidden' });
  const banned = await back.banned(account.id, room.chat);
  return banned.flatMap(({ user, by, reason }) => {
    if (user === null) return [];
    const jid = chatJid({ kind: 'direct', id: user }, domain);
    return x(
      'item',
      { affiliation: 'outcast', jid },
      by !== undefined && x('actor', { nick: room.nickOf(by) }),
      reason !== undefined && x('reason', {}, reason),
    );
  });
}
