// What a bot does to a group as a whole and to its members, where it may. Each comes back as an event once Telegram has
// done it: a bot is not told of its own deeds.
import { AdapterError } from 'moongate/adapter';
import type { ChatId, Command, Role, UserId } from 'moongate/adapter';
import type { Telegram as Methods } from 'telegraf/types';
import type { BotClient } from './client.ts';
import { adapterError, isSoAlready, movedTo } from './errors.ts';
import type { GroupNews } from './group-updates.ts';
import type { Groups } from './groups.ts';
import { chatNumber, isBasic } from './ids.ts';
import { roleOf } from './roles.ts';
import { fields, words } from './shape.ts';
import type { Fields } from './shape.ts';

/** What powers work with. */
export interface Reign {
  readonly client: BotClient;
  readonly groups: Groups;
  /** The bot's own id. */
  readonly self: string;
  readonly signal: AbortSignal;
}

// What each role may do, in Telegram's words. A bot cannot give what it does not have.
const MODERATOR = ['can_delete_messages', 'can_manage_video_chats', 'can_invite_users', 'can_pin_messages'];
const ADMIN = [...MODERATOR, 'can_restrict_members', 'can_change_info', 'can_manage_topics'];
const CHANNEL = ['can_post_messages', 'can_edit_messages'];
const SPEECH = (
  'can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos can_send_video_notes ' +
  'can_send_voice_notes can_send_polls can_send_other_messages can_add_web_page_previews'
).split(' ');
const BESIDES = ['can_change_info', 'can_invite_users', 'can_pin_messages', 'can_manage_topics'];

/** The rights of one bot over its groups. Every method rejects with an AdapterError that the user can read. */
export class Powers {
  readonly #reign: Reign;

  constructor(reign: Reign) {
    this.#reign = reign;
  }

  /** Shown with the commands of a room. */
  get commands(): readonly Command[] {
    return [
      {
        id: 'invite-link',
        title: 'Make an invite link',
        on: 'room',
        fields: [],
        run: (_, target) => this.#link(target?.kind === 'group' ? target.id : ''),
      },
    ];
  }

  async describe(chat: ChatId, { name, topic }: { readonly name?: string; readonly topic?: string }): Promise<void> {
    if (name !== undefined) {
      await this.#change('setChatTitle', chat, { title: name });
      await this.#reign.groups.learn({ id: chat, title: name });
    }
    if (topic === undefined) return;
    await this.#change('setChatDescription', chat, { description: topic });
    this.#reign.groups.look([chat]);
  }

  async leave(chat: ChatId): Promise<void> {
    await this.#change('leaveChat', chat, {});
    await this.#learn(chat, { joined: false, seats: [{ user: null, role: 'none' }] });
  }

  /** A bot cannot bring people in: it writes to them with a link, if they have ever written to it. */
  async invite(chat: ChatId, user: UserId): Promise<void> {
    const link = await this.#link(chat);
    const title = (await this.#reign.groups.record(chat))?.title ?? chat;
    const text = `You are invited to "${title}": ${link}`;
    await this.#call('sendMessage', { chat_id: userNumber(user), text });
  }

  /** Kick, ban and unban, silence, appoint and dismiss. */
  async setRole(chat: ChatId, user: UserId, role: Role): Promise<void> {
    const becomes = isChannel(user)
      ? await this.#channel(chat, user, role)
      : await this.#become(chat, userNumber(user), role);
    const seat = { user: user === this.#reign.self ? null : user, role: becomes, by: null } as const;
    await this.#learn(chat, { seats: [seat] });
  }

  async #become(chat: ChatId, user_id: number, role: Role): Promise<Role> {
    const small = isBasic(this.#number(chat));
    switch (role) {
      case 'none':
        // Of a basic group this is all that banning means; elsewhere to unban somebody also puts him out.
        await this.#change(small ? 'banChatMember' : 'unbanChatMember', chat, { user_id });
        return 'none';
      case 'banned':
        await this.#change('banChatMember', chat, { user_id });
        return small ? 'none' : 'banned';
      case 'muted':
        await this.#change('restrictChatMember', chat, { user_id, permissions: permissions(false) });
        return role;
      case 'member':
        return this.#plain(chat, user_id);
      case 'moderator':
      case 'admin':
        await this.#change('promoteChatMember', chat, { user_id, ...(await this.#rights(chat, role)) });
        return role;
      case 'owner':
        throw rejected('unsupported', 'Only the owner can pass a group on, in Telegram.');
    }
  }

  /** A channel in whose name somebody writes is no member that could be put out: it is banned, or it is not. */
  async #channel(chat: ChatId, user: UserId, role: Role): Promise<Role> {
    const { groups } = this.#reign;
    const sender_chat_id = Number(user);
    if (role === 'banned') await this.#change('banChatSenderChat', chat, { sender_chat_id });
    else if ((role === 'none' || role === 'member') && (await groups.roleIn(chat, user)) === 'banned')
      await this.#change('unbanChatSenderChat', chat, { sender_chat_id });
    else throw rejected('unsupported', 'A channel can only be banned, and let in again.');
    return role === 'banned' ? role : 'none';
  }

  /** What makes a member of him depends on what he is. */
  async #plain(chat: ChatId, user_id: number): Promise<Role> {
    const { status } = await this.#member(chat, user_id);
    if (status === 'creator') throw rejected('forbidden', 'The owner of a group stays its owner.');
    if (status === 'administrator') await this.#change('promoteChatMember', chat, { user_id, ...rights([]) });
    if (status === 'restricted') {
      await this.#change('restrictChatMember', chat, { user_id, permissions: permissions(true) });
    }
    if (status === 'kicked') await this.#change('unbanChatMember', chat, { user_id, only_if_banned: true });
    if (status === 'left') {
      throw rejected('forbidden', 'A bot cannot bring anybody into a group: pass on an invite link.');
    }
    return status === 'kicked' ? 'none' : 'member';
  }

  /** As many of a role's rights as the bot has itself. */
  async #rights(chat: ChatId, role: 'moderator' | 'admin'): Promise<Readonly<Record<string, boolean>>> {
    const own = await this.#member(chat, Number(this.#reign.self));
    const wanted = [...(role === 'admin' ? ADMIN : MODERATOR), ...CHANNEL];
    return rights(roleOf(own) === 'owner' ? wanted : wanted.filter((right) => own[right] === true));
  }

  async #member(chat: ChatId, user_id: number): Promise<Fields> {
    return fields(await this.#inChat('getChatMember', chat, { user_id })) ?? {};
  }

  async #link(chat: ChatId): Promise<string> {
    const answer = fields(await this.#inChat('createChatInviteLink', chat, {}));
    const link = words(answer?.invite_link);
    if (link === undefined) throw new AdapterError({ code: 'temporary' }, 'Telegram did not say the link.');
    return link;
  }

  async #learn(chat: ChatId, news: Omit<GroupNews, 'id'>): Promise<void> {
    await this.#reign.groups.learn({ id: String(this.#reign.groups.current(this.#number(chat))), ...news });
  }

  #number(chat: ChatId): number {
    const number = chatNumber({ kind: 'group', id: chat });
    if (number === undefined) throw rejected('not-found', 'Groups of Telegram have a number as address.');
    return number;
  }

  /** That it is so already is as good. */
  async #change(method: keyof Methods, chat: ChatId, parameters: Fields): Promise<void> {
    try {
      await this.#inChat(method, chat, parameters);
    } catch (error) {
      if (!(AdapterError.is(error) && isSoAlready(error.cause))) throw error;
    }
  }

  async #inChat(method: keyof Methods, chat: ChatId, parameters: Fields): Promise<unknown> {
    const { groups } = this.#reign;
    const chat_id = groups.current(this.#number(chat));
    try {
      return await this.#call(method, { chat_id, ...parameters });
    } catch (error) {
      const next = AdapterError.is(error) ? movedTo(error.cause) : undefined;
      if (next === undefined) throw error;
      await groups.moved(chat_id, next);
      return this.#call(method, { chat_id: next, ...parameters });
    }
  }

  async #call(method: keyof Methods, parameters: Fields): Promise<unknown> {
    const { client, signal } = this.#reign;
    try {
      // The rights of 2023 and later are not in Telegraf's types.
      return await client.callApi(method, parameters, { signal });
    } catch (error) {
      throw adapterError(error, 'question', 'chat');
    }
  }
}

const rejected = (reason: 'unsupported' | 'not-found' | 'forbidden', text: string): AdapterError =>
  new AdapterError({ code: 'rejected', reason }, text);

const isChannel = (user: string): boolean => chatNumber({ kind: 'group', id: user }) !== undefined;

function userNumber(user: UserId): number {
  if (!/^[1-9]\d{0,15}$/.test(user)) throw rejected('unsupported', 'This can be done to people only, not to channels.');
  return Number(user);
}

const rights = (given: readonly string[]): Readonly<Record<string, boolean>> =>
  Object.fromEntries([...ADMIN, ...CHANNEL, 'can_promote_members'].map((right) => [right, given.includes(right)]));

const permissions = (speaks: boolean): Readonly<Record<string, boolean>> =>
  Object.fromEntries([...SPEECH, ...BESIDES].map((name) => [name, speaks]));
