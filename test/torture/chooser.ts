// What somebody in a chat does next: writes, corrects, reacts, takes back; and that no two things that he does have one name.
import type { Act } from './acts.ts';
import { weighted, type Random } from './random.ts';

/** A message that one of the two knows, by the id that it has for him. */
export interface Known {
  readonly id: string;
  readonly words: string;
  readonly own: boolean;
  readonly gone: boolean;
}

/** What he does: words alone are a message. `of`: the words of the message that an act is about. */
export type Deed = { readonly words: string } & (
  { readonly act?: undefined } | { readonly act: Act; readonly of: string }
);

const EMOJIS = ['👍', '❤️', '🎉', '😂', '🔥', '👀', '🚀', '🌈', '🍀', '🦉'];
/** The most that the network takes. */
const MOST = 3;
/** How far back he goes for what is not the last message. */
const FAR = 12;

const DEEDS = [
  ['message', 10],
  ['edit', 4],
  ['react', 5],
  ['retract', 1],
] as const;

export class Chooser {
  readonly #name: string;
  readonly #random: Random;
  #said = 0;
  readonly #versions = new Map<string, number>();
  readonly #reactions = new Map<string, Set<string>>();

  /** `name` begins the words of every message: 'out 7'. */
  constructor(name: string, random: Random) {
    this.#name = name;
    this.#random = random;
  }

  /** `known`: the messages of the chat, oldest first. */
  next(known: readonly Known[]): Deed {
    const there = known.slice(-FAR).filter(({ gone }) => !gone);
    const own = this.#pick(there.filter((one) => one.own));
    const any = this.#pick(there);
    const kind = weighted(this.#random, DEEDS);
    if (kind === 'edit' && own) return this.#edit(own);
    if (kind === 'react' && any) return this.#react(any);
    if (kind === 'retract' && own) return { words: '', act: { type: 'retract', target: own.id }, of: own.words };
    return { words: `${this.#name} ${++this.#said}` };
  }

  /** The last one as often as all others together. */
  #pick(from: readonly Known[]): Known | undefined {
    return from.at(this.#random() < 0.5 ? -1 : Math.floor(this.#random() * from.length));
  }

  #edit({ id, words }: Known): Deed {
    const version = (this.#versions.get(words) ?? 1) + 1;
    this.#versions.set(words, version);
    return { words: `${words} v${version}`, act: { type: 'edit', target: id }, of: words };
  }

  /** A set that he has not left there before; the empty one among them. */
  #react({ id, words }: Known): Deed {
    const used = this.#reactions.get(words) ?? new Set<string>(['']);
    this.#reactions.set(words, used);
    const removes = !used.has('none') && used.size > 1 && this.#random() < 0.4;
    const emojis = removes ? [] : this.#fresh(used);
    used.add(removes ? 'none' : emojis.join(' '));
    return { words: '', act: { type: 'react', target: id, emojis }, of: words };
  }

  #fresh(used: ReadonlySet<string>): readonly string[] {
    for (;;) {
      const chosen = EMOJIS.filter(() => this.#random() < 0.2).slice(0, MOST);
      if (!used.has(chosen.join(' '))) return chosen;
    }
  }
}
