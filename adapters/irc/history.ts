// draft/chathistory: what the server keeps, for what was missed while we were away and for those who scroll back.
import type { Chat, LogEvent, MessageId } from 'moongate/adapter';
import type { Message } from 'irc-framework';
import { line } from './line.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';
import { failureOf } from './numerics.ts';
import { isServer, messageEvent } from './said.ts';
import type { Reading } from './said.ts';
import type { Mark } from './wanted.ts';

const CAPABILITY = 'draft/chathistory';
const PAGE = 100;
/** More than this was not missed by anybody who will read it. */
const MOST_MISSED = 2_000;
/** Pages of people who have written. */
const MOST_PAGES = 10;
/** The server's clock may be ahead of ours. */
const HOUR_MS = 3_600_000;

export class History {
  readonly #link: Link;
  readonly #names: Names;
  readonly #reading: Reading;
  readonly #withinMs: number;

  constructor(link: Link, names: Names, reading: Reading, withinMs: number) {
    this.#link = link;
    this.#names = names;
    this.#reading = reading;
    this.#withinMs = withinMs;
  }

  get offered(): boolean {
    return this.#link.has(CAPABILITY) && this.#link.has('batch');
  }

  /** Everything that was said after what is known, oldest first. */
  async missed(chat: Chat, mark: Mark): Promise<readonly LogEvent[]> {
    const found: LogEvent[] = [];
    let from = place(mark.id, mark.at);
    while (found.length < MOST_MISSED) {
      const messages = await this.#ask('AFTER', chat, from, PAGE);
      found.push(...this.#events(messages, false));
      const last = messages.at(-1);
      if (last === undefined || messages.length < this.#page(PAGE)) break;
      from = place(last.tags['msgid'], this.#reading.at(last));
    }
    return found;
  }

  /** What was said before a message, or last; oldest first. */
  async before(chat: Chat, before: MessageId | undefined, limit: number): Promise<readonly LogEvent[]> {
    const messages = await (before === undefined
      ? this.#ask('LATEST', chat, '*', limit)
      : this.#ask('BEFORE', chat, `msgid=${before}`, limit));
    return this.#events(messages, true);
  }

  /** Nicks with whom something was said between two times (ms since 1970), as many as there are within reason. */
  async partners(since: number, until: number): Promise<readonly string[]> {
    const nicks = new Set<string>();
    let from = since;
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const found = await this.#targets(from, until + HOUR_MS);
      for (const { target } of found) if (!this.#names.isChannel(target)) nicks.add(target);
      const last = found.reduce((latest, { at }) => Math.max(latest, at), 0);
      if (found.length < this.#page(PAGE) || last <= from) break;
      from = last;
    }
    return [...nicks];
  }

  #targets(from: number, until: number): Promise<readonly { readonly target: string; readonly at: number }[]> {
    return this.#link.talk({
      lines: [
        line('CHATHISTORY', ['TARGETS', place(undefined, from), place(undefined, until), String(this.#page(PAGE))]),
      ],
      withinMs: this.#withinMs,
      batch: ({ type, messages }) => {
        if (!/^(draft\/)?chathistory-targets$/.test(type)) return undefined;
        return { is: messages.map(({ params: [, target = '', at = ''] }) => ({ target, at: Date.parse(at) || 0 })) };
      },
      claim: (message) => {
        if (message.command === 'FAIL' && message.params[0] === 'CHATHISTORY' && message.params.includes('TARGETS'))
          throw failureOf(message);
        return undefined;
      },
      fence: () => [],
    });
  }

  #events(messages: readonly Message[], old: boolean): readonly LogEvent[] {
    return messages.flatMap((message) => {
      const isMessage = message.command === 'PRIVMSG' || message.command === 'NOTICE';
      const event = isMessage && !isServer(message) ? messageEvent(this.#reading, message, old) : undefined;
      return event === undefined ? [] : [event];
    });
  }

  #page(limit: number): number {
    const most = Number(this.#link.supports('CHATHISTORY') ?? 0);
    return most > 0 ? Math.min(most, limit) : limit;
  }

  #ask(which: string, chat: Chat, from: string, limit: number): Promise<readonly Message[]> {
    const target = this.#names.target(chat);
    if (target === undefined) return Promise.resolve([]);
    return this.#link.talk<readonly Message[]>({
      lines: [line('CHATHISTORY', [which, target, from, String(this.#page(limit))])],
      withinMs: this.#withinMs,
      batch: ({ type, params, messages }) =>
        type === 'chathistory' && this.#names.same(params[0] ?? '', target) ? { is: messages } : undefined,
      claim: (message) => {
        const isOurs = message.params.slice(2, -1).some((param) => this.#names.same(param, target));
        if (message.command === 'FAIL' && message.params[0] === 'CHATHISTORY' && isOurs) throw failureOf(message);
        return undefined;
      },
      fence: () => [],
    });
  }
}

const place = (id: string | undefined, at: number): string =>
  id === undefined || id === '' ? `timestamp=${new Date(at).toISOString()}` : `msgid=${id}`;
