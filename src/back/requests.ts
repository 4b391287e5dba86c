// What the front asks of a session: one attempt, with a deadline, never stored; every failure becomes a LinkError.
import type { Chat, ChatId, Found, Member, Reply, Role, Session, UserId } from '../adapter/api.ts';
import type { Clock } from '../clock.ts';
import { faultOf } from '../lane/attempt.ts';
import { sleep } from '../lane/land.ts';
import { LinkError, type Back, type NetworkCommand, type RoomPage } from '../link.ts';
import type { Failure } from '../message/entry.ts';
import type { AccountId } from '../store/api.ts';
import type { House } from './house.ts';
import { failureOf } from './runner.ts';

/** How long a request to a session may take. */
const REQUEST_MS = 20_000;
/** Members that are told together. */
const PAGE = 200;

type Asked =
  | ('resolve' | 'search' | 'setContact' | 'rooms' | 'join' | 'leave' | 'create' | 'describe' | 'invite' | 'setRole')
  | ('rename' | 'members' | 'banned' | 'history' | 'commands' | 'run');

/** The part of the back half that passes questions on to sessions. */
export abstract class Requests implements Pick<Back, Asked> {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws a LinkError where there is no such account. */
  protected abstract house(id: AccountId): House;

  resolve(id: AccountId, query: string): Promise<Found | undefined> {
    return this.#request(id, (session) => session.resolve?.(query) ?? unsupported());
  }

  search(id: AccountId, query: string): Promise<readonly Found[]> {
    return this.#request(id, (session) => session.search?.(query) ?? unsupported());
  }

  setContact(id: AccountId, user: UserId, listed: boolean): Promise<void> {
    return this.#request(id, (session) => session.setContact?.(user, listed) ?? unsupported());
  }

  rooms(id: AccountId, query: string, page: { readonly after?: string; readonly limit: number }): Promise<RoomPage> {
    return this.#request(id, (session) => session.rooms?.(query, page) ?? unsupported());
  }

  join(id: AccountId, room: ChatId, password?: string): Promise<void> {
    // The first join of an account may be what opened it.
    const join = (session: Session) => session.join?.(this.#now(id, room), password) ?? unsupported();
    return this.#request(id, join, { waits: true });
  }

  leave(id: AccountId, room: ChatId): Promise<void> {
    return this.#request(id, (session) => session.leave?.(this.#now(id, room)) ?? unsupported());
  }

  create(id: AccountId, name: string, users: readonly UserId[]): Promise<ChatId> {
    return this.#request(id, (session) => session.create?.(name, users) ?? unsupported());
  }

  describe(id: AccountId, room: ChatId, change: { readonly name?: string; readonly topic?: string }): Promise<void> {
    return this.#request(id, (session) => session.describe?.(this.#now(id, room), change) ?? unsupported());
  }

  invite(id: AccountId, room: ChatId, user: UserId): Promise<void> {
    return this.#request(id, (session) => session.invite?.(this.#now(id, room), user) ?? unsupported());
  }

  setRole(id: AccountId, room: ChatId, user: UserId, role: Role, reason?: string): Promise<void> {
    return this.#request(id, (session) => session.setRole?.(this.#now(id, room), user, role, reason) ?? unsupported());
  }

  rename(id: AccountId, room: ChatId, name: string): Promise<void> {
    return this.#request(id, (session) => session.rename?.(this.#now(id, room), name) ?? unsupported());
  }

  members(id: AccountId, room: ChatId): Promise<void> {
    const { account, transport } = this.house(id);
    return this.#request(id, async (session) => {
      const chat = { kind: 'group', id: this.#now(id, room) } as const;
      let page: Member[] = [];
      for await (const member of session.members?.(chat) ?? unsupported()) {
        if (page.push(member) < PAGE) continue;
        transport.front.members(account.id, chat.id, page, false);
        page = [];
      }
      if (page.length > 0) transport.front.members(account.id, chat.id, page, false);
    });
  }

  banned(id: AccountId, room: ChatId): Promise<readonly Member[]> {
    return this.#request(id, (session) => session.banned?.(this.#now(id, room)) ?? unsupported());
  }

  history(id: AccountId, room: ChatId, limit: number): Promise<number> {
    const house = this.house(id);
    return this.#request(id, (session) =>
      session.history === undefined
        ? unsupported()
        : house.older(session, { kind: 'group', id: this.#now(id, room) }, limit),
    );
  }

  commands(id: AccountId): Promise<readonly NetworkCommand[]> {
    return this.#request(id, async ({ commands = [] }) =>
      commands.map(({ id: name, title, on, fields }) => ({ id: name, title, on, fields })),
    );
  }

  run(id: AccountId, command: string, values: Reply, chat?: Chat): Promise<string> {
    const place = chat === undefined ? 'account' : chat.kind === 'group' ? 'room' : 'contact';
    return this.#request(id, ({ commands = [] }) => {
      const found = commands.find((one) => one.id === command && one.on === place);
      if (found === undefined) throw new LinkError({ code: 'not-found' });
      return found.run(values, chat && this.house(id).moves.of(chat));
    });
  }

  /** Groups move; the front may not have heard of it yet. */
  #now(id: AccountId, room: ChatId): ChatId {
    return this.house(id).moves.of({ kind: 'group', id: room }).id as ChatId;
  }

  async #request<T>(
    id: AccountId,
    ask: (session: Session) => Promise<T>,
    also: { readonly waits?: true } = {},
  ): Promise<T> {
    const { runner } = this.house(id);
    const answered = new AbortController();
    const asking = async (): Promise<T> => {
      const session = runner.session ?? (also.waits ? await runner.ready() : undefined);
      if (session === undefined) throw new LinkError({ code: 'offline' });
      return ask(session);
    };
    const late = async (): Promise<never> => {
      await sleep(this.#clock, REQUEST_MS, answered.signal);
      throw new LinkError({ code: 'timeout' });
    };
    try {
      return await Promise.race([asking(), late()]);
    } catch (error) {
      throw error instanceof LinkError ? error : new LinkError(requestFailure(error), { cause: error });
    } finally {
      answered.abort();
    }
  }
}

function unsupported(): never {
  throw new LinkError({ code: 'unsupported' });
}

function requestFailure(error: unknown): Failure {
  const { fault, words } = faultOf(error);
  return failureOf(fault, words);
}
