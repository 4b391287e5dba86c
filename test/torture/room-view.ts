// What a client shows of the messages of a room, by the rules of XEP-0308, 0424 and 0444, row by row of the room's archive.
import { actName, type Act } from './acts.ts';
import type { Known } from './chooser.ts';

/** What was sent as a message because the one that it changed had not arrived is that one to its writer. */
export const VERSION = / v\d+$/;

/** A message of the room as it came: live, or from the archive. */
export interface Row {
  /** The id that the room gave it, and its own. */
  readonly row: string;
  readonly id: string;
  readonly nick: string;
  /** It stands under the client's own nick. */
  readonly own: boolean;
  readonly words: string;
  readonly act: Act | undefined;
}

/** A message as it stands at one end. */
export interface State {
  /** The words that it was made with. */
  readonly first: string;
  readonly by: string;
  readonly text: string;
  readonly deleted: boolean;
  readonly reactions: Readonly<Record<string, readonly string[]>>;
}

interface Message extends Known {
  readonly row: string;
  readonly by: string;
  text: string;
  gone: boolean;
  reactions: Record<string, readonly string[]>;
}

export class RoomView {
  /** The id of the newest row. */
  last: string | undefined;
  readonly #rows = new Set<string>();
  readonly #messages: Message[] = [];
  readonly #byId = new Map<string, Message>();

  /** The messages that it shows, oldest first; its user's own by the ids that they were written with. */
  get known(): readonly Known[] {
    return this.#messages;
  }

  /** The id that the room gave a message; undefined where it has not been seen there. */
  rowOf(id: string): string | undefined {
    return this.#byId.get(id)?.row;
  }

  /** Takes a row, once; answers how the judge names it. */
  take(row: Row): string {
    const name = this.#nameOf(row);
    if (this.#rows.has(row.row)) return name;
    this.#rows.add(row.row);
    this.last = row.row;
    this.#apply(row);
    return name;
  }

  /** All of them as they stand. */
  states(): readonly State[] {
    return this.#messages.map(({ words, by, text, gone, reactions }) => ({
      ...{ first: words, by, text, deleted: gone, reactions },
    }));
  }

  #nameOf({ act, nick, words }: Row): string {
    if (act === undefined || act.type === 'edit') return words;
    return nameOf(act, this.#byId.get(act.target)?.words ?? 'what he does not know', words, nick);
  }

  #apply({ row, id, nick, own, words, act }: Row): void {
    const target = act && this.#byId.get(act.target);
    if (act === undefined || (act.type === 'edit' && target === undefined)) {
      const first = words.replace(VERSION, '');
      const made = { id: own ? id : row, row, words: first, by: nick, own, text: words, gone: false, reactions: {} };
      this.#messages.push(made);
      for (const one of [row, id]) this.#byId.set(one, made);
      return;
    }
    if (target === undefined) return;
    if (act.type === 'edit') target.text = words;
    else if (act.type === 'retract') target.gone = true;
    else target.reactions[nick] = act.emojis ?? [];
  }
}

/** What somebody did in a room as the judge names it: an edit by the words that it brings. */
export function nameOf(act: Pick<Act, 'type' | 'emojis'>, of: string, words: string, by: string): string {
  return act.type === 'edit' ? words : `${actName(act, of)} by ${by}`;
}

/** Messages in words that are equal where they look the same. */
export function inWords(states: readonly State[]): readonly string[] {
  return states.map(({ first, by, text, deleted, reactions }) => {
    if (deleted) return `"${first}" of ${by}, deleted`;
    const marks = Object.entries(reactions)
      .filter(([, emojis]) => emojis.length > 0)
      .map(([who, emojis]) => `${who} ${[...emojis].sort().join('')}`);
    return `"${first}" of ${by}: "${text}" [${marks.sort().join(', ')}]`;
  });
}
