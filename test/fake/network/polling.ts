// GET /events: a cursor that confirms, one poll a person, and long polls that end on news.
//
// States of a person: idle, or one poll is waiting. A poll waits only when it found nothing and may.
import type { Answer } from '../common/exchange.ts';
import { refuse } from './answers.ts';
import type { ChatName } from './control-api.ts';
import { type Person, chatKey, membersOf } from './state.ts';
import { Refused, type World } from './world.ts';

/** The longest wait, in seconds. */
const LONGEST_WAIT = 60;
const MOST_EVENTS = 100;

interface Typing {
  chat: ChatName;
  from: string;
  on: boolean;
}
interface Waiting {
  finish: (answer: Answer) => void;
  timer: NodeJS.Timeout;
}

/** All persons' polls. */
export class Polling {
  readonly #world: World;
  readonly #waiting = new Map<string, Waiting>();

  constructor(world: World) {
    this.#world = world;
    world.listen(() => this.#wake());
  }

  /** Whether a poll of this person is waiting for news. */
  isWaiting(user: string): boolean {
    return this.#waiting.has(user);
  }

  /** Answers one GET /events; `gone` fires when the caller has hung up. */
  poll(person: Person, query: URLSearchParams, gone: AbortSignal): Answer | Promise<Answer> {
    const after = wholeNumber(query, 'after', Number.MAX_SAFE_INTEGER);
    const wait = wholeNumber(query, 'wait', LONGEST_WAIT);
    if (after > person.lastSeq) throw new Refused({ status: 400, error: 'cursor-from-the-future' });
    if (person.queue.some(({ seq }) => seq <= after))
      this.#world.commit({ t: 'confirm', user: person.id, upTo: after });
    this.#end(person.id, refuse({ status: 409, error: 'another-poll' }));
    if (person.queue.length > 0 || wait === 0) return this.#answer(person.id, after);
    return new Promise((finish) => {
      const leave = (): void => this.#end(person.id, this.#answer(person.id, after), finish);
      this.#waiting.set(person.id, { finish, timer: setTimeout(leave, wait * 1000) });
      gone.addEventListener('abort', leave, { once: true });
      this.#world.notify();
    });
  }

  /** Somebody types: told to who waits, and to nobody else. */
  typing(by: string, chat: ChatName, on: boolean): void {
    const members = membersOf(this.#world.state, by, chat);
    if (!members) throw new Refused({ status: 404, error: 'no-such-chat' });
    this.#world.typists.set(chatKey(by, chat), { from: by, on });
    for (const user of members) {
      if (user === by) continue;
      const seen: ChatName = chat.kind === 'direct' ? { kind: 'direct', id: by } : chat;
      this.#end(user, this.#answer(user, undefined, [{ chat: seen, from: by, on }]));
    }
    this.#world.notify();
  }

  /** The sessions of a person are over, and so are their polls. */
  revoke(user: string): void {
    this.#end(user, refuse({ status: 401, error: 'no-such-session' }));
  }

  /** Ends all waiting polls as if their time were over. */
  close(): void {
    for (const user of [...this.#waiting.keys()]) this.#end(user, this.#answer(user));
  }

  #wake(): void {
    for (const user of [...this.#waiting.keys()]) {
      const queue = this.#world.state.people.get(user)?.queue ?? [];
      if (queue.length > 0) this.#end(user, this.#answer(user));
    }
  }

  #answer(user: string, after?: number, typing: Typing[] = []): Answer {
    const person = this.#world.state.people.get(user);
    const events = person?.queue.slice(0, MOST_EVENTS) ?? [];
    const cursor = events.at(-1)?.seq ?? after ?? person?.lastSeq ?? 0;
    return { status: 200, body: { events, typing, cursor } };
  }

  /** Ends the waiting poll of a person; with `only`, just that one. */
  #end(user: string, answer: Answer, only?: Waiting['finish']): void {
    const poll = this.#waiting.get(user);
    if (!poll || (only && poll.finish !== only)) return;
    clearTimeout(poll.timer);
    this.#waiting.delete(user);
    poll.finish(answer);
  }
}

function wholeNumber(query: URLSearchParams, name: string, most: number): number {
  const text = query.get(name) ?? '0';
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!(value <= most)) throw new Refused({ status: 400, error: `bad-${name}` });
  return value;
}
