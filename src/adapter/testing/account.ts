// What stays of an account when the gateway is killed: everything that was committed, and nothing else.
import type { AnyAdapter, Batch, Chat, LogEvent, NetworkEvent, Reply, Session, StateEvent } from '../api.ts';
import { checkedSession } from '../check.ts';
import { batchFaults } from './faults.ts';
import { TestLink } from './link.ts';
import type { Patience } from './link.ts';

/** Batches as the suite holds them. */
export type AnyBatch = Batch<unknown, unknown>;

/** A durable account in memory, with the meaning of the real store: one transaction a batch, one event a key. */
export class TestAccount {
  readonly config: unknown;
  readonly settings: Reply = {};
  readonly patience: Patience;
  credentials: unknown;
  cursor: unknown = undefined;
  readonly state: Map<string, Uint8Array>;
  /** What the XMPP side will get, in order; an event whose key was there before is not in it twice. */
  readonly log: LogEvent[] = [];
  readonly upserts: StateEvent[] = [];
  /** Everything that breaks the contract by itself, in words; each check that ends looks at it. */
  readonly faults: string[] = [];
  link: TestLink | undefined;
  readonly #keys = new Set<string>();

  constructor(config: unknown, credentials: unknown, state: Map<string, Uint8Array>, patience: Patience) {
    this.config = config;
    this.credentials = throughJson(credentials);
    this.state = state;
    this.patience = patience;
  }

  /** The session, while there is one. */
  get session(): Session | undefined {
    return this.link?.session;
  }

  /** Connects with what was committed, as the gateway does at its start. Rejects as connect() did. */
  async connect(adapter: AnyAdapter): Promise<TestLink> {
    const link = new TestLink(this);
    try {
      const connecting = adapter.connect(link.host);
      link.session = checkedSession(await link.inTime(connecting, 'connect() settles'));
    } catch (error) {
      link.abandon();
      throw error;
    }
    this.link = link;
    return link;
  }

  /** Texts of the messages that others wrote in a chat. */
  heard(chat: Chat): readonly string[] {
    return textsIn(chat, this.log);
  }

  /** Lets one batch land, all of it. */
  apply(batch: AnyBatch): void {
    this.faults.push(...batchFaults(batch));
    for (const event of throughJson(batch.events ?? [])) {
      if (!('key' in event)) this.upserts.push(event);
      else if (!this.#keys.has(event.key)) {
        this.#keys.add(event.key);
        this.log.push(event);
      }
    }
    for (const [key, value] of Object.entries(batch.state ?? {})) {
      if (value === null) this.state.delete(key);
      else this.state.set(key, Uint8Array.from(value));
    }
    if (batch.cursor !== undefined) this.cursor = throughJson(batch.cursor);
    if (batch.credentials !== undefined) this.credentials = throughJson(batch.credentials);
  }
}

/** Texts of the messages of others among some events. */
export function textsIn(chat: Chat, events: readonly NetworkEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.type === 'message' && event.from !== null && event.chat.id === chat.id && event.chat.kind === chat.kind
      ? [event.content.text ?? '']
      : [],
  );
}

function throughJson<T>(value: T): T {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? value : (JSON.parse(text) as T);
}
