// The living network: what a person may do, checked, written down and told to the others.
import { randomBytes } from 'node:crypto';
import type { Answer } from '../common/exchange.ts';
import { JournaledWorld } from '../common/world.ts';
import type { ChatName, Deed, Limits, LogEntry, MessageView, Refusal } from './control-api.ts';
import {
  type Change,
  type Person,
  apply,
  chatKey,
  emptyState,
  membersOf,
  messagesOf,
  personOf,
  type State,
} from './state.ts';

/** The longest text, in UTF-16 units. */
export const LONGEST = 2000;
/** How many different emojis one person may leave on a message. */
export const MOST_EMOJIS = 3;
/** Limits of a new fake: wide enough that only who wants to meets them. */
export const DEFAULT_LIMITS: Limits = {
  account: { burst: 200, perSecond: 200 },
  chat: { burst: 100, perSecond: 100 },
  editMs: 3600_000,
};

/** What somebody wants to do. */
export interface Wish {
  type: Deed;
  by: string;
  chat: ChatName;
  id?: string;
  text?: string;
  replyTo?: string;
  emojis?: string[];
  via: LogEntry['via'];
  /** The request with its Idempotency-Key, if it had one. */
  keyed?: { key: string; request: string };
}

/** Why the network will not do it. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal, words?: string) {
    super(words ?? refusal.error);
    this.refusal = refusal;
  }
}
const refused = (status: number, error: string, words?: string): Refused => new Refused({ status, error }, words);

/** Who typed last in a chat. */
export interface Typist {
  from: string;
  on: boolean;
}

/** Pigeon's world. */
export class World extends JournaledWorld<Change> {
  readonly state: State = emptyState();
  /** By the chat's key; never kept. */
  readonly typists = new Map<string, Typist>();
  limits: Limits;

  /** `file` is the journal, if any. */
  constructor(file: string | undefined, wallClock: () => number, limits: Partial<Limits> = {}) {
    super(wallClock);
    this.limits = { ...DEFAULT_LIMITS, ...limits };
    this.open(file);
  }

  protected override apply(change: Change): void {
    apply(this.state, change);
  }

  /** Opens a session; undefined where name and password do not fit. */
  logIn(name: string, password: string): { user: string; session: string } | undefined {
    const person = this.state.people.get(name);
    if (person?.password !== password) return undefined;
    const session = randomBytes(18).toString('base64url');
    this.commit({ t: 'session', user: person.id, session });
    return { user: person.id, session };
  }

  /** Whose session it is. */
  owner(session: string): Person | undefined {
    return [...this.state.people.values()].find(({ sessions }) => sessions.has(session));
  }

  /** What was answered to this key before; a key that stood on another request is refused. */
  known(by: string, keyed: Wish['keyed']): Answer | undefined {
    const kept = keyed && this.state.honoursKeys ? this.state.keys.get(`${by} ${keyed.key}`) : undefined;
    if (!kept || !keyed) return undefined;
    if (kept.request !== keyed.request) throw refused(422, 'key-reused');
    return { status: 200, body: kept.body };
  }

  /** Does it, or throws a Refused. */
  act(wish: Wish): LogEntry {
    const { type, by, chat, via, keyed } = wish;
    const members = membersOf(this.state, by, chat);
    if (!members) throw refused(404, 'no-such-chat');
    this.#notBlocked(by, chat);
    if (chat.kind === 'group' && type !== 'read' && this.state.groups.get(chat.id)?.roles[by] === 'muted')
      throw refused(403, 'muted');
    const messages = messagesOf(this.state, by, chat);
    const gone = type === 'delete' && this.#alreadyDone(by, wish);
    if (gone) return gone;
    const id = type === 'message' ? String(messages.length + 1) : this.#target(messages, wish).id;
    if (type === 'message' || type === 'edit') checkText(wish.text);
    if (type === 'react') checkEmojis(wish.emojis);
    const { replyTo } = wish;
    if (replyTo !== undefined && !find(messages, replyTo)) throw refused(404, 'no-such-message');
    const key = keyed && this.state.honoursKeys ? keyed.key : undefined;
    const entry: LogEntry = {
      ...{ seq: this.state.log.length + 1, time: this.now(), type, by, chat, id, via },
      ...(wish.text === undefined ? {} : { text: wish.text }),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(wish.emojis === undefined ? {} : { emojis: wish.emojis }),
      ...(key === undefined ? {} : { key }),
    };
    const kept = { request: keyed?.request ?? '', body: answerTo(entry) };
    this.commit({ t: 'deed', entry, ...(key === undefined ? {} : { key: { name: `${by} ${key}`, kept } }) });
    return entry;
  }

  /** Messages before one of them, or the newest; oldest first. */
  history(by: string, chat: ChatName, before: string | undefined, limit: number): MessageView[] {
    if (!membersOf(this.state, by, chat)) throw refused(404, 'no-such-chat');
    const messages = messagesOf(this.state, by, chat);
    if (before !== undefined && !messages[Number(before) - 1]) throw refused(404, 'no-such-message');
    const end = before === undefined ? messages.length : Number(before) - 1;
    return messages.slice(Math.max(0, end - limit), end);
  }

  /** Deleting what one has deleted is no mistake, and is told to nobody. */
  #alreadyDone(by: string, { chat, id }: Wish): LogEntry | undefined {
    const key = chatKey(by, chat);
    return this.state.log.find(
      (past) => past.type === 'delete' && past.by === by && past.id === id && chatKey(past.by, past.chat) === key,
    );
  }

  #notBlocked(by: string, { kind, id }: ChatName): void {
    if (kind === 'direct' && personOf(this.state, id).blocked.has(by)) throw refused(403, 'blocked');
  }

  #target(messages: readonly MessageView[], { type, by, id }: Wish): MessageView {
    const message = find(messages, id);
    if (!message) throw refused(404, 'no-such-message');
    if ((type === 'edit' || type === 'delete') && message.from !== by) throw refused(403, 'not-yours');
    if (type === 'edit' && this.now() - message.at > this.limits.editMs) throw refused(410, 'too-late');
    return message;
  }
}

/** What a session is answered that did this. */
export function answerTo({ id, time, type }: LogEntry): Record<string, unknown> {
  return type === 'message' ? { id, at: new Date(time).toISOString() } : {};
}

function find(messages: readonly MessageView[], id: string | undefined): MessageView | undefined {
  return messages.find((message) => message.id === id && !message.deleted);
}

function checkText(text: string | undefined): void {
  if (text === undefined || text.trim() === '') throw refused(400, 'no-text');
  if (text.length > LONGEST) throw refused(413, 'too-long');
}

function checkEmojis(emojis: readonly string[] = []): void {
  if (emojis.length > MOST_EMOJIS) throw refused(400, 'too-many-emojis');
  if (new Set(emojis).size < emojis.length) throw refused(400, 'emoji-twice');
  if (!emojis.every((emoji) => /^\p{RGI_Emoji}$/v.test(emoji))) throw refused(400, 'not-an-emoji');
}
