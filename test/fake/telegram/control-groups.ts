// The part of the control interface that is about groups, supergroups and channels.
import type { ApiChat, Place, SentView } from './control-api.ts';

/** What may be done in groups. `bot` is the one that is told, where it may be; other bots of the group are not. */
export interface GroupControl {
  /**
   * Creates a group with these humans in it; the first one owns it.
   * Default type `group`; a forum is a supergroup.
   */
  createGroup(params: {
    title: string;
    type?: 'group' | 'supergroup' | 'channel';
    members: number[];
    description?: string;
    username?: string;
    is_forum?: true;
  }): Promise<ApiChat>;
  /** A member adds the bot: `my_chat_member`, and the message about it. */
  addToGroup(params: { bot: number; chat: number; user: number }): Promise<SentView>;
  /** A member removes the bot. */
  removeFromGroup(params: { bot: number; chat: number; user: number }): Promise<true>;
  /** Somebody joins, or is added `by` a member (as other bots are): `chat_member` where the bot may have it, and the message about it. */
  joinGroup(params: { bot: number; chat: number; user: number; by?: number }): Promise<SentView | null>;
  /** A human leaves, or is removed `by` an administrator (who bans him where there are bans). */
  leaveGroup(params: { bot: number; chat: number; user: number; by?: number }): Promise<SentView | null>;
  /**
   * An administrator changes what somebody is there (also the bot: `my_chat_member`). `rights` are those of an
   * administrator (all but can_promote_members, unless given), or what a restricted one may do (nothing). The result is the
   * update, null where the bot is not told.
   */
  setMember(params: {
    bot: number;
    chat: number;
    by: number;
    user: number;
    status: 'administrator' | 'member' | 'restricted' | 'kicked' | 'left';
    rights?: Record<string, boolean>;
    custom_title?: string;
    is_anonymous?: boolean;
  }): Promise<number | null>;
  /** A member changes the chat. A title is told by a message, a description and permissions by nothing. */
  setChat(params: {
    bot: number;
    chat: number;
    user: number;
    title?: string;
    description?: string;
    permissions?: Record<string, boolean>;
  }): Promise<SentView | null>;
  /** Pins a message: told by `pinned_message`. */
  pinMessage(params: Place & { chat: number; message_id: number }): Promise<SentView>;
  /** Opens a topic of a forum; its id is that of the message that tells it. */
  createTopic(params: Place & { chat: number; name: string }): Promise<SentView>;
  /** Closes a topic: nobody but administrators writes there. */
  closeTopic(params: Place & { chat: number; thread: number }): Promise<SentView>;
  /**
   * From now on what is posted in the channel stands in this supergroup, too, for its members to discuss. The bot sees it there
   * as of any member's words, whether or not it is in the channel.
   */
  linkChannel(params: { bot: number; chat: number; user: number; channel: number }): Promise<true>;
  /** The group becomes a supergroup, with another id: told by a message in each of the two. */
  migrateGroup(params: { bot: number; chat: number; user: number }): Promise<ApiChat>;
}
