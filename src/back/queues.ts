// What the front asks about an account's lanes: what waits, what failed, and what is to become of it.
import { namedChat } from '../lane/chats.ts';
import type { Back, Failed, LaneView, Waiting } from '../link.ts';
import type { Clock } from '../clock.ts';
import type { ErrorCode, OutBody } from '../message/entry.ts';
import type { AccountId, Seq, Store } from '../store/api.ts';
import { streamOwner } from './house.ts';
import { Requests } from './requests.ts';

/** Failed entries that are listed. */
const MOST_FAILED = 200;

type Asked = 'waiting' | 'failed' | 'retry' | 'drop' | 'lanes' | 'cancel';

/** The part of the back half that answers for lanes. */
export abstract class Queues extends Requests implements Pick<Back, Asked> {
  readonly #store: Store;

  constructor(clock: Clock, store: Store) {
    super(clock);
    this.#store = store;
  }

  async waiting(id: AccountId): Promise<Waiting> {
    const store = this.#store;
    const { entries: waiting } = await store.usage(id, 'out');
    const failed = (await store.failed(id, 1_000)).filter(({ lane }) => lane.direction === 'out').length;
    return { waiting, failed };
  }

  async failed(id: AccountId): Promise<readonly Failed[]> {
    const entries = await this.#store.failed(id, MOST_FAILED);
    return entries
      .filter(({ lane }) => lane.direction === 'out')
      .map(({ seq, at, body, why }) => ({ seq, at, body: body as unknown as OutBody, why: codeOf(why) }));
  }

  retry(id: AccountId, only?: readonly Seq[]): Promise<number> {
    return this.house(id).out.retry(only && new Set(only));
  }

  drop(id: AccountId, only?: readonly Seq[]): Promise<number> {
    return this.house(id).out.drop(only && new Set(only));
  }

  async lanes(id: AccountId): Promise<readonly LaneView[]> {
    const store = this.#store;
    const { fence, transport } = this.house(id);
    const all = [...(await store.lanes(fence.owner)), ...(await store.lanes(streamOwner(transport.domain)))];
    const own = all.filter(({ lane }) => lane.account === id);
    return Promise.all(
      own.map(async ({ lane: { direction, chat }, count, bytes }) => {
        const name = chat === 0 ? undefined : await store.chatName(id, chat);
        return { direction, count, bytes, ...(name === undefined ? {} : { chat: namedChat(name) }) };
      }),
    );
  }

  cancel(id: AccountId): Promise<number> {
    return this.house(id).out.cancel({ code: 'cancelled' });
  }
}

/** What a lane writes as the reason of a failure is the failure's code. */
const codeOf = (why: string | undefined): ErrorCode => (why ?? 'internal') as ErrorCode;
