// What the entries of the lanes hold: the seam between the two halves, written by one and read by the other.
import type { Author, Chat, Content, Limits, LogEvent, Rejection, UserId } from '../adapter/api.ts';

/** Every way a delivery can fail, as the sender is told (the table in docs/architecture.md maps each to a stanza error). */
export type ErrorCode =
  | Rejection
  | 'not-registered'
  | 'closing'
  | 'cancelled'
  | 'auth-lost'
  | 'timeout'
  | 'rate-limited'
  | 'uncertain'
  | 'quota'
  | 'offline'
  | 'conflict'
  | 'internal';

/** A failure as both halves pass it on. `detail` is the network's own words, shown behind ours. */
export interface Failure {
  readonly code: ErrorCode;
  readonly detail?: string;
  /** Milliseconds since 1970 until which a limit holds. */
  readonly until?: number;
  /** Names the line in the log, for 'internal'. */
  readonly reference?: string;
}

/** Who wrote a stanza and how to answer him: kept with what he wrote, since answers may come days later. */
export interface Sender {
  /** The full JID that wrote; receipts and errors go there. */
  readonly jid: string;
  /** The stanza's id; absent when the client gave none: then there is nothing to answer to. */
  readonly id?: string;
  /** The stanza asked for a receipt (XEP-0184). */
  readonly receipt?: true;
  /** The stanza's xml:lang. */
  readonly lang?: string;
  /** The origin-id that his client gave to what he said in a group, for its reflection. */
  readonly origin?: string;
  /** What he wrote to, where that is not the chat's own address: somebody in a room. Answers come from there. */
  readonly to?: string;
}

/**
 * An 'out' entry: what a user wants done on the network. `target` and `content.replyTo.id` are ids of stanzas, his own or
 * ours; what they are on the network is looked up when the entry's turn comes, for it may stand behind what it names.
 */
export type OutBody =
  | { readonly type: 'message'; readonly chat: Chat; readonly content: Content; readonly sender: Sender }
  | {
      readonly type: 'edit';
      readonly chat: Chat;
      readonly target: string;
      readonly content: Content;
      readonly sender: Sender;
    }
  | {
      readonly type: 'retract';
      readonly chat: Chat;
      readonly target: string;
      /** It is somebody else's message, which a moderator takes away (XEP-0425). */
      readonly moderated?: { readonly reason?: string };
      readonly sender: Sender;
    }
  /** The full set of his reactions to the message; none takes them back. */
  | {
      readonly type: 'react';
      readonly chat: Chat;
      readonly target: string;
      readonly emojis: readonly string[];
      readonly sender: Sender;
    }
  /** Read up to the message; the last one wins (lane slot 'read'). Nobody is told when it fails. */
  | { readonly type: 'read'; readonly chat: Chat; readonly target: string; readonly sender: Sender };

/** Something the gateway itself tells a user; `about` names the text, `values` fill it. */
export interface Notice {
  readonly about: 'auth-lost' | 'conflict' | 'waiting' | 'adapter';
  readonly values: Readonly<Record<string, string>>;
}

/** A message that a user knows, by the id of its stanza. */
export interface Reference {
  readonly stanza: string;
  /** The user wrote it himself. */
  readonly mine: boolean;
  /**
   * Of a message in a group: the id of its archive row, which is its stanza-id. What the network's people say in a group has
   * that for its stanza's id, too; what the user said keeps the id that he gave.
   */
  readonly archived?: string;
  /** Who wrote it, where that is known: in a group a deletion by anybody else is a moderator's. */
  readonly author?: Author;
}

/** An 'in' entry: what a user gets to see. */
export type InBody =
  /** `target` and `reply` name the stanzas of the messages that the event and its content refer to, where they are known. */
  | {
      readonly type: 'event';
      readonly event: LogEvent;
      readonly target?: Reference;
      readonly reply?: Reference;
      /** Of what was said in a group: the id of its archive row, which is its stanza-id (XEP-0359). */
      readonly archived?: string;
    }
  /** What the user did in a group, and the network took: everybody in the room sees it (a reflection). */
  | {
      readonly type: 'own';
      readonly body: Exclude<OutBody, { type: 'read' }>;
      readonly archived: string;
    }
  | { readonly type: 'receipt'; readonly chat: Chat; readonly to: Sender }
  | { readonly type: 'error'; readonly chat: Chat; readonly to: Sender; readonly failure: Failure }
  /** Without a chat it comes from the gateway's own JID. */
  | { readonly type: 'notice'; readonly chat?: Chat; readonly notice: Notice };

/** The document of kind 'contact', key the UserId: what the network says of a person. Written by the back, read by the front. */
export interface ContactDocument {
  readonly name?: string;
  /** In the network's contact list (or has written to us). */
  readonly listed?: boolean;
  /** Wants to be in it. */
  readonly asks?: boolean;
}

/** The document of kind 'chat', key the name of the chat ('group/17'): what the network says of it. */
export interface ChatDocument {
  readonly name?: string;
  readonly topic?: string;
  /** Who set the topic, and when (milliseconds since 1970), where the network tells. */
  readonly topicBy?: Author;
  readonly topicAt?: number;
  /** The account is a member. Without it the room is one that may be joined. */
  readonly joined?: boolean;
  readonly invitedBy?: UserId;
  /** Everybody may come in. */
  readonly open?: boolean;
  /** Members, as far as the network counts them. */
  readonly size?: number;
  readonly limits?: Partial<Limits>;
}

/** What an archived row holds: all that was said in a group, as it was told to its room. */
export type ArchivedBody = Extract<InBody, { type: 'event' | 'own' }>;
