// XEP-0050: Ad-Hoc Commands, v1.3.0: the gateway's commands and those that a network offers at its places, each a flow.
//
// A session is 'asking' (its last answer held a form), 'showing' (something to look at; the flow is already at its next
// step, and "next" asks whether that has come), or over. Sessions that nobody goes on with expire.
import type { Form } from '../../adapter/api.ts';
import { commandTitle, nodeOf, type Command } from '../../account/command.ts';
import type { Flow, FlowEnd, FlowStep, Told } from '../../account/flow.ts';
import { NETWORK_NODE, noneOffered } from '../../account/network-commands.ts';
import type { Clock } from '../../clock.ts';
import type { Failure } from '../../message/entry.ts';
import { failureText } from '../error.ts';
import { bareJid } from '../jid.ts';
import { x, type Element } from '../stanza.ts';
import { IqError, type DiscoNode, type Feature, type Request } from './feature.ts';
import { contractForm, contractReply, NS_FORM, readForm, writeForm } from './form.ts';

/** Namespace of ad-hoc commands; also the node where they are listed. */
export const NS_COMMANDS = 'http://jabber.org/protocol/commands';

export interface AdHocOptions {
  /** The gateway's own. */
  readonly commands: readonly Command[];
  /** Those that the network offers at the address that is asked. */
  readonly offered: (request: Request) => Promise<readonly Command[]>;
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  /** A name that nobody guesses. */
  readonly newId: () => string;
}

interface Session {
  readonly id: string;
  readonly user: string;
  /** The full JID it belongs to. */
  readonly owner: string;
  /** The bare JID that the command is of. */
  readonly at: string;
  readonly command: Command;
  readonly flow: Flow;
  readonly giveUp: AbortController;
  readonly form: Form | undefined;
  /** What comes after something that was shown. */
  readonly next: Promise<IteratorResult<FlowStep, FlowEnd>> | undefined;
  readonly shown: Element | undefined;
  until: number;
}

const IDLE_MS = 10 * 60_000;
const MOST_OF_USER = 5;
const MOST_SESSIONS = 2_000;
/** A step that takes longer than this is answered with "still waiting", before the client gives up. */
const PATIENCE_MS = 10_000;
const MOST_VALUE = 8_192;
const actions = ['execute', 'next', 'complete', 'prev', 'cancel'] as const;

/** Runs the gateway's commands for its users, and lists those that fit. */
export function adHoc(options: AdHocOptions): Feature {
  const sessions = new Sessions(options);
  const handle = (request: Request): Promise<Element> => sessions.handle(request);
  const run = { type: 'set', name: 'command', ns: NS_COMMANDS, handle } as const;
  return {
    iq: [
      { ...run, on: ['gateway'] },
      { ...run, on: ['contact'], needs: 'contactCommands' },
      { ...run, on: ['room'], needs: 'roomCommands' },
    ],
    announces: { gateway: [NS_FORM] },
    node: (node, request) => describe(options, node, request),
  };
}

async function describe(
  { commands, offered }: AdHocOptions,
  node: string,
  request: Request,
): Promise<DiscoNode | undefined> {
  const { account, lang, place, user } = request;
  if (node !== NS_COMMANDS && !node.startsWith(NETWORK_NODE) && place !== 'gateway') return undefined;
  const own = place === 'gateway' ? commands.filter((command) => command.fits(account, user)) : [];
  const fitting = [...own, ...(await offered(request).catch(noneOffered))];
  if (node === NS_COMMANDS) {
    const items = fitting.map((command) => ({ node: nodeOf(command), name: commandTitle(command, lang) }));
    return { identities: [{ category: 'automation', type: 'command-list' }], features: [], items };
  }
  const command = fitting.find((each) => nodeOf(each) === node);
  if (command === undefined) return undefined;
  const name = commandTitle(command, lang);
  return {
    identities: [{ category: 'automation', type: 'command-node', name }],
    features: [NS_COMMANDS, NS_FORM],
    items: [],
  };
}

/** The errors of XEP-0050, 4.4, beside the stanza's. */
const wrong = (condition: string): IqError => new IqError('bad-request', [x(condition, { xmlns: NS_COMMANDS })]);

class Sessions {
  readonly #options: AdHocOptions;
  readonly #sessions = new Map<string, Session>();

  constructor(options: AdHocOptions) {
    this.#options = options;
  }

  async handle(request: Request): Promise<Element> {
    const { node, sessionid, action: named = 'execute' } = request.payload.attrs;
    const action = actions.find((one) => one === named);
    if (action === undefined) throw wrong('malformed-action');
    if (sessionid === undefined) {
      if (action !== 'execute') throw wrong('bad-action');
      return this.#start(request, node);
    }
    const session = this.#sessions.get(sessionid);
    const isHere = session?.owner === request.from && session.at === bareJid(request.to);
    if (!isHere || nodeOf(session.command) !== node) throw wrong('bad-sessionid');
    if (session.until < this.#options.clock.monotonic()) {
      await this.#end(session);
      throw new IqError({ code: 'forbidden' }, [x('session-expired', { xmlns: NS_COMMANDS })]);
    }
    if (action === 'cancel') {
      await this.#end(session);
      return element(session, 'canceled');
    }
    if (action === 'prev') throw wrong('bad-action');
    return this.#proceed(request, session);
  }

  async #start(request: Request, node: string | undefined): Promise<Element> {
    const { commands, offered } = this.#options;
    const own = request.place === 'gateway' ? commands : [];
    const all = node?.startsWith(NETWORK_NODE) === true ? await offered(request) : own;
    const command = all.find((each) => nodeOf(each) === node);
    if (command === undefined) throw new IqError({ code: 'not-found' });
    await this.#makeRoom(request.user);
    const { lang, user } = request;
    const giveUp = new AbortController();
    const flow = command.run({ jid: user, lang, signal: giveUp.signal });
    const session: Session = {
      ...{ id: this.#options.newId(), user, owner: request.from, at: bareJid(request.to), command, flow, giveUp },
      ...{ form: undefined, next: undefined, shown: undefined, until: 0 },
    };
    return this.#show(request, session, await flow.next({}));
  }

  async #proceed(request: Request, session: Session): Promise<Element> {
    if (session.next) {
      const result = await this.#patiently(session.next);
      // Still the same to look at.
      if (result === undefined) return this.#keep(session, 'next', session.shown);
      return this.#show(request, session, result);
    }
    const fields = session.form?.fields ?? [];
    const reply = contractReply(fields, readForm(request.payload)?.values ?? new Map<string, string[]>());
    if ('wrong' in reply || Object.values(reply.reply).some((value) => value.length > MOST_VALUE)) {
      const detail = 'wrong' in reply ? { detail: reply.wrong.label } : {};
      session.until = this.#options.clock.monotonic() + IDLE_MS;
      throw new IqError({ code: 'invalid', ...detail }, [x('bad-payload', { xmlns: NS_COMMANDS })]);
    }
    // Nobody can answer the same question twice while the first answer is being looked at.
    this.#sessions.delete(session.id);
    return this.#show(request, session, await session.flow.next(reply.reply));
  }

  #show(request: Request, session: Session, result: IteratorResult<FlowStep, FlowEnd>): Element {
    this.#sessions.delete(session.id);
    if (result.done) return this.#finish(request, session, result.value);
    const step = result.value;
    if (step.type === 'form') {
      const last = step.fields.length === 0 ? 'complete' : 'next';
      const form = writeForm(contractForm(step, step.shape?.formType, step.shape?.lines));
      return this.#keep({ ...session, form: step, next: undefined, shown: undefined }, last, form);
    }
    const next = session.flow.next({});
    next.catch(() => undefined); // told to whoever asks
    const instructions = step.note === undefined ? {} : { instructions: step.note };
    const value = step.value;
    const fields = [{ type: 'fixed', value: value.split('\n') }] as const;
    const shown = writeForm({
      type: 'form',
      title: commandTitle(session.command, request.lang),
      ...instructions,
      fields,
    });
    return this.#keep({ ...session, form: undefined, next, shown }, 'next', shown);
  }

  #finish({ lang }: Request, session: Session, end: FlowEnd): Element {
    const failure: Failure | undefined = 'failure' in end ? end.failure : undefined;
    const words = 'text' in end ? end.text : failureText(end.failure, lang);
    const result = 'text' in end ? end.result && resultForm(end.result) : undefined;
    return element(session, 'completed', x('note', { type: failure ? 'error' : 'info' }, words), result);
  }

  #keep(session: Session, action: 'next' | 'complete', content: Element | undefined): Element {
    const until = this.#options.clock.monotonic() + IDLE_MS;
    const kept: Session = { ...session, until };
    this.#sessions.set(kept.id, kept);
    return element(kept, 'executing', x('actions', { execute: action }, x(action)), content);
  }

  #patiently<T>(promise: Promise<T>): Promise<T | undefined> {
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const cancel = this.#options.clock.after(PATIENCE_MS, () => resolve(undefined));
    return Promise.race([promise, late]).finally(cancel);
  }

  /** The oldest sessions give way: those of this user beyond his share, and any beyond all. */
  async #makeRoom(user: string): Promise<void> {
    const own = [...this.#sessions.values()].filter((session) => session.user === user);
    const [oldest] = this.#sessions.values();
    const gone = [
      ...own.slice(0, Math.max(0, own.length - MOST_OF_USER + 1)),
      ...(this.#sessions.size >= MOST_SESSIONS && oldest ? [oldest] : []),
    ];
    await Promise.all(gone.map((session) => this.#end(session)));
  }

  async #end(session: Session): Promise<void> {
    this.#sessions.delete(session.id);
    session.giveUp.abort();
    await session.flow.return({ text: '' });
  }
}

function resultForm({ formType, field, label, kind, values }: NonNullable<Told['result']>): Element {
  return writeForm({ type: 'result', formType, fields: [{ var: field, type: kind, label, value: values }] });
}

function element(
  { id, command }: Session,
  status: 'executing' | 'completed' | 'canceled',
  ...content: readonly (Element | undefined)[]
): Element {
  return x('command', { xmlns: NS_COMMANDS, node: nodeOf(command), sessionid: id, status }, ...content);
}
