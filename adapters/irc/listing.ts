// The server's channels: one LIST, kept for a while, given out in pages.
import type { Found } from 'moongate/adapter';
import { plain } from './format.ts';
import { line } from './line.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';
import { isRefusal, refusalOf } from './numerics.ts';

const KEPT_MS = 5 * 60_000;
/** A list of a big network takes its time. */
const LIST_MS = 60_000;

/** inspircd writes a channel's modes before its topic. */
const MODES = /^\[\+[^\]]*\] ?/;

interface Listed {
  readonly name: string;
  readonly users: number;
  readonly topic: string;
}

export class Listing {
  readonly #link: Link;
  readonly #names: Names;
  readonly #monotonic: () => number;
  #list: Promise<readonly Listed[]> | undefined;
  #since = 0;

  constructor(link: Link, names: Names, monotonic: () => number) {
    this.#link = link;
    this.#names = names;
    this.#monotonic = monotonic;
  }

  /** Channels whose name or topic holds `query`, the fullest first. `after` is a page's `next`. */
  async page(
    query: string,
    { after, limit }: { readonly after?: string; readonly limit: number },
  ): Promise<{ readonly rooms: readonly Found[]; readonly next?: string }> {
    const words = query.trim().toLowerCase();
    const all = (await this.#all()).filter(
      ({ name, topic }) => name.toLowerCase().includes(words) || topic.toLowerCase().includes(words),
    );
    const start = after === undefined ? 0 : all.findIndex(({ name }) => name === after) + 1;
    const found = all.slice(start, start + limit);
    const last = found.at(-1);
    return {
      rooms: found.map(({ name, users, topic }) => ({
        chat: this.#names.group(name),
        name,
        note: `${users} ${users === 1 ? 'user' : 'users'}${topic === '' ? '' : `: ${topic}`}`,
      })),
      ...(last !== undefined && start + limit < all.length && { next: last.name }),
    };
  }

  #all(): Promise<readonly Listed[]> {
    const now = this.#monotonic();
    if (this.#list !== undefined && now - this.#since < KEPT_MS) return this.#list;
    this.#since = now;
    const asked = this.#ask();
    this.#list = asked;
    asked.catch(() => {
      if (this.#list === asked) this.#list = undefined;
    });
    return asked;
  }

  #ask(): Promise<readonly Listed[]> {
    const found: Listed[] = [];
    return this.#link.talk<readonly Listed[]>({
      lines: [line('LIST', [])],
      withinMs: LIST_MS,
      claim: (message) => {
        const [, name = '', users = '0', topic = ''] = message.params;
        if (message.command === '321') return 'mine';
        if (message.command === '322') {
          if (this.#names.isChannel(name))
            found.push({ name, users: Number(users) || 0, topic: plain(topic.replace(MODES, '')) });
          return 'mine';
        }
        if (isRefusal(message) && name === 'LIST') throw refusalOf(message);
        if (message.command !== '323') return undefined;
        return { is: found.toSorted((one, two) => two.users - one.users || (one.name < two.name ? -1 : 1)) };
      },
    });
  }
}
