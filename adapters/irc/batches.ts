// Batches (IRCv3): messages that belong together are kept until the last of them is there.
import type { Message } from 'irc-framework';

/** A batch that has ended. */
export interface Batch {
  readonly type: string;
  readonly params: readonly string[];
  readonly messages: readonly Message[];
  /** Of the request that it answers, its own or that of the batch around it. */
  readonly label: string | undefined;
}

interface Open extends Batch {
  readonly messages: Message[];
}

export class Batches {
  readonly #open = new Map<string, Open>();

  /** A whole batch with its last message, 'open' for what belongs to one, undefined for what stands alone. */
  take(message: Message): Batch | 'open' | undefined {
    const inside = message.tags['batch'] ?? '';
    if (message.command === 'BATCH') return this.#mark(message, inside);
    const batch = this.#open.get(inside);
    batch?.messages.push(message);
    return batch && 'open';
  }

  #mark({ params, tags }: Message, parent: string): Batch | 'open' {
    const [reference = '', type = '', ...rest] = params;
    const id = reference.slice(1);
    if (reference.startsWith('+')) {
      const label = tags['label'] ?? this.#open.get(parent)?.label;
      this.#open.set(id, { type, params: rest, label, messages: [] });
      return 'open';
    }
    const batch = this.#open.get(id);
    this.#open.delete(id);
    return batch ?? 'open';
  }
}
