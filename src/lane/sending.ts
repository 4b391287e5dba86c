// What is done about the head of an 'out' lane: sent, asked for, settled, put off or given back, each on disk before the next.
import { AdapterError, type Content, type Delivery, type Fault, type Sent } from '../adapter/api.ts';
import type { Failure } from '../message/entry.ts';
import type { Entry, IdRow, LaneKey, Step } from '../store/api.ts';
import type { Answers } from './answers.ts';
import { faultOf } from './attempt.ts';
import { judge, judgeFind, type Holds, type Verdict } from './failure.ts';
import type { Gate } from './gate.ts';
import { nextPart, planOf, planToStore, type Head } from './head.ts';
import { persist } from './land.ts';
import type { OutContext, Shift } from './out-context.ts';
import { laneId } from './queue.ts';

/** Milliseconds after which a message that was tried in vain is given back to its sender. */
const EXPIRY_MS = 24 * 3_600_000;

type Outcome<T> = { readonly value: T } | { readonly fault: Fault; readonly words: string | undefined };

export class Sending {
  readonly #context: OutContext;
  readonly #lane: LaneKey;
  readonly #answers: Answers;
  readonly #chatGate: (shift: Shift) => Gate;
  /** Ends the call that is under way with what the network has shown. */
  #confirm: ((sent: Sent) => void) | undefined;

  constructor(context: OutContext, lane: LaneKey, answers: Answers, chatGate: (shift: Shift) => Gate) {
    this.#context = context;
    this.#lane = lane;
    this.#answers = answers;
    this.#chatGate = chatGate;
  }

  /** Goes one step on with the head. True: it is settled or failed, and the lane goes on to the next. */
  async work(head: Head, shift: Shift): Promise<boolean> {
    let plan;
    try {
      plan = planOf(head, (content) => this.#context.split(content, shift.session));
    } catch (error) {
      return this.#fail(head, { code: 'internal' }, error);
    }
    if (head.shown !== undefined) return this.#settle(head, plan.length, head.shown);
    if (head.unsure) return this.#judged(head, plan, shift, { code: 'uncertain' }, undefined);
    return this.#attempt(head, plan, shift);
  }

  /** The network has shown that it has what is being sent. */
  confirm(sent: Sent): void {
    this.#confirm?.(sent);
  }

  /** Sends the first part that is not settled. */
  async #attempt(head: Head, plan: readonly Content[], shift: Shift): Promise<boolean> {
    const content = plan[head.done];
    if (content === undefined) return this.#fail(head, { code: 'invalid' });
    head.starts += 1;
    head.tries += 1;
    head.blind = false;
    const { session } = shift;
    const started = this.#step({ move: [{ seq: head.entry.seq, to: 'started', ...planToStore(head) }] });
    // Where a resend shows once the start is only counted, and need not be waited for; a plan must be there before its parts.
    if (session.resend === 'unsafe' || !head.stored) await started;
    else started.catch(() => undefined);
    head.stored = true;
    if (shift.over.aborted) return this.#untried(head);
    const sent = await this.#call<Sent>(head, (delivery) => {
      if (session.send === undefined) throw new AdapterError({ code: 'rejected', reason: 'unsupported' }, '');
      return session.send(head.body.chat, content, delivery);
    });
    if ('value' in sent) return this.#settle(head, plan.length, sent.value);
    head.failures += 1;
    return this.#judged(head, plan, shift, sent.fault, sent.words);
  }

  /** One call into the adapter about the head's current part. */
  async #call<T extends Sent | undefined>(
    head: Head,
    work: (delivery: Delivery) => Promise<T>,
  ): Promise<Outcome<T | Sent>> {
    const { attempts, token, log, account, stopped } = this.#context;
    try {
      const value = await attempts.run<T | Sent>((abort, settle) => {
        this.#confirm = settle;
        return work({
          token: token(head.entry, head.done),
          at: head.entry.at,
          attempt: Math.max(head.tries, 1),
          get signal() {
            return abort.signal;
          },
          open: () => Promise.reject(new Error('there are no files yet')),
        });
      });
      return { value };
    } catch (error) {
      if (stopped.aborted) throw error;
      const outcome = faultOf(error);
      const fields = { error, account, lane: laneId(this.#lane), entry: head.entry.seq };
      if (outcome.fault.code === 'uncertain') log.warn(fields, 'a send came to no certain end');
      else log.debug(fields, 'a send failed');
      return outcome;
    } finally {
      this.#confirm = undefined;
    }
  }

  /** The network has the part. `sent` may be missing: adapters are not all written in TypeScript. */
  async #settle(head: Head, parts: number, sent: Sent | undefined): Promise<boolean> {
    const { account, clock } = this.#context;
    const { entry, done: part } = head;
    const at = sent?.at !== undefined && Number.isFinite(sent.at) ? sent.at : clock.now();
    const ids: IdRow[] = [];
    if (typeof sent?.id === 'string') {
      const stanza = head.body.sender.id ?? '';
      ids.push({ account, chat: entry.lane.chat, remote: sent.id, part, stanza, author: null, at });
    }
    nextPart(head);
    if (head.done < parts) {
      await this.#step({ ids, move: [{ seq: entry.seq, to: 'part', done: head.done }] });
      return false;
    }
    await this.#step({ ids, append: this.#answers.receipt(entry), move: [{ seq: entry.seq, to: 'settled' }] });
    return true;
  }

  async #judged(
    head: Head,
    plan: readonly Content[],
    shift: Shift,
    fault: Fault,
    words: string | undefined,
  ): Promise<boolean> {
    const { clock, onUncertain } = this.#context;
    if (fault.code === 'uncertain') {
      head.unsure = true;
      // The session that could be asked is going; the next one decides.
      if (shift.over.aborted) return false;
    }
    const now = clock.now();
    const verdict = judge(fault, words, {
      age: now - head.entry.at,
      expiry: EXPIRY_MS,
      failures: head.failures,
      starts: head.starts,
      crashed: head.crashed,
      resend: shift.session.resend,
      canFind: shift.session.find !== undefined && !head.blind,
      onUncertain,
      random: clock.random(),
      now,
    });
    switch (verdict.act) {
      case 'again':
        await this.#again(head, shift, fault, verdict);
        return false;
      case 'find':
        return this.#find(head, plan, shift);
      case 'fail':
        return this.#fail(head, verdict.failure);
      case 'park':
        await this.#step({ move: [{ seq: head.entry.seq, to: 'later', notBefore: 0, why: fault.code }] });
        Object.assign(head, { starts: 0, unsure: false, crashed: false });
        this.#authLost(words);
        return false;
    }
  }

  async #again(head: Head, shift: Shift, fault: Fault, verdict: Verdict & { readonly act: 'again' }): Promise<void> {
    const { clock, log, account } = this.#context;
    const { seq } = head.entry;
    if (verdict.ended) {
      head.starts = 0;
      const notBefore = Math.ceil(clock.now() + verdict.after);
      await this.#step({ move: [{ seq, to: 'later', notBefore, why: fault.code }] });
    }
    if (fault.code === 'uncertain' && shift.session.resend === 'unsafe')
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
    if (what === 'lane') this.#chatGate(shift).hold(ms);
    else if (what === 'account') shift.accountGate.hold(ms);
    else this.#context.transportGate.hold(ms);
  }

  /** Asks the network whether it has the part. */
  async #find(head: Head, plan: readonly Content[], shift: Shift): Promise<boolean> {
    const { clock } = this.#context;
    const content = plan[head.done] ?? {};
    const find = (delivery: Delivery): Promise<Sent | undefined> =>
      shift.session.find?.(head.body.chat, content, delivery) ?? Promise.resolve(undefined);
    const found = await this.#call(head, find);
    if ('value' in found) {
      if (found.value === undefined) return this.#missing(head, plan, shift);
      return this.#settle(head, plan.length, found.value);
    }
    head.asked += 1;
    const age = clock.now() - head.entry.at;
    const { asked } = head;
    const verdict = judgeFind(found.fault, { age, expiry: EXPIRY_MS, asked, random: clock.random() });
    if (verdict.act === 'ask') this.#hold(shift, verdict.holds, verdict.after);
    else if (verdict.act === 'decide') head.blind = true;
    else this.#authLost(found.words);
    return false;
  }

  /** The network does not have it: the attempt has a certain end after all. */
  async #missing(head: Head, plan: readonly Content[], shift: Shift): Promise<boolean> {
    Object.assign(head, { unsure: false, crashed: false, asked: 0 });
    if (head.failures > 0) return this.#judged(head, plan, shift, { code: 'temporary' }, undefined);
    head.starts = 0;
    await this.#step({ move: [{ seq: head.entry.seq, to: 'later', notBefore: 0, why: 'uncertain' }] });
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
    await this.#step({ move: [{ seq: head.entry.seq, to: 'later', notBefore: 0, why: 'offline' }] });
    return false;
  }

  /** Entries go back to their senders. The caller takes them out of the queue. */
  async giveBack(entries: readonly Entry[], failure: Failure): Promise<void> {
    if (entries.length === 0) return;
    const append = entries.flatMap((entry) => this.#answers.refusal(entry, failure));
    await this.#step({ append, move: entries.map(({ seq }) => ({ seq, to: 'failed', why: failure.code })) });
  }

  #step(step: Omit<Step, 'fence'>): Promise<unknown> {
    const { land, fence, clock, log, stopped } = this.#context;
    return persist(() => land({ ...step, fence }), clock, log, stopped);
  }
}
