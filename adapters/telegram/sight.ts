// Which usernames a batch of updates mentions, and whose they are as far as it says so itself.
import { fields, list, whole, words } from './shape.ts';
import type { Fields } from './shape.ts';

/** Telegram nests a message within a message, and in that one who it is from: no deeper than this. */
const DEEPEST = 8;

/** What was seen so far. All names in lower case. */
export class Sight {
  readonly mentioned = new Set<string>();
  readonly bearers = new Map<string, string>();

  /** Looks through an update, or any part of one. */
  look(value: unknown, depth = 0): void {
    if (depth > DEEPEST) return;
    const part = fields(value);
    if (part === undefined) return list(value).forEach((item) => this.look(item, depth + 1));
    this.#mentions(part.text, part.entities);
    this.#mentions(part.caption, part.caption_entities);
    this.#bearer(part);
    for (const field of Object.values(part)) if (typeof field === 'object') this.look(field, depth + 1);
  }

  #mentions(text: unknown, entities: unknown): void {
    const said = words(text);
    if (said === undefined) return;
    for (const entity of list(entities)) {
      const { type, offset, length } = fields(entity) ?? {};
      const [start, size] = [whole(offset), whole(length)];
      if (type !== 'mention' || start === undefined || size === undefined) continue;
      const name = said.slice(start + 1, start + size).toLowerCase();
      if (/^\w{1,64}$/.test(name)) this.mentioned.add(name);
    }
  }

  #bearer({ id, is_bot, username }: Fields): void {
    const name = words(username);
    if (typeof is_bot === 'boolean' && whole(id) !== undefined && name !== undefined) {
      this.bearers.set(name.toLowerCase(), String(id));
    }
  }
}
