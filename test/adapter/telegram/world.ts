// A bot on the fake Bot API server, connected through the adapter as the core would: what the tests of this folder share.
import type { TestContext } from 'node:test';
import type { AnyAdapter, Delivery, Environment, LogEvent } from './imports.ts';
import { AdapterError, TestAccount, createTelegram, startTelegram } from './imports.ts';
import type { ApiUser, BotView, FakeTelegram, TestLink } from './imports.ts';

/** Short patience, so that a test of a timeout does not take half a minute. */
export const QUICK: Partial<Environment> = {
  callMs: 2_000,
  pollSeconds: 5,
  retryMs: 5,
  retryMaxMs: 20,
  random: () => 0,
};

/** One log line of the adapter. */
export interface LogLine {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

export class World {
  readonly fake: FakeTelegram;
  readonly bot: BotView;
  readonly anna: ApiUser;
  readonly account: TestAccount;
  readonly logged: LogLine[] = [];
  readonly #environment: Partial<Environment>;

  constructor(fake: FakeTelegram, bot: BotView, anna: ApiUser, environment: Partial<Environment>) {
    this.fake = fake;
    this.bot = bot;
    this.anna = anna;
    this.#environment = { ...QUICK, ...environment };
    const config = createTelegram().parseConfig({ api_root: fake.api });
    const patience = { patienceMs: 10_000, quietMs: 200 };
    this.account = new TestAccount(config, { token: bot.token }, new Map(), patience);
  }

  get control(): FakeTelegram['control'] {
    return this.fake.control;
  }

  /** Where Anna and the bot talk, as the fake wants it, and as the contract names it. */
  get place(): { readonly bot: number; readonly user: number } {
    return { bot: this.bot.id, user: this.anna.id };
  }
  get chat(): { readonly kind: 'direct'; readonly id: string } {
    return { kind: 'direct', id: String(this.anna.id) };
  }

  /** Connects the account with what is stored; `environment` replaces more of the world. */
  async connect(environment: Partial<Environment> = {}): Promise<TestLink> {
    const inner: AnyAdapter = createTelegram({ ...this.#environment, ...environment });
    const keep = (level: string) => (fields: object, message: string) =>
      void this.logged.push({ level, fields, message });
    const log = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
    return this.account.connect({ ...inner, connect: (host) => inner.connect({ ...host, log }) });
  }

  /** Connects with Anna as a contact: she has pressed Start, and what came of that is out of the way. */
  async meet(environment: Partial<Environment> = {}): Promise<TestLink> {
    await this.control.openBot(this.place);
    const link = await this.connect(environment);
    await this.events(1);
    await this.control.waitForConfirmed({ bot: this.bot.id });
    this.account.log.splice(0);
    this.account.upserts.splice(0);
    return link;
  }

  /** Resolves once the log holds `count` events, with all of them. */
  async events(count: number): Promise<readonly LogEvent[]> {
    const { link, log } = this.account;
    if (link === undefined) throw new Error('not connected');
    await link.until(() => log.length >= count, `${count} events, not ${log.length}`);
    return log;
  }

  /** Sends a text to Anna through the adapter, as the core would. */
  async send(text: string, signal = new AbortController().signal): Promise<{ id?: string; at?: number }> {
    const { session } = this.account;
    if (session?.send === undefined) throw new Error('not connected');
    return session.send(this.chat, { text }, delivery(signal));
  }
}

/** Starts a fake with a bot and Anna, who has not written yet. All of it ends with the test. */
export async function startWorld(
  test: TestContext,
  environment: Partial<Environment> = {},
  { readsAll = false }: { readonly readsAll?: boolean } = {},
): Promise<World> {
  const fake = await startTelegram();
  const bot = await fake.control.createBot({ username: 'gate_bot', can_read_all_group_messages: readsAll });
  const anna = await fake.control.createUser({ first_name: 'Anna', last_name: 'Berg', username: 'AnnaB' });
  const world = new World(fake, bot, anna, environment);
  test.after(async () => {
    await world.account.link?.close();
    await fake.close();
  });
  return world;
}

/** A delivery as the core would make it. */
export function delivery(signal = new AbortController().signal): Delivery {
  const open = () => Promise.reject(new Error('no files here'));
  return { token: 'abcdefghijklmnopqrstuvwxyz', at: 1, attempt: 1, signal, open };
}

/** What a message or edit says, else what a notice says. */
export function textOf(event: LogEvent | undefined): string | undefined {
  if (event?.type === 'message' || event?.type === 'edit') return event.content.text;
  return event?.type === 'notice' ? event.text : undefined;
}

/** The AdapterError that this ends with; anything else fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<AdapterError> {
  const outcome: unknown = await work.then(
    (value) => new Error(`it succeeded: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (AdapterError.is(outcome)) return outcome;
  throw outcome;
}
