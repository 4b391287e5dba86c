// What was said and is not acknowledged yet, in the order of writing. A label says whose answer it is, where the server has labels.
// Else our own echo does, and a PING behind lines that were written together: refusals come before its PONG.
// A line: waiting -> written -> taken | refused | dropped; its message is done with its last line, or with its first refusal.
import { AdapterError } from 'moongate/adapter';
import type { Sent } from 'moongate/adapter';
import type { Message } from 'irc-framework';
import { plain } from './format.ts';
import { Fences } from './fences.ts';
import type { Pen } from './fences.ts';
import type { Names } from './names.ts';
import { failureOf, isRefusal, refusalOf, refusesMessages } from './numerics.ts';
import { away, doubt } from './talks.ts';

/** One message to be said. */
export interface Order {
  /** PRIVMSG or NOTICE. */
  readonly command: string;
  /** A nick, or a channel. */
  readonly target: string;
  readonly isChannel: boolean;
  /** The lines as they are written, what each of them says, and its label where there are labels. */
  readonly lines: readonly { readonly said: string; readonly text: string; readonly label?: string }[];
  readonly signal: AbortSignal;
}

export interface SendsOptions {
  readonly names: Names;
  readonly pen: Pen;
  readonly isMe: (nick: string) => boolean;
  /** The server echoes what it takes. */
  readonly echoed: boolean;
  readonly now: () => number;
  /** How long an echo to a person may come after the PONG, in ms. */
  readonly echoMs: number;
}

/** Lines that are over and whose echo may still come. */
const MOST_OVER = 100;

/** A message that is being said. */
interface Saying {
  readonly order: Order;
  /** Lines that are not taken yet, and lines that were written. */
  left: number;
  written: number;
  done: boolean;
  readonly end: (outcome: Sent | AdapterError) => void;
}

interface Line {
  readonly saying: Saying;
  readonly text: string;
  /** A PONG has come from behind it. */
  fenced: boolean;
  /** The server has it. */
  taken: boolean;
}

export class Sends {
  readonly #options: SendsOptions;
  readonly #waiting = new Set<Saying>();
  readonly #labels = new Map<string, Line>();
  /** Written, and neither taken nor refused; and what is over, while its echo may still come. */
  #open: Line[] = [];
  readonly #fences: Fences<Line>;
  /** Refusals since the last PONG, by target; where the server echoes, each has found its line at once. */
  #refusals = new Map<string, AdapterError[]>();
  /** Targets whose lines are fenced one by one, since it was not clear which of several was refused. */
  readonly #wary = new Set<string>();
  /** How often something of ours was echoed from a target that we did not say so: other words, or another client of ours. */
  readonly #strange = new Map<string, number>();
  #late: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(options: SendsOptions) {
    this.#options = options;
    this.#fences = new Fences(options.pen);
  }

  /** Resolves when the server has it. Rejects 'temporary' where nothing of it was written, 'uncertain' where nobody knows. */
  say(order: Order): Promise<Sent> {
    const { promise, resolve, reject } = Promise.withResolvers<Sent>();
    if (this.#isOver) return Promise.reject(away('the connection is closed'));
    const given = (): void => saying.end(saying.written === 0 ? away('nobody waits any more') : doubt('nobody waits'));
    const saying: Saying = {
      ...{ order, left: order.lines.length, written: 0, done: false },
      end: (outcome) => {
        if (saying.done) return;
        saying.done = true;
        this.#waiting.delete(saying);
        order.signal.removeEventListener('abort', given);
        if (outcome instanceof AdapterError) reject(outcome);
        else resolve(outcome);
      },
    };
    this.#waiting.add(saying);
    order.signal.addEventListener('abort', given, { once: true });
    if (order.signal.aborted) given();
    for (const one of order.lines)
      this.#options.pen.run(
        () => this.#write(saying, one),
        () => saying.done,
      );
    return promise;
  }

  /** True where it belongs to something that was said. */
  offer(message: Message, label: string | undefined): boolean {
    const { command, params } = message;
    if (label !== undefined) return this.#answer(message, label);
    if (command === 'PONG') return this.#fenced(params[1] ?? '');
    if (this.#open.length === 0) return false;
    if (command === 'PRIVMSG' || command === 'NOTICE')
      return this.#options.echoed && this.#options.isMe(message.nick) && this.#echo(message);
    return (command === 'FAIL' || refusesMessages(command)) && this.#refusal(message);
  }

  /** The connection is over: what has no answer gets none. */
  over(): void {
    this.#isOver = true;
    clearTimeout(this.#late);
    this.#fences.over();
    for (const lines of this.#byTarget(this.#open).values()) this.#refuseAll(lines);
    for (const { written, end } of [...this.#waiting])
      end(written === 0 ? away('the connection broke') : doubt('the connection broke'));
  }

  #write(saying: Saying, { said, text, label }: Order['lines'][number]): void {
    const { pen } = this.#options;
    const written: Line = { saying, text, fenced: false, taken: false };
    saying.written += 1;
    if (label !== undefined) {
      this.#labels.set(label, written);
      return pen.send(said);
    }
    this.#open.push(written);
    this.#fences.write(said, written, this.#wary.has(this.#targetOf(written)));
  }

  /** An answer with our label. */
  #answer(message: Message, label: string): boolean {
    const found = this.#labels.get(label);
    if (found === undefined) return false;
    const { command } = message;
    const isEcho = command === found.saying.order.command;
    if (isEcho || command === 'ACK' || command === 'FAIL' || isRefusal(message)) this.#labels.delete(label);
    // Nobody waits any more: what was said is told like anything that the user said.
    if (isEcho && found.saying.done) return false;
    if (isEcho || command === 'ACK') this.#take(found, message);
    else if (command === 'FAIL' || isRefusal(message)) found.saying.end(errorOf(message));
    return true;
  }

  /** All before the PING was read by the server, and what it refused it has said. */
  #fenced(mark: string): boolean {
    const lines = this.#fences.answered(mark);
    if (lines === undefined) return false;
    for (const one of lines) one.fenced = true;
    const left = new Set(this.#open);
    for (const [target, group] of this.#byTarget(lines.filter((one) => left.has(one))))
      if (this.#options.echoed) this.#unechoed(target, group);
      else this.#judge(target, group);
    this.#refusals.clear();
    this.#fences.goOn();
    return true;
  }

  /** Without echoes: as many refusals as lines refuse each in its turn; of fewer nobody knows which lines they are for. */
  #judge(target: string, lines: readonly Line[]): void {
    const refusals = this.#refusals.get(target) ?? [];
    if (refusals.length > 0 && refusals.length < lines.length) {
      this.#wary.add(target);
      for (const { saying } of lines)
        saying.end(doubt('it refused some of what was said at once, without saying what'));
    } else if (refusals.length > 0) {
      this.#wary.add(target);
      this.#refuseAll(lines);
    } else {
      this.#wary.delete(target);
      for (const one of lines) this.#take(one);
    }
    this.#forget(lines);
  }

  #refuseAll(lines: readonly Line[]): void {
    const [first] = lines;
    const refusals = first === undefined ? [] : (this.#refusals.get(this.#targetOf(first)) ?? []);
    if (refusals.length < lines.length) return;
    for (const [index, { saying }] of lines.entries()) {
      const refusal = refusals[index];
      if (refusal !== undefined) saying.end(refusal);
    }
  }

  /** With echoes: what goes to a channel is echoed by the server that the PONG is from; to a person, perhaps by his. */
  #unechoed(target: string, lines: readonly Line[]): void {
    if (lines[0]?.saying.order.isChannel) this.#drop(target, lines);
    else this.#late ??= setTimeout(() => this.#unechoedInTime(), this.#options.echoMs);
  }

  /** Neither refused nor echoed: as sure as on a server without echoes. */
  #unechoedInTime(): void {
    this.#late = undefined;
    for (const one of this.#open) if (one.fenced && !one.saying.done && !one.taken) this.#take(one);
    // Late echoes are still ours.
    this.#open = this.#open.filter(({ saying }, index) => !saying.done || index >= this.#open.length - MOST_OVER);
  }

  /** The server has passed them over in silence; where it may have passed on other words than ours, nobody knows. */
  #drop(target: string, lines: readonly Line[]): void {
    const others = this.#strange.get(target) ?? 0;
    const outcome = others > 0 ? doubt('it passed on something else') : dropped();
    for (const one of lines)
      if (others >= lines.length) this.#take(one);
      else one.saying.end(outcome);
    this.#forget(lines);
  }

  /** Our own words come back: those before them to the same target were dropped, since they did not. */
  #echo(message: Message): boolean {
    const { names } = this.#options;
    const target = names.fold(message.params[0] ?? '');
    const said = message.params[1] ?? '';
    const lines = this.#open.filter((one) => this.#targetOf(one) === target);
    const at = found(
      lines,
      (one) => one.saying.order.command === message.command && one.text === said,
      (one) => one.saying.order.command === message.command && isLike(one.text, said),
    );
    const one = lines[at];
    if (one === undefined) {
      if (lines.some(({ saying }) => !saying.done)) this.#strange.set(target, (this.#strange.get(target) ?? 0) + 1);
      return false;
    }
    this.#drop(
      target,
      lines.slice(0, at).filter(({ taken }) => !taken),
    );
    this.#forget([one]);
    // Nobody waits any more: what was said is told like anything that the user said.
    if (one.saying.done && !one.taken) return false;
    this.#take(one, message);
    return true;
  }

  #refusal(message: Message): boolean {
    const target = this.#refused(message);
    if (target === undefined) return false;
    if (!this.#options.echoed) {
      const refusals = this.#refusals.get(target);
      if (refusals) refusals.push(errorOf(message));
      else this.#refusals.set(target, [errorOf(message)]);
      return true;
    }
    const one = this.#open.find((open) => !open.saying.done && this.#targetOf(open) === target);
    if (one === undefined) return false;
    one.saying.end(errorOf(message));
    this.#forget([one]);
    return true;
  }

  /** To whom that was not let through which is refused: behind our nick, or somewhere in a FAIL of our command. */
  #refused({ command, params }: Message): string | undefined {
    const { names } = this.#options;
    const named = command === 'FAIL' ? params.slice(2, -1) : params.slice(1, 2);
    const about = this.#open.filter(({ saying }) => command !== 'FAIL' || saying.order.command === params[0]);
    // What names nobody is meant for the only one there is.
    const targets = new Set(about.map((one) => this.#targetOf(one)));
    if (command === 'FAIL' && targets.size === 1) return [...targets][0];
    return named.map((name) => names.fold(name)).find((name) => targets.has(name));
  }

  #take(one: Line, message?: Message): void {
    const { saying } = one;
    if (one.taken) return;
    one.taken = true;
    saying.left -= 1;
    if (saying.left > 0) return;
    const { now } = this.#options;
    const id = message?.tags['msgid'] ?? '';
    saying.end({ ...(id !== '' && { id }), at: Date.parse(message?.tags['time'] ?? '') || now() });
  }

  #forget(lines: readonly Line[]): void {
    if (lines.length === 0) return;
    const gone = new Set(lines);
    this.#open = this.#open.filter((one) => !gone.has(one));
    if (this.#open.every(({ saying }) => saying.done)) this.#strange.clear();
  }

  #targetOf({ saying }: Line): string {
    return this.#options.names.fold(saying.order.target);
  }

  #byTarget(lines: readonly Line[]): Map<string, Line[]> {
    return Map.groupBy(lines, (one) => this.#targetOf(one));
  }
}

const errorOf = (message: Message): AdapterError =>
  message.command === 'FAIL' ? failureOf(message) : refusalOf(message);

/** Where the first stands that fits the first of the tests which any fits; -1 for nowhere. */
function found<T>(all: readonly T[], ...tests: readonly ((one: T) => boolean)[]): number {
  for (const fits of tests) {
    const at = all.findIndex(fits);
    if (at !== -1) return at;
  }
  return -1;
}

const dropped = (): AdapterError =>
  new AdapterError({ code: 'rejected', reason: 'forbidden' }, 'The server dropped it without saying why.');

/** Servers take out colours where a channel has none, put a `?` for what their encoding lacks, and cut what they find too long. */
function isLike(text: string, said: string): boolean {
  const [ours, theirs] = [skeleton(text), skeleton(said)];
  return ours === theirs || (theirs.length > 200 && ours.startsWith(theirs));
}

const skeleton = (text: string): string =>
  plain(text)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '');
