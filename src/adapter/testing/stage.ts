// What a check plays on: its own network, one account on it, and the means to tell one message from another.
import { randomBytes } from 'node:crypto';
import assert from 'node:assert/strict';
import { inspect, isDeepStrictEqual } from 'node:util';
import { AdapterError } from '../api.ts';
import type { Chat, Delivery, Fault, Form, Reply } from '../api.ts';
import { TestAccount } from './account.ts';
import type { Faulty, Friend, Harness, NetworkFaults, TestNetwork } from './harness.ts';
import { TooLate } from './link.ts';
import type { Patience, TestLink } from './link.ts';
import { logIn } from './login.ts';
import type { LoggedIn } from './login.ts';

/** Thrown by a check that has nothing to look at on this adapter; the reason is printed. */
export class NotApplicable extends Error {}

type Eyes = NonNullable<Friend['sees']>;

/** The answers that a login gets, or how the driver leaves it. */
export type Answer = (form: Form) => Reply;

export class Stage {
  readonly network: TestNetwork;
  readonly harness: Harness;
  readonly patience: Patience;
  readonly #links: TestLink[] = [];
  #account: TestAccount | undefined;
  #clock = Date.now();

  private constructor(harness: Harness, network: TestNetwork) {
    this.harness = harness;
    this.network = network;
    this.patience = { patienceMs: harness.patienceMs ?? 10_000, quietMs: harness.quietMs ?? 200 };
  }

  /** Starts the network, plays, and ends every connection before the network. */
  static async play(harness: Harness, play: (stage: Stage) => Promise<void>): Promise<void> {
    const stage = new Stage(harness, await harness.start());
    try {
      await play(stage);
    } finally {
      for (const link of stage.#links) await link.close();
      await stage.network.close();
    }
  }

  /** The network's login; where nobody logs in there is nothing to check of it. */
  get login(): NonNullable<TestNetwork['login']> {
    const { adapter, login } = this.network;
    if (login !== undefined) return login;
    if (adapter.logins.length === 0) throw new NotApplicable('nobody logs in');
    throw new Error('the harness has no login: give it, since the adapter has one');
  }

  /** Runs the network's login. */
  async logIn(answer: Answer, signal: AbortSignal = new AbortController().signal): Promise<LoggedIn> {
    const { adapter, config } = this.network;
    return logIn(adapter, { id: this.login.id, config: adapter.parseConfig(config), signal, form: answer });
  }

  /** The account, logged in to at the first call, where there is a login. */
  async account(): Promise<TestAccount> {
    if (!this.#account) {
      const { adapter, config } = this.network;
      const isOpen = adapter.logins.length === 0;
      const { credentials, state } = isOpen
        ? { credentials: undefined, state: new Map<string, Uint8Array>() }
        : await this.logIn((form) => this.login.answer(form));
      this.#account = new TestAccount(adapter.parseConfig(config), credentials, state, this.patience);
    }
    return this.#account;
  }

  /** Connects the account with what it has committed. */
  async connect(): Promise<{ readonly account: TestAccount; readonly link: TestLink }> {
    const account = await this.account();
    const link = await account.connect(this.network.adapter);
    this.#links.push(link);
    return { account, link };
  }

  /** The other user writes. */
  async say(...texts: readonly string[]): Promise<void> {
    const account = await this.account();
    for (const text of texts) await this.network.say(text, account);
  }

  /** Resolves once exactly these texts of the other user were committed, in this order; fails when others come. */
  async hears(link: TestLink, expected: readonly string[], message: string): Promise<void> {
    const account = await this.account();
    const heard = (): readonly string[] => account.heard(this.network.chat);
    try {
      await link.until(() => heard().length >= expected.length, message);
    } catch (error) {
      if (!(error instanceof TooLate)) throw error; // else what was heard says more than that it was late
    }
    assert.deepEqual(heard(), expected, message);
  }

  /** Waits for what must not happen. */
  async quiet(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.patience.quietMs));
  }

  /** A delivery with a new token, or with the parts given. */
  delivery(parts: Partial<Delivery> = {}): Delivery {
    this.#clock = Math.max(this.#clock + 1, Date.now());
    const open = (): Promise<never> => Promise.reject(new Error('no file is sent here'));
    return { token: newToken(), at: this.#clock, attempt: 1, signal: new AbortController().signal, open, ...parts };
  }

  /** Those of the texts that a message of this session can hold: `oneLine` is the core's to keep. */
  fit(link: TestLink, texts: readonly string[]): readonly string[] {
    return link.session?.limits.oneLine ? texts.filter((text) => !text.includes('\n')) : texts;
  }

  async send(link: TestLink, text: string, parts: Partial<Delivery> = {}): Promise<unknown> {
    return link.send(this.network.chat, text, this.delivery(parts));
  }

  /** What the other user sees of us. */
  async shown(): Promise<readonly string[]> {
    return this.network.shown(await this.account());
  }

  /** Like shown(), but gives a network that is slow to show it the time to. */
  async shows(expected: readonly string[], message: string): Promise<void> {
    let shown: readonly string[] = [];
    const asExpected = async (): Promise<boolean> => {
      shown = await this.shown();
      return shown.length > expected.length || isDeepStrictEqual(shown, expected);
    };
    await this.eventually(asExpected, message).catch(() => undefined); // what is shown says more than that it was late
    assert.deepEqual(shown, expected, message);
  }

  /** How to make the network fail so; a harness that cannot must name the check in `without`. */
  fault<K extends keyof NetworkFaults>(name: K): NonNullable<NetworkFaults[K]> {
    const { faults } = this.network;
    const make = faults?.[name];
    if (!make)
      throw new Error(`the harness has no faults.${name}: give it, or name this check in \`without\`, with why`);
    return make.bind(faults) as NonNullable<NetworkFaults[K]>;
  }

  /** What the other user can do besides writing; a network where he cannot has nothing to check. */
  friend<K extends Exclude<keyof Friend, 'emojis' | 'sees'>>(name: K): NonNullable<Friend[K]> {
    const { friend } = this.network;
    const act = friend?.[name];
    if (!act) throw new NotApplicable(`the harness has no friend.${name}`);
    return act.bind(friend) as NonNullable<Friend[K]>;
  }

  /** What the other user can see besides messages. */
  sees<K extends keyof Eyes>(name: K): NonNullable<Eyes[K]> {
    const sees = this.network.friend?.sees;
    const look = sees?.[name];
    if (!look) throw new Error(`the harness has no friend.sees.${name}: give it, or name this check in \`without\``);
    return look.bind(sees) as NonNullable<Eyes[K]>;
  }

  /** Resolves once `look` sees what it should; fails after the patience. */
  async eventually(look: () => Promise<boolean>, message: string): Promise<void> {
    const until = performance.now() + this.patience.patienceMs;
    while (!(await look())) {
      assert.ok(performance.now() < until, message);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Sends what meets the fault just made, by its own message or by an ordinary one; resolves to the error it ended with. */
  async sendInto(link: TestLink, faulty: Faulty | void, text: string, parts: Partial<Delivery> = {}): Promise<unknown> {
    const chat: Chat = faulty?.chat ?? this.network.chat;
    return caught(link.send(chat, faulty?.content.text ?? text, this.delivery(parts)));
  }
}

/** What a promise was rejected with; undefined when it was not. */
export async function caught(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    if (error instanceof TooLate) throw error;
    return error ?? new Error('rejected without a reason');
  }
  return undefined;
}

/** Fails unless `error` is an AdapterError with one of these codes and words for the user; returns its fault. */
export function faultOf(error: unknown, ...codes: readonly Fault['code'][]): Fault {
  const wanted = codes.join(' or ');
  assert.ok(error !== undefined, `nothing was thrown; an AdapterError '${wanted}' was due`);
  assert.ok(AdapterError.is(error), `not an AdapterError '${wanted}': ${inspect(error)}`);
  assert.ok(codes.includes(error.fault.code), `the fault is '${error.fault.code}', not '${wanted}': ${error.message}`);
  assert.notEqual(error.message.trim(), '', 'an AdapterError carries words for the user');
  return error.fault;
}

/** A token as the core makes them. */
export function newToken(): string {
  return Array.from(randomBytes(26), (byte) => 'abcdefghijklmnopqrstuvwxyz234567'.charAt(byte % 32)).join('');
}
