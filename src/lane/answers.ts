// What an 'out' lane tells the user about what he wrote: entries of the 'in' lane of the same chat.
import type { Clock } from '../clock.ts';
import type { Failure, InBody, OutBody } from '../message/entry.ts';
import type { Entry, Json, LaneKey, NewEntry, Step } from '../store/api.ts';
import type { ArchiveId } from './out-context.ts';

export class Answers {
  readonly #lane: LaneKey;
  readonly #owner: string;
  readonly #clock: Clock;
  #refusals = 0;

  /** `out`: the lane that he wrote to; `front`: who drains his 'in' lanes. */
  constructor(out: LaneKey, front: string, clock: Clock) {
    this.#lane = { account: out.account, direction: 'in', chat: out.chat, slot: 'main' };
    this.#owner = front;
    this.#clock = clock;
  }

  /** The network has accepted it; nothing if he did not ask for a receipt. */
  receipt({ seq, body }: Entry): readonly NewEntry[] {
    const { sender, chat } = body as unknown as OutBody;
    if (!sender.receipt || sender.id === undefined) return [];
    return [this.#entry(`receipt/${seq}`, { type: 'receipt', chat, to: sender })];
  }

  /** The network has accepted what he did in a group: its room is told, and the archive has it. */
  reflection(
    { seq }: Entry,
    body: Exclude<OutBody, { type: 'read' }>,
    archiveId: ArchiveId,
    first: { readonly remote: string; readonly at: number } | undefined,
  ): Pick<Step, 'archive'> & { readonly append: readonly NewEntry[] } {
    const { account, chat } = this.#lane;
    const at = first?.at ?? this.#clock.now();
    const key = `own/${seq}`;
    const archived = archiveId(chat, first ?? { at, event: key });
    const own: InBody = { type: 'own', body, archived };
    const row = { account, chat, id: archived, key, from: null, at, body: own as unknown as Json };
    return { append: [this.#entry(key, own)], archive: [row] };
  }

  /** It will not be delivered; nothing for a marker, or if it has no id that an error could name. */
  refusal({ seq, body }: Entry, failure: Failure): readonly NewEntry[] {
    const { type, sender, chat } = body as unknown as OutBody;
    if (sender.id === undefined || type === 'read') return [];
    this.#refusals += 1;
    // Never the same key: what was tried again and failed again is told again.
    const key = `error/${seq}/${this.#clock.now()}/${this.#refusals}`;
    return [this.#entry(key, { type: 'error', chat, to: sender, failure })];
  }

  /** It waits, for at least `ms` more. */
  waiting({ seq, body }: Entry, ms: number): NewEntry {
    const { chat } = body as unknown as OutBody;
    const notice = { about: 'waiting', values: { seconds: String(Math.ceil(ms / 1_000)) } } as const;
    return this.#entry(`waiting/${seq}`, { type: 'notice', chat, notice });
  }

  #entry(key: string, body: InBody): NewEntry {
    return { lane: this.#lane, owner: this.#owner, key, at: this.#clock.now(), body: body as unknown as Json };
  }
}
