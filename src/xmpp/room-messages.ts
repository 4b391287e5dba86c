// Messages from users to rooms and to those in them (XEP-0045, 7.4 to 7.8, 8.1): into the lane of the group or of the person, to the
// network as a request, or back as an error.
import type { Chat, ChatId, UserId } from '../adapter/api.ts';
import type { Registered } from '../account/directory.ts';
import type { Outbox } from '../account/outbox.ts';
import { LinkError, type Back } from '../link.ts';
import type { Failure, Sender } from '../message/entry.ts';
import type { Typed } from '../message/typed.ts';
import { mentions } from '../room/mentions.ts';
import type { Registry } from '../room/registry.ts';
import type { Room } from '../room/room.ts';
import { fromLocal } from './address.ts';
import { errorReply, refuse, type Refusal } from './error.ts';
import { readChatState } from './feature/chat-state.ts';
import { isVoiceRequest, readInvitations } from './feature/muc.ts';
import { readOriginId } from './feature/origin-id.ts';
import { readMentions } from './feature/reference.ts';
import { bareJid, parseJid } from './jid.ts';
import { readMessage, type Read } from './read.ts';
import { roomJid } from './room-presence.ts';
import type { Element } from './stanza.ts';

export interface RoomMessagesOptions {
  readonly domain: string;
  readonly outbox: Outbox;
  readonly back: Pick<Back, 'describe' | 'invite' | 'hint'>;
  readonly registry: Registry;
  readonly send: (stanza: Element) => void;
  readonly fault: (error: unknown) => Failure;
}

/** A message to a room, looked up. */
export interface Addressed {
  readonly stanza: Element;
  readonly account: Registered;
  readonly chat: ChatId;
  /** The full JID that wrote. */
  readonly device: string;
  /** To whom in the room; undefined: to all. */
  readonly nick: string | undefined;
}

/** Who has changed a room's topic through us, until the network shows it. */
export interface Setter {
  readonly topic: string;
  readonly id: string | undefined;
}

export class RoomMessages {
  readonly #options: RoomMessagesOptions;
  readonly #setters = new WeakMap<Room, Setter>();

  constructor(options: RoomMessagesOptions) {
    this.#options = options;
  }

  /** Resolves when the message is accepted or answered. */
  async take(to: Addressed): Promise<void> {
    const { stanza, account, chat, device, nick } = to;
    const { type } = stanza.attrs;
    if (type === 'headline') return;
    const room = this.#options.registry.get(account.id, chat);
    const isPublic = type === 'groupchat';
    if (isPublic && nick !== undefined) return this.#refuse(to, 'bad-request');
    if (!isPublic && nick === undefined && readInvitations(stanza).length > 0) return this.#invite(to);
    if (room?.sessions.get(device) === undefined) return this.#outside(to);
    // No network knows that somebody asks to be let speak.
    if (!isPublic && nick === undefined && isVoiceRequest(stanza)) return this.#answer(to, { code: 'unsupported' });
    if (isPublic) return this.#toAll(to, room);
    return nick === undefined ? this.#refuse(to, 'service-unavailable') : this.#toOne(to, room, nick);
  }

  /** The user who has changed the topic to this through us. */
  setter(room: Room, topic: string): Setter | undefined {
    const setter = this.#setters.get(room);
    this.#setters.delete(room);
    return setter?.topic === topic ? setter : undefined;
  }

  /** He does not take part. Markers and the like are answered by nobody. */
  #outside(to: Addressed): void {
    const read = readMessage(to.stanza, undefined, true);
    if (read.type !== 'empty' && read.type !== 'read' && read.type !== 'error') this.#refuse(to, 'not-acceptable');
    else if (to.stanza.getChild('subject') || isVoiceRequest(to.stanza)) this.#refuse(to, 'not-acceptable');
  }

  async #toAll(to: Addressed, room: Room): Promise<void> {
    const { stanza, account } = to;
    const { back, outbox } = this.#options;
    const chat: Chat = { kind: 'group', id: room.chat };
    const subject = stanza.getChild('subject');
    // With a body or a thread it is a message like any other (8.1).
    if (subject && !stanza.getChild('body') && !stanza.getChild('thread'))
      return this.#describe(to, room, subject.getText());
    const state = readChatState(stanza);
    if (state !== undefined) back.hint(account.id, { type: 'typing', chat, on: state === 'composing' });
    const read = readMessage(stanza, undefined, true);
    if (read.type === 'empty' || read.type === 'error') return;
    if (read.type === 'refused') return this.#answer(to, read.failure, read.special);
    if (read.type !== 'read' && room.members.of(null)?.role === 'muted') return this.#refuse(to, 'forbidden');
    const sender = reflected(read.sender, stanza);
    const failure = await outbox.accept(account, { ...this.#mentioning(read, stanza, room), sender, chat });
    if (failure && read.type !== 'read') this.#answer(to, failure);
  }

  /** A private message is a message to that person, whatever room he is met in; errors and receipts come from the room. */
  async #toOne(to: Addressed, room: Room, nick: string): Promise<void> {
    const { stanza, account } = to;
    const { back, outbox } = this.#options;
    const read = readMessage(stanza);
    const occupant = room.byNick(nick);
    const nothing = read.type === 'empty' || read.type === 'error';
    if (occupant === undefined) return nothing ? undefined : this.#refuse(to, 'item-not-found');
    if (occupant.user === null) return nothing ? undefined : this.#refuse(to, 'service-unavailable');
    const chat: Chat = { kind: 'direct', id: occupant.user };
    const state = readChatState(stanza);
    if (state !== undefined) back.hint(account.id, { type: 'typing', chat, on: state === 'composing' });
    if (nothing) return;
    if (read.type === 'refused') return this.#answer(to, read.failure, read.special);
    const sender: Sender = { ...read.sender, to: stanza.attrs['to'] ?? '' };
    const failure = await outbox.accept(account, { ...read, sender, chat });
    if (failure && read.type !== 'read') this.#answer(to, failure);
  }

  async #describe(to: Addressed, room: Room, topic: string): Promise<void> {
    this.#setters.set(room, { topic, id: to.stanza.attrs['id'] });
    await this.#ask(to, () => this.#options.back.describe(room.account, room.chat, { topic }));
  }

  async #invite(to: Addressed): Promise<void> {
    const { back, domain } = this.#options;
    const { account, chat, stanza } = to;
    for (const { jid } of readInvitations(stanza)) {
      const user = contactOf(jid, domain);
      if (user === undefined) return this.#refuse(to, 'item-not-found');
      await this.#ask(to, () => back.invite(account.id, chat, user));
    }
  }

  async #ask(to: Addressed, request: () => Promise<void>): Promise<void> {
    try {
      await request();
    } catch (error) {
      this.#answer(to, error instanceof LinkError ? error.failure : this.#options.fault(error));
    }
  }

  /** The same, with those whom it names. */
  #mentioning<R extends Exclude<Read, { type: 'refused' | 'empty' | 'error' }>>(
    read: R,
    stanza: Element,
    room: Room,
  ): R {
    if (!('content' in read) || read.content.text === undefined) return read;
    const { content } = read;
    const { domain } = this.#options;
    const whoIs = (nick: string | undefined) => (nick === undefined ? undefined : room.byNick(nick)?.user) ?? undefined;
    const marked = readMentions(stanza, stanza.getChildText('body') ?? '').map(({ jid, words }) => {
      const bare = bareJid(jid);
      return { words, user: bare === roomJid(room, domain) ? whoIs(jid.resource) : contactOf(bare, domain) };
    });
    const found = mentions(content.text ?? '', whoIs, marked);
    if (found.length === 0) return read;
    const spans: Typed['spans'] = [...(content.spans ?? []), ...found];
    return { ...read, content: { ...content, spans } };
  }

  #refuse({ stanza, account }: Addressed, refusal: Refusal): void {
    const answer = refuse(stanza, refusal, stanza.attrs['xml:lang'] ?? account.lang);
    if (answer) this.#options.send(answer);
  }

  #answer({ stanza, account }: Addressed, failure: Failure, special?: Parameters<typeof errorReply>[3]): void {
    const answer = errorReply(stanza, failure, stanza.attrs['xml:lang'] ?? account.lang, special);
    if (answer) this.#options.send(answer);
  }
}

/** The person of the network behind an address of ours. */
export function contactOf(jid: string, domain: string): UserId | undefined {
  const parsed = parseJid(jid);
  if (parsed?.local === undefined || parsed.domain !== domain || parsed.local.startsWith('#')) return undefined;
  const named = fromLocal(parsed.local);
  return named?.kind === 'direct' ? named.id : undefined;
}

/** What a reflection needs. The reflection is the receipt. */
function reflected({ receipt: _receipt, ...sender }: Sender, stanza: Element): Sender {
  const origin = readOriginId(stanza);
  return origin === undefined ? sender : { ...sender, origin };
}
