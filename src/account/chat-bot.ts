// The chat with the gateway's own JID, for clients that have no commands: the same commands, their forms asked field by
// field. Speaks of stanzas only as texts that come and go.
//
// A user is idle; or a flow asks him (a Talk: this field is next); or a flow is at work, and what he writes meanwhile waits
// its turn, but for "stop".
import type { Clock } from '../clock.ts';
import type { Field, Form, Reply } from '../adapter/api.ts';
import type { Failure } from '../message/entry.ts';
import { all, text } from '../text/index.ts';
import { commandTitle, nodeOf, type Command } from './command.ts';
import type { Flow, FlowUser } from './flow.ts';
import { Serial } from './serial.ts';

export interface ChatBotOptions {
  readonly commands: readonly Command[];
  /** What a user's network offers besides. */
  readonly offered: (jid: string) => Promise<readonly Command[]>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly words: (failure: Failure, lang: string | undefined) => string;
  /** What a failure of ours, and not of the user, is told as; logs it. */
  readonly fault: (error: unknown) => Failure;
}

/** Says something to the user of the conversation. */
export type Say = (words: string) => void;

/** Who writes, and in what language. */
export type Speaker = Omit<FlowUser, 'signal'>;

interface Talk {
  readonly flow: Flow;
  readonly giveUp: AbortController;
  readonly form: Form;
  readonly given: Reply;
  /** The field that is asked for; past the last one, whether to go on (a form may have none). */
  readonly at: number;
  readonly warned: boolean;
  readonly until: number;
}

const IDLE_MS = 10 * 60_000;
const MOST_TALKS = 1_000;
/** Lines of one user that wait while a flow is at work; more are passed over. */
const MOST_WAITING = 20;
/** Words in a row that are not understood and yet answered: two machines must not talk for ever. */
const MOST_UNKNOWN = 5;
const LONGEST_ANSWER = 4_096;
/** "cancel" is a command too, but not while a question is open. */
const stop: ReadonlySet<string> = new Set(['stop', 'cancel']);
const yes: ReadonlySet<string> = new Set([
  'ok',
  ...Object.values(all).map((each) => each['command.yes'].toLowerCase()),
]);

export class ChatBot {
  readonly #options: ChatBotOptions;
  readonly #talks = new Map<string, Talk>();
  readonly #serial = new Serial(MOST_WAITING);
  /** How often in a row somebody was not understood. */
  readonly #unknown = new Map<string, number>();
  /** Flows at work, by the user's bare JID. */
  readonly #working = new Map<string, AbortController>();

  constructor(options: ChatBotOptions) {
    this.#options = options;
  }

  /** A user wrote `line`. Resolves when all that it caused was said; never rejects. */
  async hear(user: Speaker, line: string, say: Say): Promise<void> {
    const word = line.trim();
    const working = this.#working.get(user.jid);
    if (working !== undefined && stop.has(word.toLowerCase())) return working.abort();
    if (this.#serial.full(user.jid)) return;
    await this.#serial.run(user.jid, () => this.#guard(user, say, () => this.#hear(user, word, say)));
  }

  /** Takes up a flow that began elsewhere and now asks for a form. */
  async take(user: Speaker, flow: Flow, giveUp: AbortController, form: Form, say: Say): Promise<void> {
    await this.#serial.run(user.jid, async () => {
      await this.#abandon(user.jid);
      this.#ask(user, { flow, giveUp, form, given: {}, at: 0, warned: false, until: 0 }, say);
    });
  }

  /** Gives up every conversation. */
  async close(): Promise<void> {
    for (const working of this.#working.values()) working.abort();
    await Promise.all([...this.#talks.keys()].map((jid) => this.#abandon(jid)));
  }

  async #guard(user: Speaker, say: Say, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#talks.delete(user.jid);
      say(this.#options.words(this.#options.fault(error), user.lang));
    }
  }

  async #hear(user: Speaker, line: string, say: Say): Promise<void> {
    const talk = this.#talks.get(user.jid);
    if (talk !== undefined && talk.until < this.#options.clock.monotonic()) {
      await this.#abandon(user.jid);
      say(text(user.lang, 'bot.expired'));
      // What is no command was meant as the answer, a secret perhaps: nothing comes of it.
      return this.#command(user, line, say, () => undefined);
    }
    if (talk === undefined) return this.#command(user, line, say);
    if (stop.has(line.toLowerCase())) {
      await this.#abandon(user.jid);
      say(text(user.lang, 'bot.abandoned'));
      return;
    }
    return this.#answer(user, talk, line, say);
  }

  async #command(
    user: Speaker,
    line: string,
    say: Say,
    unknown = (): void => this.#puzzled(user, line, say),
  ): Promise<void> {
    const { commands, offered } = this.#options;
    const found = find(commands, line) ?? find(await offered(user.jid), line);
    if (found === undefined) return unknown();
    this.#unknown.delete(user.jid);
    const giveUp = new AbortController();
    const flow = found.command.run({ ...user, signal: giveUp.signal });
    await this.#go(user, { flow, giveUp }, {}, say, found.rest);
  }

  #puzzled({ jid, lang }: Speaker, line: string, say: Say): void {
    const times = (this.#unknown.get(jid) ?? 0) + 1;
    if (this.#unknown.size >= MOST_TALKS) this.#unknown.clear();
    this.#unknown.set(jid, times);
    if (times <= MOST_UNKNOWN) say(text(lang, 'bot.unknown', { word: line.slice(0, 40) }));
  }

  /** Drives a flow until it ends or asks for something. */
  async #go(
    user: Speaker,
    { flow, giveUp }: Pick<Talk, 'flow' | 'giveUp'>,
    given: Reply,
    say: Say,
    rest = '',
  ): Promise<void> {
    this.#working.set(user.jid, giveUp);
    try {
      let result = await flow.next(given);
      while (!result.done && result.value.type === 'show') {
        const { value, note } = result.value;
        say(note === undefined ? value : `${note}\n${value}`);
        result = await flow.next({});
      }
      if (result.done) {
        const end = result.value;
        return say('text' in end ? end.text : this.#options.words(end.failure, user.lang));
      }
      if (result.value.type !== 'form') return;
      const form = result.value;
      // "add @someone" in one line: the rest answers the only question.
      const [only, ...others] = form.fields;
      const value = only !== undefined && others.length === 0 && rest !== '' ? accepted(only, rest) : undefined;
      if (only !== undefined && value !== undefined)
        return await this.#go(user, { flow, giveUp }, { [only.name]: value }, say);
      this.#ask(user, { flow, giveUp, form, given: {}, at: 0, warned: false, until: 0 }, say);
    } finally {
      this.#working.delete(user.jid);
    }
  }

  #ask(user: Speaker, talk: Talk, say: Say): void {
    const { lang } = user;
    const { form, at } = talk;
    const field = form.fields[at];
    const head = at === 0 ? [form.title, form.note, text(lang, 'bot.stop')] : [];
    const warn = field?.secret === true && !talk.warned;
    const lines = [...head, warn && text(lang, 'bot.secret-before'), question(field, lang)];
    say(lines.filter((line) => typeof line === 'string' && line !== '').join('\n'));
    const until = this.#options.clock.monotonic() + IDLE_MS;
    this.#remember(user.jid, { ...talk, warned: talk.warned || warn, until });
  }

  #remember(jid: string, talk: Talk): void {
    this.#talks.delete(jid);
    this.#talks.set(jid, talk);
    const [oldest] = this.#talks.keys();
    if (this.#talks.size > MOST_TALKS && oldest !== undefined) void this.#abandon(oldest);
  }

  async #answer(user: Speaker, talk: Talk, line: string, say: Say): Promise<void> {
    const { form, at } = talk;
    const field = form.fields[at];
    if (field === undefined) {
      if (!yes.has(line.toLowerCase())) return this.#ask(user, talk, say);
      return this.#submit(user, talk, {}, say);
    }
    const value = line.length <= LONGEST_ANSWER ? accepted(field, line) : undefined;
    if (value === undefined) return this.#ask(user, talk, say);
    const given: Reply = { ...talk.given, [field.name]: value };
    if (at + 1 < form.fields.length) return this.#ask(user, { ...talk, given, at: at + 1 }, say);
    return this.#submit(user, talk, given, say);
  }

  async #submit(user: Speaker, talk: Talk, given: Reply, say: Say): Promise<void> {
    this.#talks.delete(user.jid);
    if (talk.warned) say(text(user.lang, 'bot.secret'));
    await this.#go(user, talk, given, say);
  }

  async #abandon(jid: string): Promise<void> {
    const talk = this.#talks.get(jid);
    this.#talks.delete(jid);
    try {
      await talk?.flow.return({ text: '' });
    } catch (error) {
      this.#options.fault(error);
    }
  }
}

/** A command by its word, its node or its title in any language, and what stands behind it. */
function find(
  commands: readonly Command[],
  line: string,
): { readonly command: Command; readonly rest: string } | undefined {
  const lower = line.toLowerCase();
  for (const command of commands) {
    const titles = Object.keys(all).map((lang) => commandTitle(command, lang));
    const names = [command.id, nodeOf(command), ...titles].map((one) => one.toLowerCase());
    const name = names.find((one) => lower === one || lower.startsWith(`${one} `));
    // Those that need an account are found without one too: they say so.
    if (name !== undefined) return { command, rest: line.slice(name.length).trim() };
  }
  return undefined;
}

function question(field: Field | undefined, lang: string | undefined): string {
  if (field === undefined) return text(lang, 'bot.go-on');
  const { label, options, optional, value } = field;
  if (options !== undefined) return choice(label, options, lang);
  if (value !== undefined && value !== '' && field.secret !== true) return text(lang, 'bot.keep', { label, value });
  if (optional === true) return text(lang, 'bot.optional', { label });
  return label.endsWith('?') ? label : text(lang, 'bot.ask', { label });
}

/** Single words in the line of the question; whole sentences below it, each with the number that chooses it. */
function choice(label: string, options: readonly string[], lang: string | undefined): string {
  if (!options.every((option) => option.includes(' '))) {
    return text(lang, 'bot.ask-options', { label, options: options.join(', ') });
  }
  const lines = options.map((option, index) => `${index + 1}. ${option}`);
  return [text(lang, 'bot.ask', { label }), ...lines].join('\n');
}

/** What an answer means for a field; undefined: ask again. */
function accepted(field: Field, line: string): string | undefined {
  if (field.options !== undefined) {
    const options = field.options;
    const named = options.find((option) => option.toLowerCase() === line.toLowerCase());
    return named ?? (/^\d+$/.test(line) ? options[Number(line) - 1] : undefined);
  }
  if (line === '-') return field.value ?? (field.optional === true ? '' : undefined);
  return line === '' ? undefined : line;
}
