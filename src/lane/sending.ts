// What is done about the head of an 'out' lane: sent, asked for, settled, put off or given back, each on disk before the next.
import { AdapterError, type Chat, type Delivery, type Fault, type Sent } from '../adapter/api.ts';
import type { Failure, OutBody } from '../message/entry.ts';
import { StoreError, type Entry, type LaneKey, type Move, type Step } from '../store/api.ts';
import type { Answers } from './answers.ts';
import { Calls, resendOf } from './calls.ts';
import { judge, judgeFind, type Holds, type Verdict } from './failure.ts';
import type { Gate } from './gate.ts';
import { fixPlan, nextPart, whyItWaits, type Call, type Head } from './head.ts';
import { learned } from './learned.ts';
import type { OutContext, Shift } from './out-context.ts';
import { latest, type Act, type Plan } from './plan.ts';
import { laneId } from './queue.ts';
import type { Steps } from './steps.ts';
import { Planner } from './planner.ts';

const HOUR_MS = 3_600_000;
/** Milliseconds after which what was tried in vain is given back to its sender. */
const EXPIRY_MS: Readonly<Record<OutBody['type'], number>> = {
  message: 24 * HOUR_MS,
  edit: 6 * HOUR_MS,
  retract: 24 * HOUR_MS,
  react: 6 * HOUR_MS,
  read: HOUR_MS,
};

/** What a message is given back as that others have overtaken. */
const OVERTAKEN = {
  uncertain: 'uncertain',
  temporary: 'timeout',
  'rate-limited': 'rate-limited',
  'auth-lost': 'auth-lost',
} as const satisfies Partial<Record<Fault['code'], Failure['code']>>;

/** The lane, as far as what is done about its head concerns it. */
export interface Surroundings {
  gate(shift: Shift): Gate;
  /** The last call about the head is under way: what is behind it may follow. */
  follow(): void;
  /** `Ahead.overtaken`. */
  overtaken(): Promise<boolean>;
}

export class Sending {
  readonly #context: OutContext;
  readonly #lane: LaneKey;
  readonly #answers: Answers;
  readonly #around: Surroundings;
  readonly #steps: Steps;
  readonly #planner: Planner;
  readonly #calls: Calls;

  constructor(context: OutContext, lane: LaneKey, answers: Answers, steps: Steps, around: Surroundings) {
    this.#context = context;
    this.#lane = lane;
    this.#answers = answers;
    this.#around = around;
    this.#steps = steps;
    this.#planner = new Planner(context, lane, steps);
    this.#calls = new Calls(context, lane, steps);
  }

  /** Goes one step on with the head. True: it is settled or failed, or on its way to be, and the lane goes on to the next. */
  async work(head: Head, shift: Shift): Promise<boolean> {
    if (head.plan === undefined) {
      let made: Plan;
      try {
        made = await this.#planner.plan(head, shift);
      } catch (error) {
        if (error instanceof StoreError) throw error;
        return this.#fail(head, { code: 'internal' }, error);
      }
      if ('failure' in made) return this.#fail(head, made.failure);
      fixPlan(head, made.acts);
    }
    const plan = head.plan ?? [];
    const act = plan[head.done];
    if (act === undefined) return this.#done(head, {});
    if (head.call !== undefined) return this.#ended(head, plan, act, shift, head.call);
    if (head.shown !== undefined) return this.#settle(head, plan, head.shown);
    if (head.unsure) return this.#judged(head, plan, act, shift, { code: 'uncertain' }, undefined);
    return this.#ended(head, plan, act, shift, this.#calls.begin(head, act, shift));
  }

  /** Begins to send one that is not the head, behind the call of the one before it; false where it has to wait for its turn. */
  begin(head: Head, shift: Shift, before: Call): boolean {
    const act = this.#planner.foresee(head, shift);
    if (act === undefined) return false;
    fixPlan(head, [act]);
    this.#calls.begin(head, act, shift, before);
    return true;
  }

  /** The network has shown the head's current part before it was tried again; true as for `work`. */
  arrived(head: Head, sent: Sent): Promise<boolean> {
    const { body } = head;
    head.token = this.#context.token(head.entry, head.done);
    if (head.plan === undefined) fixPlan(head, 'content' in body ? [{ do: 'send', content: body.content }] : []);
    return this.#settle(head, head.plan ?? [], sent);
  }

  /** Waits for the call about the first part that is not settled. */
  async #ended(head: Head, plan: readonly Act[], act: Act, shift: Shift, call: Call): Promise<boolean> {
    if (head.done === plan.length - 1) this.#around.follow();
    const outcome = await call.outcome;
    head.call = undefined;
    if (outcome !== undefined && 'value' in outcome) return this.#settle(head, plan, outcome.value);
    if (outcome === undefined) {
      await this.#around.overtaken();
      return this.#untried(head);
    }
    head.failures += 1;
    const { fault, words } = outcome;
    if (fault.code !== 'rejected' && (await this.#around.overtaken()))
      return this.#fail(head, { code: OVERTAKEN[fault.code], ...(words && { detail: words }) });
    return this.#judged(head, plan, act, shift, fault, words);
  }

  /** The network has the part. `sent` may be missing: adapters are not all written in TypeScript. */
  async #settle(head: Head, plan: readonly Act[], sent: Sent | undefined): Promise<boolean> {
    const { tokens, clock } = this.#context;
    const { entry } = head;
    const step = learned(head, plan[head.done], sent, clock.now());
    const [row] = step.ids ?? [];
    if (row?.part === 0) head.first = { remote: row.remote, at: Math.trunc(row.at) };
    tokens.add(head.token);
    nextPart(head);
    if (head.done >= plan.length) return this.#done(head, step);
    await this.#steps.land({ ...step, move: [{ seq: entry.seq, to: 'part', done: head.done }] });
    return false;
  }

  /** All of it is done. */
  async #done(head: Head, step: Pick<Step, 'ids' | 'forget'>): Promise<true> {
    const { entry, body, plan } = head;
    const move: Step['move'] = [{ seq: entry.seq, to: 'settled' }];
    if (body.chat.kind !== 'group')
      await this.#steps.end(entry.seq, { ...step, append: this.#answers.receipt(entry), move });
    else if (body.type === 'read' || plan?.length === 0) await this.#steps.end(entry.seq, { ...step, move });
    else await this.#steps.end(entry.seq, { ...step, ...(await this.#reflection(head, body)), move });
    return true;
  }

  /** Everybody in a group's room sees what was done in it, once the network has all of it. */
  async #reflection(head: Head, body: Exclude<OutBody, { type: 'read' }>): Promise<Pick<Step, 'append' | 'archive'>> {
    const { account, store, archiveId } = this.#context;
    const shown = { ...body, chat: this.#chat(head) };
    const id = body.type === 'message' ? body.sender.id : undefined;
    // The first of several parts may have been settled in another run.
    if (id !== undefined && head.first === undefined && head.done > 1)
      head.first = latest(await store.byStanza(account, this.#lane.chat, id))[0];
    return this.#answers.reflection(head.entry, shown, archiveId, body.type === 'message' ? head.first : undefined);
  }

  #chat({ body }: Head): Chat {
    return this.#context.chatNow(body.chat);
  }

  async #judged(
    head: Head,
    plan: readonly Act[],
    act: Act,
    shift: Shift,
    fault: Fault,
    words: string | undefined,
  ): Promise<boolean> {
    const { clock, onUncertain } = this.#context;
    // What is not there need not be taken back.
    if (act.do === 'retract' && fault.code === 'rejected' && fault.reason === 'not-found')
      return this.#settle(head, plan, undefined);
    if (fault.code === 'uncertain') {
      head.unsure = head.maybe = true;
      // The session that could be asked is going; the next one decides.
      if (shift.over.aborted) return false;
    }
    const now = clock.now();
    const verdict = judge(fault, words, {
      age: now - head.entry.at,
      expiry: EXPIRY_MS[head.body.type],
      failures: head.failures,
      starts: head.starts,
      crashed: head.crashed,
      resend: resendOf(act, shift),
      canFind: act.do === 'send' && shift.session.find !== undefined && !head.blind,
      onUncertain,
      random: clock.random(),
      now,
    });
    switch (verdict.act) {
      case 'again':
        await this.#again(head, act, shift, fault, verdict);
        return false;
      case 'find':
        return this.#find(head, plan, act, shift);
      case 'fail':
        return this.#fail(head, verdict.failure);
      case 'park':
        await this.#steps.land({
          move: [{ seq: head.entry.seq, to: 'later', notBefore: 0, why: whyItWaits(head, fault.code) }],
        });
        Object.assign(head, { starts: 0, unsure: false, crashed: false });
        this.#authLost(words);
        return false;
    }
  }

  async #again(
    head: Head,
    act: Act,
    shift: Shift,
    fault: Fault,
    verdict: Verdict & { readonly act: 'again' },
  ): Promise<void> {
    const { clock, log, account } = this.#context;
    const { seq } = head.entry;
    if (verdict.ended) {
      head.starts = 0;
      const notBefore = Math.ceil(clock.now() + verdict.after);
      await this.#steps.land({ move: [{ seq, to: 'later', notBefore, why: whyItWaits(head, fault.code) }] });
    }
    if (fault.code === 'uncertain' && resendOf(act, shift) === 'unsafe')
      log.warn(
        { account, lane: laneId(this.#lane), entry: seq, id: head.body.sender.id },
        'sending again what may have arrived',
      );
    head.unsure = false;
    head.crashed = false;
    this.#hold(shift, verdict.holds, verdict.after);
  }

  #hold(shift: Shift, what: Holds, ms: number): void {
    if (ms <= 0) return;
    if (what === 'lane') this.#around.gate(shift).hold(ms);
    else if (what === 'account') shift.accountGate.hold(ms);
    else this.#context.transportGate.hold(ms);
  }

  /** Asks the network whether it has the part. */
  async #find(head: Head, plan: readonly Act[], act: Act, shift: Shift): Promise<boolean> {
    const { clock } = this.#context;
    const content = act.do === 'send' ? act.content : {};
    const find = (delivery: Delivery): Promise<Sent | undefined> =>
      shift.session.find?.(this.#chat(head), content, delivery) ?? Promise.resolve(undefined);
    const found = await this.#calls.ask(head, find);
    if ('value' in found) {
      if (found.value === undefined) return this.#missing(head, plan, act, shift);
      return this.#settle(head, plan, found.value);
    }
    head.asked += 1;
    const age = clock.now() - head.entry.at;
    const { asked } = head;
    const verdict = judgeFind(found.fault, { age, expiry: EXPIRY_MS[head.body.type], asked, random: clock.random() });
    if (verdict.act === 'ask') this.#hold(shift, verdict.holds, verdict.after);
    else if (verdict.act === 'decide') head.blind = true;
    else this.#authLost(found.words);
    return false;
  }

  /** The network does not have it: the attempt has a certain end after all. */
  async #missing(head: Head, plan: readonly Act[], act: Act, shift: Shift): Promise<boolean> {
    Object.assign(head, { unsure: false, crashed: false, maybe: false, asked: 0 });
    if (head.failures > 0) return this.#judged(head, plan, act, shift, { code: 'temporary' }, undefined);
    head.starts = 0;
    await this.#steps.land({ move: [{ seq: head.entry.seq, to: 'later', notBefore: 0, why: 'temporary' }] });
    return false;
  }

  #authLost(words: string | undefined): void {
    this.#context.onAuthLost(new AdapterError({ code: 'auth-lost' }, words ?? ''));
  }

  /** What only we can explain names the line in the log that does. */
  #referenced(entry: Entry, failure: Failure, error: unknown): Failure {
    if (failure.code !== 'internal') return failure;
    const { log, account } = this.#context;
    const reference = `${account}-${entry.seq}`;
    const fields = { account, lane: laneId(this.#lane), entry: entry.seq, reference };
    log.error(error === undefined ? fields : { ...fields, error }, 'gave an entry up');
    return { ...failure, reference };
  }

  async #fail(head: Head, failure: Failure, error?: unknown): Promise<true> {
    await this.giveBack([head.entry], this.#referenced(head.entry, failure, error));
    return true;
  }

  /** The start was written and the session ended before the call: nothing was tried. */
  async #untried(head: Head): Promise<false> {
    head.starts = 0;
    head.tries -= 1;
    await this.#steps.land({
      move: [{ seq: head.entry.seq, to: 'later', notBefore: 0, why: whyItWaits(head, 'offline') }],
    });
    return false;
  }

  /** Entries go back to their senders. The caller takes them out of the queue. */
  async giveBack(entries: readonly Entry[], failure: Failure): Promise<void> {
    if (entries.length === 0) return;
    const append = entries.flatMap((entry) => this.#answers.refusal(entry, failure));
    await this.#steps.land({ append, move: entries.map((entry) => ended(entry, failure)) });
  }

  /** Entries that need not be done any more, and what took them back: that is done now, and its sender is told so. */
  async withdraw(entries: readonly Entry[], retraction: Entry): Promise<void> {
    const move = [...entries, retraction].map(({ seq }): Move => ({ seq, to: 'settled' }));
    await this.#steps.land({ append: this.#answers.receipt(retraction), move });
  }
}

/** A marker that cannot be delivered is of no use to anybody later. */
const ended = ({ seq, body }: Entry, { code }: Failure): Move =>
  (body as unknown as OutBody).type === 'read' ? { seq, to: 'settled' } : { seq, to: 'failed', why: code };
