// Message stanzas from users: to a contact into its lane, to the gateway into the chat with it; bounces back to the lanes.
import type { Chat, UserId } from '../adapter/api.ts';
import type { Accounts } from '../account/accounts.ts';
import type { ChatBot } from '../account/chat-bot.ts';
import type { Directory, Registered } from '../account/directory.ts';
import type { Outbox } from '../account/outbox.ts';
import { LinkError, type Back } from '../link.ts';
import type { Failure } from '../message/entry.ts';
import type { AccountId, Store } from '../store/api.ts';
import { fromLocal, idOf, resolveLocal, voiceOf } from './address.ts';
import { errorReply } from './error.ts';
import { NS_ATTENTION } from './feature/attention.ts';
import { NS_CHAT_STATES, readChatState } from './feature/chat-state.ts';
import { NS_CORRECT } from './feature/correct.ts';
import { NS_FALLBACK } from './feature/fallback.ts';
import type { Feature } from './feature/feature.ts';
import { noStore } from './feature/hint.ts';
import { NS_MARKERS } from './feature/markers.ts';
import { readConference } from './feature/muc.ts';
import { NS_SID } from './feature/origin-id.ts';
import { NS_REACTIONS } from './feature/reactions.ts';
import { NS_RECEIPT } from './feature/receipt.ts';
import { NS_REPLY } from './feature/reply.ts';
import { NS_RETRACT, NS_RETRACT_0 } from './feature/retract.ts';
import { NS_SPOILER } from './feature/spoiler.ts';
import { NS_STYLING } from './feature/styling.ts';
import { bareJid, parseJid, type Jid } from './jid.ts';
import { readMessage, type Read } from './read.ts';
import { x, type Element } from './stanza.ts';

/** An error that came back for something that we sent (RFC 6120, 8.3). */
export interface Returned {
  readonly type: string;
  readonly condition: string;
}

export interface MessagesOptions {
  readonly domain: string;
  readonly store: Pick<Store, 'doc'>;
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly outbox: Outbox;
  readonly bot: ChatBot;
  readonly back: Pick<Back, 'hint' | 'invite'>;
  readonly send: (stanza: Element) => void;
  readonly newId: () => string;
  /** This bare JID may have an account. */
  readonly allowed: (jid: string) => boolean;
  readonly bounced: (account: AccountId, stanza: string, error: Returned) => void;
}

type Marker = Extract<Read, { type: 'read' }>;

const NS_STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas';

/** What the handling of messages lets others know: of a contact only what his network can do. */
export const messaging: Feature = {
  announces: { contact: [NS_RECEIPT, NS_REPLY, NS_FALLBACK, NS_STYLING, NS_SPOILER, NS_ATTENTION, NS_SID] },
  able: {
    typing: [NS_CHAT_STATES],
    edit: [NS_CORRECT],
    retract: [NS_RETRACT, NS_RETRACT_0],
    react: [NS_REACTIONS],
    read: [NS_MARKERS],
  },
};

export class Messages {
  readonly #options: MessagesOptions;

  constructor(options: MessagesOptions) {
    this.#options = options;
  }

  /** Takes a message from the stream. Resolves when it is accepted or answered. */
  async take(stanza: Element): Promise<void> {
    const { from, to, type } = stanza.attrs;
    const sender = parseJid(from ?? '');
    const target = parseJid(to ?? '');
    if (sender === undefined) return;
    if (type === 'error') return this.#bounced(stanza, bareJid(sender));
    if (target === undefined) return this.#answer(stanza, { code: 'invalid' }, 'address');
    // Nobody waits for an answer to a headline or to what is said in a room.
    if (type === 'headline') return undefined;
    return target.local === undefined ? this.#toGateway(stanza, sender) : this.#toContact(stanza, sender, target);
  }

  #bounced(stanza: Element, user: string): void {
    const account = this.#options.directory.of(user);
    const { id } = stanza.attrs;
    if (account === undefined || id === undefined) return;
    const error = stanza.getChild('error');
    const condition = error
      ?.getChildElements()
      .find((child) => child.getNS() === NS_STANZAS && child.getName() !== 'text');
    const type = error?.attrs['type'] ?? 'cancel';
    this.#options.bounced(account.id, id, { type, condition: condition?.getName() ?? 'undefined-condition' });
  }

  async #toGateway(stanza: Element, sender: Jid): Promise<void> {
    const read = readMessage(stanza);
    if (read.type === 'refused') return this.#refuse(stanza, read);
    if (read.type !== 'message' && read.type !== 'edit') return;
    const user = bareJid(sender);
    const { allowed, directory, domain, newId, send } = this.#options;
    const account = directory.of(user);
    // An error, which nobody answers: a stranger may be a machine that answers everything.
    if (account === undefined && !allowed(user)) return this.#answer(stanza, { code: 'forbidden' });
    const lang = read.sender.lang ?? account?.lang;
    await this.#options.bot.hear({ jid: user, lang }, read.content.text ?? '', (words) =>
      send(
        x('message', { from: voiceOf(domain), to: read.sender.jid, type: 'chat', id: newId() }, x('body', {}, words)),
      ),
    );
  }

  async #toContact(stanza: Element, sender: Jid, to: Jid): Promise<void> {
    const { accounts, outbox, back } = this.#options;
    const user = bareJid(sender);
    const named = fromLocal(to.local ?? '');
    const id = idOf(to);
    let account = accounts.of(user, id);
    const read = readMessage(stanza);
    if (account && named?.kind === 'direct') {
      const state = readChatState(stanza);
      if (state !== undefined) back.hint(account.id, { type: 'typing', chat: named, on: state === 'composing' });
    }
    if (read.type === 'refused') return this.#refuse(stanza, read);
    if (read.type === 'empty' || read.type === 'error') return;
    if (read.type === 'read') return this.#read(account, named, read);
    // The first words open an account, where no login is needed.
    if (account === undefined && id !== undefined) {
      const opened = await accounts.take(user, id).catch(failureOf);
      if (opened !== undefined && 'code' in opened) return this.#answer(stanza, opened);
      account = opened;
    }
    if (account === undefined) return this.#answer(stanza, { code: 'not-registered' });
    if (account.state === 'closing') return this.#answer(stanza, { code: 'closing' });
    if (named === undefined) return this.#answer(stanza, { code: 'not-found' });
    const room = readConference(stanza);
    if (room !== undefined && named.kind === 'direct' && read.type === 'message') {
      const invited = await this.#invite(stanza, account, room, named.id);
      if (invited) return;
    }
    const failure = await outbox.accept(account, { ...read, chat: this.#chat(account.id, named) });
    if (failure) this.#answer(stanza, failure);
  }

  /** An invitation into a room of ours (XEP-0249). False: it is into one elsewhere, and goes as the text that it bears. */
  async #invite(stanza: Element, account: Registered, jid: string, user: UserId): Promise<boolean> {
    const { domain, store, back } = this.#options;
    const room = parseJid(jid);
    if (room?.local === undefined || room.domain !== domain) return false;
    const chat = await resolveLocal(store, account.id, room.local);
    if (chat?.kind !== 'group') return false;
    try {
      await back.invite(account.id, chat.id, user);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      this.#answer(stanza, error.failure);
    }
    return true;
  }

  /** A marker. Nobody waits for an answer to it. */
  async #read(account: Registered | undefined, named: ReturnType<typeof fromLocal>, marker: Marker): Promise<void> {
    if (account === undefined || account.state === 'closing' || named === undefined) return;
    await this.#options.outbox.accept(account, { ...marker, chat: this.#chat(account.id, named) });
  }

  #chat(account: AccountId, named: NonNullable<ReturnType<typeof fromLocal>>): Chat | Promise<Chat | undefined> {
    return named.kind === 'alias' ? resolveLocal(this.#options.store, account, named.local) : named;
  }

  #refuse(stanza: Element, { failure, special }: Extract<Read, { type: 'refused' }>): void {
    this.#answer(stanza, failure, special);
  }

  #answer(stanza: Element, failure: Failure, special?: 'address' | 'encrypted'): void {
    const sender = parseJid(stanza.attrs['from'] ?? '');
    const account = sender && this.#options.directory.of(bareJid(sender));
    const answer = errorReply(stanza, failure, stanza.attrs['xml:lang'] ?? account?.lang, special);
    if (answer) this.#options.send(answer);
  }
}

/** Why the back has not done it. */
function failureOf(error: unknown): Failure {
  if (error instanceof LinkError) return error.failure;
  throw error;
}

/** A contact types, or has stopped. */
export const typing = (from: string, to: string, on: boolean): Element =>
  x('message', { from, to, type: 'chat' }, x(on ? 'composing' : 'paused', { xmlns: NS_CHAT_STATES }), noStore());
