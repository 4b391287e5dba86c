// One 'out' lane: stop and wait, but for what a network takes in a window. An entry is queued -> started (durable) -> settled
// or failed; started without an end is what a crash leaves behind and counts as uncertain. What comes of entries is looked at
// in their order, and only the head is ever tried again, so nothing overtakes it.
import type { Sent } from '../adapter/api.ts';
import type { Failure, OutBody } from '../message/entry.ts';
import type { Entry, Seq } from '../store/api.ts';
import { Ahead } from './ahead.ts';
import { Answers } from './answers.ts';
import { Gate } from './gate.ts';
import { headOf, mayBeThere, type Call, type Head } from './head.ts';
import { persist } from './land.ts';
import { limitsIn, type OutContext, type Shift } from './out-context.ts';
import type { LaneQueue } from './queue.ts';
import { Sending } from './sending.ts';
import { Steps } from './steps.ts';

/** A wait longer than this is told in the chat, once until the lane is empty again. */
const PATIENCE_MS = 30_000;
/** A stored pause is never longer than this, whatever the clock did. */
const LONGEST_STORED_PAUSE_MS = 3_600_000;
/** Entries that one step gives back. */
const SLICE = 100;

export class OutLane {
  readonly queue: LaneQueue;
  readonly #context: OutContext;
  /** In which the lane is being drained. */
  #shift: Shift | undefined;
  /** Its first entry is another run's, and this one has not tried it. */
  #inherited = false;
  #gate: Gate | undefined;
  #head: Head | undefined;
  /** A call about the head is under way, or what came of it is not on disk yet. */
  #busy = false;
  /** Who waits until all up to that entry have come to an end. */
  #whenDone: { readonly upTo: Seq; readonly resolve: () => void }[] = [];
  /** While it is there nothing new is started. */
  #held: Promise<void> | undefined;
  #told = false;
  readonly #answers: Answers;
  readonly #steps: Steps;
  readonly #ahead: Ahead;
  readonly #sending: Sending;

  constructor(queue: LaneQueue, context: OutContext) {
    this.queue = queue;
    this.#context = context;
    this.#answers = new Answers(queue.lane, context.front, context.clock);
    this.#steps = new Steps(context, () => this.#tellDone());
    this.#ahead = new Ahead(this.#steps);
    this.#sending = new Sending(context, queue.lane, this.#answers, this.#steps, {
      gate: (shift) => this.#chatGate(shift),
      follow: () => this.follow(),
      overtaken: () => this.#ahead.overtaken(),
    });
  }

  /** What waits up to this entry is another run's. */
  inherit(last: Seq): void {
    this.#inherited = true;
    this.queue.rewind(last);
  }

  /** The lane is being drained. */
  get running(): boolean {
    return this.#shift !== undefined;
  }

  /** Nothing waits, nothing runs, and forgetting the lane forgets no limit. */
  get idle(): boolean {
    const isQuiet = !this.running && this.#held === undefined && this.#steps.ending.length === 0;
    return isQuiet && this.queue.empty && (this.#gate?.full ?? true);
  }

  /** Resolves when nothing of it is on its way to the disk any more. */
  ended(): Promise<void> {
    return this.#steps.ended();
  }

  /** Sends what waits until the lane is empty or the shift is over. A second call while one runs does nothing. */
  async run(shift: Shift): Promise<void> {
    if (this.running) return;
    this.#shift = shift;
    try {
      for (let head; (head = await this.#next(shift)) !== undefined;) {
        if (head.call === undefined && !shift.over.aborted) await this.#pass(shift);
        while (this.#held !== undefined) await this.#held;
        // What is under way is seen to its end.
        if (head.call === undefined && shift.over.aborted) return;
        if (this.queue.first?.seq === head.entry.seq) await this.#work(head, shift);
      }
    } finally {
      this.#shift = undefined;
    }
  }

  /**
   * The network has shown a message of this account in this chat. With the token of an entry it settles that entry, also what a
   * run before this one began to send. While sends are under way it resolves when they have ended, for the message may be the
   * echo of one; else undefined.
   */
  echo(token: string | undefined, sent: Sent): Promise<void> | undefined {
    const upTo = this.#underWay().at(-1);
    if (upTo === undefined) return token === undefined || this.queue.empty ? undefined : this.#arrived(token, sent);
    for (const head of [...(this.#head ? [this.#head] : []), ...this.#ahead.all()]) {
      if (token === undefined || !this.#isOf(token, head)) continue;
      head.shown = sent;
      head.confirm?.(sent);
    }
    return new Promise((resolve) => this.#whenDone.push({ upTo, resolve }));
  }

  /** What has begun and is not over, in its order: its end is not on disk. */
  #underWay(): readonly Seq[] {
    const behind = [...this.#ahead.all()].filter(({ call }) => call !== undefined).map(({ entry }) => entry.seq);
    const head = this.#busy && this.#head !== undefined ? [this.#head.entry.seq] : [];
    return [...this.#steps.ending, ...head, ...behind];
  }

  #isOf(token: string, { entry, done }: Head): boolean {
    return token === this.#context.token(entry, done);
  }

  /** Begins to send what stands behind that which is under way, as far as the network takes it and no gate is shut. */
  follow(): void {
    const [shift, head] = [this.#shift, this.#head];
    if (shift === undefined || head?.call === undefined || head.plan?.length !== head.done + 1) return;
    const { window = 1 } = shift.session.limits;
    for (let last: Head = head; this.#ahead.size + 1 < window;) {
      if (last.call === undefined || last.call.stuck || this.#held !== undefined || shift.over.aborted) return;
      const entry = this.queue.after(last.entry.seq);
      const next = entry && (this.#ahead.get(entry.seq) ?? this.#begin(entry, shift, last.call));
      if (next === undefined) return;
      last = next;
    }
  }

  /** Begins to send an entry behind that call; undefined where it has to wait. */
  #begin(entry: Entry, shift: Shift, before: Call): Head | undefined {
    const gates = this.#gates(shift);
    const head = headOf(entry);
    if (entry.notBefore > 0 || !gates.every(({ open }) => open)) return undefined;
    if (!this.#sending.begin(head, shift, before)) return undefined;
    for (const gate of gates) void gate.pass(shift.over);
    this.#ahead.add(head);
    return head;
  }

  /** Settles the head if that token is its, without a session; nothing is under way. */
  async #arrived(token: string, sent: Sent): Promise<void> {
    await this.#holding(async () => {
      const known = this.#head;
      const head = await this.#first();
      if (head === undefined || !this.#isOf(token, head))
        this.#head = known; // whoever sends it looks how long it has to rest
      else if (await this.#sending.arrived(head, sent)) this.#passed(head);
      await this.#steps.ended();
    });
  }

  /** Gives back to their senders whatever waits and was not started, and all where `started` is asked for; says how many. */
  async cancel(failure: Failure, also: { readonly started?: true }): Promise<number> {
    let count = 0;
    await this.#takeOut(async (page, untouched) => {
      const gone = page.filter((entry) => untouched(entry, also.started));
      await this.#sending.giveBack(gone, failure);
      count += gone.length;
    });
    return count;
  }

  /** A message that is taken back before it was started need not be sent: it and what changes it go, with the retraction. */
  async withdraw(retraction: Entry): Promise<void> {
    const { target } = retraction.body as unknown as OutBody & { readonly type: 'retract' };
    const gone: Entry[] = [];
    let begun: Entry | undefined;
    await this.#takeOut(async (page, untouched) => {
      // A start that need not be waited for may not have got to the disk before a crash.
      if (this.#inherited) begun ??= page[0];
      const meant = page.filter((entry) => entry.seq < retraction.seq && names(entry, target) && untouched(entry));
      gone.push(...meant.filter(({ seq }) => seq !== begun?.seq));
      if (!page.some(({ seq }) => seq === retraction.seq) || !gone.some(isMessage)) return;
      await this.#sending.withdraw(gone, retraction);
    });
  }

  /** Looks through all that waits while nothing new is started; reads the lane anew then. */
  async #takeOut(
    work: (page: readonly Entry[], untouched: (entry: Entry, alsoStarted?: boolean) => boolean) => Promise<void>,
  ): Promise<void> {
    await this.#holding(async () => {
      const head = this.#head;
      const untouched = (entry: Entry, alsoStarted = false): boolean => {
        if (this.#steps.isEnding(entry.seq)) return false;
        const isHead = head !== undefined && entry.seq === head.entry.seq;
        if (isHead && (this.#busy || ((head.starts > 0 || head.maybe) && !alsoStarted))) return false;
        const ahead = this.#ahead.get(entry.seq);
        if (ahead !== undefined && (ahead.call !== undefined || !alsoStarted)) return false;
        return (entry.done === 0 && !mayBeThere(entry)) || alsoStarted;
      };
      try {
        for (let after = 0; ;) {
          const page = await this.#context.store.head(this.queue.lane, after, SLICE);
          const last = page.at(-1);
          if (last === undefined) return;
          await work(page, untouched);
          after = last.seq;
        }
      } finally {
        this.queue.rewind(0);
      }
    });
  }

  /** Nothing new is started until `work` has ended. */
  async #holding(work: () => Promise<void>): Promise<void> {
    const before = this.#held;
    const held = Promise.withResolvers<void>();
    this.#held = held.promise;
    try {
      await before;
      await work();
    } finally {
      if (this.#held === held.promise) this.#held = undefined;
      held.resolve();
    }
  }

  /** The first entry; undefined where the lane is empty. */
  async #first(): Promise<Head | undefined> {
    while (this.queue.first === undefined && !this.queue.empty) {
      await this.#steps.ended(); // the disk would give what is ending for what waits
      await this.#persist(() => this.queue.load());
    }
    const entry = this.queue.first;
    if (entry === undefined) this.#ahead.clear();
    if (this.#head?.entry.seq !== entry?.seq) this.#head = entry && (this.#ahead.take(entry) ?? headOf(entry));
    return this.#head;
  }

  /** The first entry, with the rest that it still has to keep. */
  async #next(shift: Shift): Promise<Head | undefined> {
    const known = this.#head;
    const head = await this.#first();
    if (head === undefined) this.#told = false;
    if (head === undefined || head === known) return head;
    const rest = Math.min(head.entry.notBefore - this.#context.clock.now(), LONGEST_STORED_PAUSE_MS);
    if (rest > 0) this.#chatGate(shift).hold(rest);
    return head;
  }

  #chatGate(shift: Shift): Gate {
    const chat = this.#head?.body.chat;
    const { limits } = shift.session;
    const { chatRate } = chat === undefined ? limits : limitsIn(this.#context, shift.session, chat);
    this.#gate ??= new Gate(this.#context.clock, chatRate);
    this.#gate.limit(chatRate);
    return this.#gate;
  }

  /** The chat's, the account's, the transport's. */
  #gates(shift: Shift): readonly Gate[] {
    return [this.#chatGate(shift), shift.accountGate, this.#context.transportGate];
  }

  /** Waits for the gates. */
  async #pass(shift: Shift): Promise<void> {
    for (const gate of this.#gates(shift)) {
      const waiting = gate.pass(shift.over);
      if (waiting === undefined) continue;
      await this.#tell(gate.wait);
      await waiting;
    }
  }

  async #work(head: Head, shift: Shift): Promise<void> {
    this.#busy = true;
    this.#inherited = false;
    try {
      if (await this.#sending.work(head, shift)) this.#passed(head);
    } finally {
      this.#busy = false;
      this.#tellDone();
    }
  }

  #tellDone(): void {
    if (this.#whenDone.length === 0) return;
    const [first = Infinity] = this.#underWay();
    for (const waiting of this.#whenDone.splice(0)) {
      if (waiting.upTo < first) waiting.resolve();
      else this.#whenDone.push(waiting);
    }
  }

  /** The head is done, and the lane goes on to the next. */
  #passed(head: Head): void {
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
    await this.#steps.land({ append: [this.#answers.waiting(head.entry, wait)] });
  }

  #persist<T>(work: () => Promise<T>): Promise<T> {
    return persist(work, this.#context.clock, this.#context.log, this.#context.stopped);
  }
}

const isMessage = ({ body }: Entry): boolean => (body as unknown as OutBody).type === 'message';

/** It is the message of that stanza, or changes it. */
function names(entry: Entry, stanza: string): boolean {
  const body = entry.body as unknown as OutBody;
  return body.type === 'message' ? body.sender.id === stanza : body.target === stanza;
}
