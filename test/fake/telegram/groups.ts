// What humans do in groups: they add bots and each other, leave, appoint, ban, rename, pin, and let a group grow.
import { randomInt } from 'node:crypto';
import type { ApiChat, ApiUser, GroupControl, SentView } from './control-api.ts';
import type { Group, MemberRecord } from './group.ts';
import {
  anyone,
  each,
  hasRight,
  isAdmin,
  isInside,
  memberOf,
  memberView,
  PERMISSIONS,
  rightsIn,
  withoutLanguage,
} from './members.ts';
import { type Scene, sceneOf, tellMembership, write } from './scene.ts';
import { type Bot, botOf, findMessage, groupOf, personOf } from './state.ts';
import type { World } from './world.ts';

type Params<K extends keyof GroupControl> = Parameters<GroupControl[K]>[0];

/** The groups of a world, as humans move them. */
export class Groups {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  createGroup({ title, members, type = 'group', description = '', ...more }: Params<'createGroup'>): ApiChat {
    const { state } = this.#world;
    const [owner] = members;
    if (owner === undefined) throw new Error('a group has an owner');
    for (const member of members) personOf(state, member);
    if (more.is_forum && type !== 'supergroup') throw new Error('a forum is a supergroup');
    const short = randomInt(1_000_000, 2 ** 31);
    const chat: ApiChat = { id: type === 'group' ? -short : -(1_000_000_000_000 + short), title, type, ...more };
    this.#world.commit(
      { t: 'group', chat, description },
      ...members.map((user) => {
        const member: MemberRecord = { status: user === owner ? 'creator' : 'member' };
        return { t: 'membership', chat: chat.id, user, member } as const;
      }),
    );
    return groupOf(state, chat.id).chat;
  }

  addToGroup({ bot, chat, user }: Params<'addToGroup'>): SentView {
    const scene = sceneOf(this.#world, { bot, user, chat }, false);
    if (scene.chat.type === 'channel') throw new Error('a bot comes into a channel as administrator: setMember');
    this.#become(scene, bot, { status: 'member' });
    const { user: self } = scene.bot;
    const fields = { new_chat_participant: self, new_chat_member: self, new_chat_members: [self] };
    return write(this.#world, scene, 'addToGroup', fields, true);
  }

  removeFromGroup({ bot, chat, user }: Params<'removeFromGroup'>): true {
    const scene = sceneOf(this.#world, { bot, user, chat });
    this.#become(scene, bot, { status: scene.chat.type === 'group' ? 'left' : 'kicked' });
    return true;
  }

  joinGroup({ bot, chat, user, by = user }: Params<'joinGroup'>): SentView | null {
    const group = groupOf(this.#world.state, chat);
    const whom = anyone(this.#world.state, user) ?? personOf(this.#world.state, user).user;
    if (isInside(memberOf(group, user))) throw new Error('he is in the group');
    if (memberOf(group, user).status === 'kicked') throw new Error('he is banned');
    const scene = this.#sceneFor(bot, group, by);
    this.#become(scene, user, { status: 'member' });
    if (group.chat.type === 'channel') return null;
    const one = withoutLanguage(whom);
    const fields = { new_chat_participant: one, new_chat_member: one, new_chat_members: [one] };
    return write(this.#world, scene, 'joinGroup', fields, true);
  }

  leaveGroup({ bot, chat, user, by = user }: Params<'leaveGroup'>): SentView | null {
    const scene = sceneOf(this.#world, { bot, user: by, chat });
    const { group } = scene;
    if (!group || !isInside(memberOf(group, user))) throw new Error('he is not in the group');
    if (by !== user) this.#mustHave(group, by, 'can_restrict_members');
    const banned = by !== user && chat < -1_000_000_000_000;
    this.#become(scene, user, { status: banned ? 'kicked' : 'left' });
    if (group.chat.type === 'channel') return null;
    const one = withoutLanguage(personOf(this.#world.state, user).user);
    return write(this.#world, scene, 'leaveGroup', { left_chat_participant: one, left_chat_member: one }, true);
  }

  setMember({ bot, chat, by, user, status, rights, ...more }: Params<'setMember'>): number | null {
    const scene = sceneOf(this.#world, { bot, user: by, chat }, bot !== user);
    const group = groupOf(this.#world.state, chat);
    this.#mustHave(group, by, status === 'administrator' ? 'can_promote_members' : 'can_restrict_members');
    if (status === 'restricted' && group.chat.type !== 'supergroup')
      throw new Error('only supergroups restrict members');
    if (memberOf(group, user).status === 'creator') throw new Error('he owns the group');
    const names = status === 'administrator' ? rightsIn(group) : PERMISSIONS;
    const usual = status === 'administrator' ? (name: string) => name !== 'can_promote_members' : () => false;
    const allowed = each(names, (name) => rights?.[name] ?? usual(name));
    const holds = status === 'administrator' || status === 'restricted';
    const member = { status, ...(holds ? { rights: allowed, promoted_by: by } : {}), ...more };
    return this.#become(scene, user, member);
  }

  setChat({ bot, chat, user, title, description, permissions }: Params<'setChat'>): SentView | null {
    const scene = sceneOf(this.#world, { bot, user, chat });
    const group = groupOf(this.#world.state, chat);
    const now = {
      chat: title === undefined ? group.chat : { ...group.chat, title },
      description: description ?? group.description,
      permissions: { ...group.permissions, ...permissions },
    };
    this.#world.commit({ t: 'chat', ...now });
    if (title === undefined) return null;
    return write(this.#world, { ...scene, chat: now.chat }, 'setChat', { new_chat_title: title }, true);
  }

  pinMessage({ message_id, ...place }: Params<'pinMessage'>): SentView {
    const scene = sceneOf(this.#world, place);
    const pinned_message = findMessage(this.#world.state, place.bot, place.chat, message_id);
    if (!pinned_message) throw new Error(`no message ${message_id}`);
    return write(this.#world, scene, 'pinMessage', { pinned_message }, true);
  }

  createTopic({ name, ...place }: Params<'createTopic'>): SentView {
    const scene = sceneOf(this.#world, place);
    const group = groupOf(this.#world.state, place.chat);
    if (!group.chat.is_forum) throw new Error('the group is no forum');
    const topic = group.nextMessageId;
    this.#world.commit({ t: 'topic', chat: place.chat, topic, closed: false });
    const fields = { message_thread_id: topic, is_topic_message: true };
    const forum_topic_created = { name, icon_color: 7322096 };
    return write(this.#world, scene, 'createTopic', { ...fields, forum_topic_created }, true);
  }

  closeTopic(place: Params<'closeTopic'>): SentView {
    const scene = sceneOf(this.#world, place);
    this.#world.commit({ t: 'topic', chat: place.chat, topic: place.thread, closed: true });
    return write(this.#world, scene, 'closeTopic', { forum_topic_closed: {} }, true);
  }

  linkChannel({ bot, chat, user, channel }: Params<'linkChannel'>): true {
    const { group } = sceneOf(this.#world, { bot, user, chat });
    const { state } = this.#world;
    const posts = groupOf(state, channel);
    if (group?.chat.type !== 'supergroup' || posts.chat.type !== 'channel') {
      throw new Error('a channel is linked with a supergroup');
    }
    if (!isAdmin(memberOf(group, user)) || !isAdmin(memberOf(posts, user))) throw new Error('he administers not both');
    this.#world.commit({ t: 'linked', chat, to: channel }, { t: 'linked', chat: channel, to: chat });
    return true;
  }

  migrateGroup({ bot, chat, user }: Params<'migrateGroup'>): ApiChat {
    const scene = sceneOf(this.#world, { bot, user, chat });
    const before = groupOf(this.#world.state, chat);
    if (before.chat.type !== 'group') throw new Error('only a group becomes a supergroup');
    if (memberOf(before, user).status !== 'creator') throw new Error('only the owner may do that');
    const id = -(1_000_000_000_000 + randomInt(1_000_000, 2 ** 31));
    const next: ApiChat = { ...before.chat, id, type: 'supergroup' };
    const { description, permissions } = before;
    this.#world.commit(
      { t: 'group', chat: next, description },
      { t: 'chat', chat: next, description, permissions },
      ...[...before.members].map(([member, record]) => {
        return { t: 'membership', chat: id, user: member, member: record } as const;
      }),
    );
    write(this.#world, scene, 'migrateGroup', { migrate_to_chat_id: id }, true);
    this.#world.commit({ t: 'moved', chat, to: id });
    const there = sceneOf(this.#world, { bot, user, chat: id });
    write(this.#world, there, 'migrateGroup', { migrate_from_chat_id: chat }, true);
    return groupOf(this.#world.state, id).chat;
  }

  /** Somebody who need not be in the group yet. */
  #sceneFor(bot: number, group: Group, user: number): Scene {
    return { bot: botOf(this.#world.state, bot), person: personOf(this.#world.state, user), chat: group.chat, group };
  }

  #mustHave(group: Group, user: number, right: string): void {
    const mayInGroup = group.chat.type === 'group' && isAdmin(memberOf(group, user));
    if (!mayInGroup && !hasRight(group, user, right)) throw new Error(`user ${user} lacks ${right}`);
  }

  #become({ bot, person, chat }: Scene, user: number, member: MemberRecord): number | null {
    return changeMember(this.#world, bot, groupOf(this.#world.state, chat.id), person.user, user, member);
  }
}

/** One membership changes, and the bot hears of it where it may: of its own always, of others' as an administrator. */
export function changeMember(
  world: World,
  bot: Bot,
  group: Group,
  by: ApiUser,
  user: number,
  member: MemberRecord,
): number | null {
  const whom = anyone(world.state, user);
  if (!whom) throw new Error(`no user ${user}`);
  const change = { t: 'membership', chat: group.chat.id, user, member } as const;
  const own = user === bot.user.id;
  if (!own && !isAdmin(memberOf(group, bot.user.id))) {
    world.commit(change);
    return null;
  }
  const views = [memberOf(group, user), member].map((record) => memberView(group, whom, record, bot.user.id));
  const kind = own ? 'my_chat_member' : 'chat_member';
  return tellMembership(world, bot, kind, group.chat, withoutLanguage(by), views, [change]);
}
