// One 'out' lane: stop and wait. An entry is queued -> started (durable) -> settled or failed; started without an end is
// what a crash leaves behind and counts as uncertain. Only the head is ever tried again, so nothing overtakes it.
import {
  AdapterError,
  type Content,
  type Delivery,
  type Fault,
  type Log,
  type Sent,
  type Session,
} from '../adapter/api.ts';
import { pause, type Clock } from '../clock.ts';
import type { Failure, InBody, OutBody } from '../message/entry.ts';
import type { AccountId, Entry, Fence, IdRow, Json, LaneKey, NewEntry, Step } from '../store/api.ts';
import { faultOf, type Attempts } from './attempt.ts';
import { judge, type Verdict } from './failure.ts';
import { Gate } from './gate.ts';
import { persist, type Land } from './land.ts';
import { laneId, type LaneQueue } from './queue.ts';

/** Milliseconds after which a message that was tried in vain is given back to its sender. */
const EXPIRY_MS = 24 * 3_600_000;
/** A wait longer than this is told in the chat, once until the lane is empty again. */
const PATIENCE_MS = 30_000;
/** A stored pause is never longer than this, whatever the clock did. */
const LONGEST_STORED_PAUSE_MS = 3_600_000;

/** What the lanes of one account share. */
export interface OutContext {
  readonly account: AccountId;
  readonly fence: Fence;
  /** Who drains the account's 'in' lanes, where receipts and errors go. */
  readonly front: string;
  readonly land: Land;
  readonly clock: Clock;
  readonly log: Log;
  readonly onUncertain: 'resend' | 'tell';
  /** The same on every attempt of this part, unique in the world. */
  readonly token: (entry: Entry, part: number) => string;
  /** What becomes of a content within a chat's limits: one network message each. */
  readonly split: (content: Content, session: Session) => readonly Content[];
  /** Shared by all accounts of the transport. */
  readonly transportGate: Gate;
  readonly attempts: Attempts;
  /** The network revoked the session while something was sent. */
  readonly onAuthLost: (error: unknown) => void;
  /** Aborted when the process ends: what is under way then stays as it is on disk. */
  readonly stopped: AbortSignal;
}

/** One stretch of time in which the account can send. */
export interface Shift {
  readonly session: Session;
  readonly accountGate: Gate;
  /** Aborted when the session rests, so that no pause outlives it. */
  readonly over: AbortSignal;
}

/** What is known of the head beyond what is on disk. */
interface Head {
  readonly entry: Entry;
  readonly body: OutBody;
  plan: readonly Content[] | undefined;
  /** Parts that are settled. */
  done: number;
  /** Starts without a certain end. */
  starts: number;
  /** Attempts of this run that failed in a row. */
  failures: number;
  /** The last start came to no certain end, and what that means is not decided yet. */
  unsure: boolean;
  /** That start was another run's. */
  crashed: boolean;
}

type Outcome<T> = { readonly value: T } | { readonly fault: Fault; readonly words: string | undefined };

export class OutLane {
  readonly queue: LaneQueue;
  /** The lane is being drained. */
  running = false;
  readonly #context: OutContext;
  #gate: Gate | undefined;
  #head: Head | undefined;
  #told = false;

  constructor(queue: LaneQueue, context: OutContext) {
    this.queue = queue;
    this.#context = context;
  }

  /** Nothing waits, nothing runs, and forgetting the lane forgets no limit. */
  get idle(): boolean {
    return !this.running && this.queue.empty && (this.#gate?.full ?? true);
  }

  /** The seq of the entry that was tried, if it is still the head. */
  get trying(): number | undefined {
    return this.#head?.entry.seq;
  }

  /** Sends what waits until the lane is empty or the shift is over. A second call while one runs does nothing. */
  async run(shift: Shift): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      for (let head; !shift.over.aborted && (head = await this.#next(shift)) !== undefined;) {
        await this.#pass(shift);
        if (shift.over.aborted) return;
        if (head.unsure) await this.#judged(head, shift, { code: 'uncertain' }, undefined);
        else await this.#attempt(head, shift);
      }
    } finally {
      this.running = false;
    }
  }

  /** The first entry; undefined where the lane is empty. */
  async #next(shift: Shift): Promise<Head | undefined> {
    while (this.queue.first === undefined && !this.queue.empty) await this.#persist(() => this.queue.load());
    const entry = this.queue.first;
    if (entry === undefined) {
      this.#head = undefined;
      this.#told = false;
      return undefined;
    }
    if (this.#head?.entry.seq === entry.seq) return this.#head;
    const crashed = entry.starts > 0;
    const { starts, done } = entry;
    const plan = entry.plan as unknown as readonly Content[] | undefined;
    this.#head = {
      entry,
      body: entry.body as unknown as OutBody,
      plan,
      done,
      starts,
      failures: 0,
      unsure: crashed,
      crashed,
    };
    const rest = Math.min(entry.notBefore - this.#context.clock.now(), LONGEST_STORED_PAUSE_MS);
    if (rest > 0) this.#chatGate(shift).hold(rest);
    return this.#head;
  }

  #chatGate(shift: Shift): Gate {
    return (this.#gate ??= new Gate(this.#context.clock, shift.session.limits.chatRate));
  }

  /** Waits for the gates: the chat's, the account's, the transport's. */
  async #pass(shift: Shift): Promise<void> {
    for (const gate of [this.#chatGate(shift), shift.accountGate, this.#context.transportGate]) {
      const waiting = gate.pass(shift.over);
      if (waiting === undefined) continue;
      await this.#tell(gate.wait);
      await waiting;
    }
  }

  /** Sends the first part that is not settled. */
  async #attempt(head: Head, shift: Shift): Promise<void> {
    const plan = (head.plan ??= this.#context.split(head.body.content, shift.session));
    if (plan.length === 0) {
      const nothing = { code: 'rejected', reason: 'invalid' } as const;
      return this.#judged(head, shift, nothing, undefined);
    }
    head.starts += 1;
    const stored = plan.length > 1 ? { plan: plan as unknown as Json } : {};
    const started = this.#step({ move: [{ seq: head.entry.seq, to: 'started', ...stored }] });
    // Where a resend shows once the start is only counted, and need not be waited for.
    if (shift.session.resend === 'unsafe') await started;
    else started.catch(() => undefined);
    const { session } = shift;
    const content = plan[head.done] ?? {};
    const sent = await this.#call(head, (delivery) => {
      if (session.send === undefined) throw new AdapterError({ code: 'rejected', reason: 'unsupported' }, '');
      return session.send(head.body.chat, content, delivery);
    });
    if ('value' in sent) return this.#settle(head, plan.length, sent.value);
    return this.#judged(head, shift, sent.fault, sent.words);
  }

  /** One call into the adapter about the head's current part. */
  async #call<T>(head: Head, work: (delivery: Delivery) => Promise<T>): Promise<Outcome<T>> {
    const { attempts, token } = this.#context;
    try {
      const value = await attempts.run((signal) =>
        work({
          token: token(head.entry, head.done),
          at: head.entry.at,
          attempt: head.failures + 1,
          signal,
          open: () => Promise.reject(new Error('there are no files yet')),
        }),
      );
      return { value };
    } catch (error) {
      if (this.#context.stopped.aborted) throw error;
      const outcome = faultOf(error);
      const fields = {
        error,
        account: this.#context.account,
        lane: laneId(this.queue.lane),
        entry: head.entry.seq,
      };
      if (outcome.fault.code === 'uncertain') this.#context.log.warn(fields, 'a send came to no certain end');
      else this.#context.log.debug(fields, 'a send failed');
      return outcome;
    }
  }

  async #settle(head: Head, parts: number, sent: Sent): Promise<void> {
    const { account, clock } = this.#context;
    const { entry, body } = head;
    const part = head.done;
    const at = sent.at ?? clock.now();
    const ids: IdRow[] = [];
    if (sent.id !== undefined)
      ids.push({
        account,
        chat: entry.lane.chat,
        remote: sent.id,
        part,
        stanza: body.sender.id ?? '',
        author: null,
        at,
      });
    head.done += 1;
    if (head.done < parts) {
      await this.#step({ ids, move: [{ seq: entry.seq, to: 'part', done: head.done }] });
      Object.assign(head, { starts: 0, failures: 0, unsure: false, crashed: false });
      return;
    }
    const { sender, chat } = body;
    const append =
      sender.receipt && sender.id !== undefined
        ? [this.#entry(`receipt/${entry.seq}`, { type: 'receipt', chat, to: sender })]
        : [];
    await this.#step({ ids, append, move: [{ seq: entry.seq, to: 'settled' }] });
    this.#over(head);
  }

  async #judged(head: Head, shift: Shift, fault: Fault, words: string | undefined): Promise<void> {
    const { clock, onUncertain } = this.#context;
    head.failures += 1;
    const now = clock.now();
    const verdict = judge(fault, words, {
      age: now - head.entry.at,
      expiry: EXPIRY_MS,
      failures: head.failures,
      starts: head.starts,
      crashed: head.crashed,
      resend: shift.session.resend,
      canFind: shift.session.find !== undefined,
      onUncertain,
      random: clock.random(),
      now,
    });
    switch (verdict.act) {
      case 'again':
        return this.#again(head, shift, verdict);
      case 'find':
        return this.#find(head, shift);
      case 'fail':
        await this.giveBack([head.entry], this.#referenced(head.entry, verdict.failure));
        return this.#over(head);
      case 'park':
        await this.#step({ move: [{ seq: head.entry.seq, to: 'later', notBefore: 0, why: fault.code }] });
        Object.assign(head, { starts: 0, unsure: false, crashed: false });
        return this.#context.onAuthLost(new AdapterError({ code: 'auth-lost' }, words ?? 'the session was revoked'));
    }
  }

  async #again(head: Head, shift: Shift, verdict: Verdict & { readonly act: 'again' }): Promise<void> {
    const { clock, log, account, transportGate } = this.#context;
    const { seq } = head.entry;
    if (verdict.ended) {
      head.starts = 0;
      const notBefore = Math.ceil(clock.now() + verdict.after);
      await this.#step({
        move: [{ seq, to: 'later', notBefore, why: verdict.limited ? 'rate-limited' : 'temporary' }],
      });
    } else if (shift.session.resend === 'unsafe') {
      log.warn({ account, lane: laneId(this.queue.lane), entry: seq }, 'sending again what may have arrived');
    }
    head.unsure = false;
    head.crashed = false;
    if (verdict.after > 0) {
      const gates = { lane: this.#chatGate(shift), account: shift.accountGate, transport: transportGate };
      gates[verdict.holds].hold(verdict.after);
    }
  }

  /** Asks the network whether it has the part; only its word makes the send happen again. */
  async #find(head: Head, shift: Shift): Promise<void> {
    const plan = (head.plan ??= this.#context.split(head.body.content, shift.session));
    const content = plan[head.done] ?? {};
    const found = await this.#call(
      head,
      (delivery) => shift.session.find?.(head.body.chat, content, delivery) ?? absent,
    );
    if ('fault' in found) {
      if (found.fault.code === 'auth-lost')
        return this.#context.onAuthLost(new AdapterError(found.fault, found.words ?? ''));
      head.unsure = true;
      this.#chatGate(shift).hold(pause(head.failures, 1_000, 300_000, this.#context.clock.random()));
    } else if (found.value !== undefined) {
      await this.#settle(head, plan.length, found.value);
    } else {
      Object.assign(head, { starts: 0, unsure: false, crashed: false });
    }
  }

  /** What only we can explain names the line in the log that does. */
  #referenced(entry: Entry, failure: Failure): Failure {
    if (failure.code !== 'internal') return failure;
    const { log, account } = this.#context;
    const reference = `${account}-${entry.seq}`;
    log.error({ account, lane: laneId(this.queue.lane), entry: entry.seq, reference }, 'gave an entry up');
    return { ...failure, reference };
  }

  #over(head: Head): void {
    this.#head = undefined;
    this.queue.drop(({ seq }) => seq === head.entry.seq);
  }

  /** Tells the user once that his messages to this chat wait, if they have waited or will wait for long. */
  async #tell(wait: number): Promise<void> {
    const head = this.#head;
    if (head === undefined || this.#told) return;
    const now = this.#context.clock.now();
    if (now + wait - head.entry.at < PATIENCE_MS) return;
    this.#told = true;
    const notice = { about: 'waiting', values: { seconds: String(Math.ceil(wait / 1_000)) } } as const;
    const { chat } = head.body;
    await this.#step({ append: [this.#entry(`waiting/${head.entry.seq}`, { type: 'notice', chat, notice })] });
  }

  /** Gives entries back to their senders. The caller takes them out of the queue. */
  async giveBack(entries: readonly Entry[], failure: Failure): Promise<void> {
    const append = entries.flatMap((entry) => {
      const { sender, chat } = entry.body as unknown as OutBody;
      return sender.id === undefined
        ? []
        : [this.#entry(`error/${entry.seq}`, { type: 'error', chat, to: sender, failure })];
    });
    await this.#step({ append, move: entries.map(({ seq }) => ({ seq, to: 'failed', why: failure.code })) });
  }

  #entry(key: string, body: InBody): NewEntry {
    const { account, front, clock } = this.#context;
    const { chat } = this.queue.lane;
    const lane: LaneKey = { account, direction: 'in', chat, slot: 'main' };
    return { lane, owner: front, key, at: clock.now(), body: body as unknown as Json };
  }

  #step(step: Omit<Step, 'fence'>): Promise<unknown> {
    return this.#persist(() => this.#context.land({ ...step, fence: this.#context.fence }));
  }

  #persist<T>(work: () => Promise<T>): Promise<T> {
    return persist(work, this.#context.clock, this.#context.log, this.#context.stopped);
  }
}

const absent = Promise.resolve(undefined);
