// XEP-0077: In-Band Registration, v2.4, with a data form. The form is the first step of the login; a login that asks for
// more goes on in the chat with the gateway.
import type { Form } from '../../adapter/api.ts';
import type { Clock } from '../../clock.ts';
import type { Registered } from '../../account/directory.ts';
import type { Flow, FlowUser } from '../../account/flow.ts';
import type { Failure } from '../../message/entry.ts';
import { text } from '../../text/index.ts';
import { failureText } from '../error.ts';
import { x, type Element } from '../stanza.ts';
import { IqError, needAccount, type Feature, type Request } from './feature.ts';
import { contractForm, contractReply, NS_FORM, readForm, writeForm } from './form.ts';

/** Namespace of registrations; also the FORM_TYPE of their form. */
export const NS_REGISTER = 'jabber:iq:register';

export interface RegisterOptions {
  readonly domain: string;
  readonly networkName: string;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** The login, as a flow. */
  readonly login: (user: FlowUser) => Flow;
  readonly allowed: (jid: string) => boolean;
  readonly remove: (account: Registered) => Promise<void>;
  /** The login asks for more than one form: it goes on elsewhere. */
  readonly handOver: (user: FlowUser, flow: Flow, giveUp: AbortController, form: Form) => void;
  /** What a login shows has no form to stand in: it is said in the chat with the gateway. */
  readonly tell: (user: string, words: string) => void;
}

/** A form that was handed out and not yet filled in. */
interface Open {
  readonly flow: Flow;
  readonly giveUp: AbortController;
  readonly form: Form;
  readonly until: number;
}

const OPEN_MS = 15 * 60_000;
const MOST_OPEN = 1_000;
const MOST_VALUE = 8_192;

/** Registers users with the gateway, and removes them. */
export function register(options: RegisterOptions): Feature {
  const registrations = new Registrations(options);
  const common = { on: ['gateway'], name: 'query', ns: NS_REGISTER } as const;
  return {
    iq: [
      { ...common, type: 'get', handle: (request) => registrations.get(request) },
      { ...common, type: 'set', handle: (request) => registrations.set(request) },
    ],
    announces: { gateway: [NS_FORM] },
  };
}

class Registrations {
  readonly #options: RegisterOptions;
  readonly #open = new Map<string, Open>();
  /** Why somebody's last attempt failed: the next form says so. */
  readonly #refused = new Map<string, Failure>();

  constructor(options: RegisterOptions) {
    this.#options = options;
  }

  async get(request: Request): Promise<Element> {
    const { account, lang, user } = request;
    if (account?.state === 'closing') throw new IqError({ code: 'closing' });
    this.#mustBeAllowed(request);
    const { form } = await this.#begin(request);
    const refused = this.#refused.get(user);
    const instructions = [
      refused && failureText(refused, lang),
      account && text(lang, 'register.registered', { account: account.remote }),
      form.note ?? text(lang, 'register.instructions', { network: this.#options.networkName }),
    ].filter(Boolean);
    const words = instructions.join('\n');
    return x(
      'query',
      { xmlns: NS_REGISTER },
      account && x('registered'),
      x('instructions', {}, words),
      // For clients without data forms: one name and one secret are all that XEP-0077 has words for.
      ...legacy(form).map(([name, field]) => x(name, {}, field.secret ? '' : (field.value ?? ''))),
      writeForm({ ...contractForm(form, NS_REGISTER), instructions: words }),
    );
  }

  async set(request: Request): Promise<Element | undefined> {
    const { payload, user } = request;
    if (payload.getChild('remove')) {
      if (payload.getChildElements().length > 1) throw new IqError('bad-request');
      await this.#options.remove(needAccount(request));
      return undefined;
    }
    const submission = readForm(payload);
    if (submission?.type === 'cancel') {
      await this.#giveUp(user);
      return undefined;
    }
    this.#mustBeAllowed(request);
    if (request.account?.state === 'closing') throw new IqError({ code: 'closing' });
    const open = await this.#taken(request);
    const reply = contractReply(open.form.fields, submission?.values ?? legacyValues(open.form, payload));
    if ('wrong' in reply || Object.values(reply.reply).some((value) => value.length > MOST_VALUE)) {
      this.#keep(user, open);
      throw new IqError({ code: 'invalid', ...('wrong' in reply ? { detail: reply.wrong.label } : {}) });
    }
    await this.#submit(request, open, reply.reply);
    return undefined;
  }

  async #submit(request: Request, { flow, giveUp }: Open, reply: Readonly<Record<string, string>>): Promise<void> {
    const { user } = request;
    let result = await flow.next(reply);
    while (!result.done && result.value.type === 'show') {
      const { value, note } = result.value;
      this.#options.tell(user, note === undefined ? value : `${note}\n${value}`);
      result = await flow.next({});
    }
    if (!result.done) {
      if (result.value.type === 'form') this.#options.handOver(this.#user(request, giveUp), flow, giveUp, result.value);
      const detail = text(request.lang, 'register.more-steps', { gateway: this.#options.domain });
      throw new IqError({ code: 'unsupported', detail });
    }
    if ('failure' in result.value) {
      const { failure } = result.value;
      this.#remember(user, failure);
      throw new IqError(failure);
    }
    this.#refused.delete(user);
  }

  #mustBeAllowed({ user, lang }: Request): void {
    if (this.#options.allowed(user)) return;
    throw new IqError({ code: 'forbidden', detail: text(lang, 'register.not-allowed') });
  }

  /** A new form; whatever was open for this user is given up. */
  async #begin(request: Request): Promise<Open> {
    await this.#giveUp(request.user);
    const giveUp = new AbortController();
    const flow = this.#options.login(this.#user(request, giveUp));
    let result = await flow.next({});
    while (!result.done && result.value.type === 'show') result = await flow.next({});
    if (result.done) throw new IqError('failure' in result.value ? result.value.failure : { code: 'unsupported' });
    if (result.value.type !== 'form') throw new IqError({ code: 'unsupported' });
    const open: Open = { flow, giveUp, form: result.value, until: this.#options.clock.monotonic() + OPEN_MS };
    this.#keep(request.user, open);
    return open;
  }

  /** The user's open form; a new one where he sends without having asked, or too late. */
  async #taken(request: Request): Promise<Open> {
    const open = this.#open.get(request.user);
    const taken = open && open.until > this.#options.clock.monotonic() ? open : await this.#begin(request);
    this.#open.delete(request.user);
    return taken;
  }

  #keep(user: string, open: Open): void {
    this.#open.delete(user);
    this.#open.set(user, open);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MOST_OPEN && oldest !== undefined) void this.#giveUp(oldest);
  }

  async #giveUp(user: string): Promise<void> {
    const open = this.#open.get(user);
    this.#open.delete(user);
    open?.giveUp.abort();
    await open?.flow.return({ text: '' });
  }

  #remember(user: string, failure: Failure): void {
    this.#refused.delete(user);
    this.#refused.set(user, failure);
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > MOST_OPEN && oldest !== undefined) this.#refused.delete(oldest);
  }

  #user({ user, lang }: Request, giveUp: AbortController): FlowUser {
    return { jid: user, lang, signal: giveUp.signal };
  }
}

/** The elements of XEP-0077 that stand for fields of a form. */
function legacy(form: Form): readonly (readonly ['username' | 'password', Form['fields'][number]])[] {
  const name = form.fields.find((field) => !field.secret);
  const secret = form.fields.find((field) => field.secret);
  return [...(name ? ([['username', name]] as const) : []), ...(secret ? ([['password', secret]] as const) : [])];
}

function legacyValues(form: Form, payload: Element): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, readonly string[]>();
  for (const [name, field] of legacy(form)) {
    const value = payload.getChildText(name);
    if (value !== null) values.set(field.name, [value]);
  }
  return values;
}
