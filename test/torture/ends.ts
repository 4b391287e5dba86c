// Whether both ends of every chat show the same when all is over: what a client shows by the rules of the XEPs against what
// the network holds. Where a change was refused, or never got through and its sender can know that, the network may have
// either. Pure.
import type { Act } from './acts.ts';
import type { Evidence, Held, Shown, Written } from './evidence.ts';

export interface Ends {
  /** Messages of which both ends were compared. */
  readonly compared: number;
  /** Of them, those where the client knows that the network may have the one or the other. */
  readonly open: number;
}

/** Adds to `faults` whatever differs. `shown`: each stanza once, in the order in which it came. */
export function judgeEnds(evidence: Evidence, shown: readonly Shown[], faults: string[]): Ends {
  const view = new View(evidence, shown);
  const messages = new Map<string, Held[]>();
  for (const held of evidence.held ?? []) push(messages, `${held.lane} ${view.baseOf(held)}`, held);
  let open = 0;
  for (const all of messages.values()) {
    const [first, second] = all;
    // A client that sent a message again behind its own change of it has written two, of which it shows one.
    if (first && second && !view.isHandedAgain(first))
      faults.push(`the network holds "${first.first}" and "${second.first}" of ${first.lane} for one message`);
    if (compare(all, view, faults)) open += 1;
  }
  return { compared: messages.size, open };
}

/** Compares one message, the last one where there are several; true where the client leaves something open. */
function compare(all: readonly Held[], view: View, faults: string[]): boolean {
  const held = all.at(-1);
  if (held === undefined) return false;
  const { lane, first, text, deleted, reactions } = held;
  const expect = (what: string, has: string, allowed: readonly string[]): boolean => {
    const choices = [...new Set(allowed)];
    if (!choices.includes(has)) {
      const shown = choices.map((choice) => `"${choice}"`).join(' or ');
      faults.push(`${what} of "${first}" in ${lane}: the network has "${has}", the client ${shown}`);
    }
    return choices.length > 1;
  };
  const open = [expect('the state', deleted ? 'deleted' : 'there', view.states(held))];
  if (!deleted) {
    open.push(expect('the text', text, view.texts(held)));
    open.push(expect('his own reactions', setOf(reactions.mine), view.ownReactions(held)));
    if (all.length === 1) open.push(expect('the reactions', setOf(reactions.theirs), view.theirReactions(held)));
  }
  return open.includes(true);
}

const setOf = (emojis: readonly string[] = []): string => [...emojis].sort().join(' ');

/** What the client of a run shows of its messages. */
class View {
  readonly #written = new Map<string, Written>();
  readonly #own = new Map<string, Written[]>();
  readonly #theirs = new Map<string, Shown[]>();
  readonly #words = new Map<string, string>();
  readonly #bounced: ReadonlySet<string>;

  constructor({ written, elsewhere = [], bounced }: Evidence, shown: readonly Shown[]) {
    this.#bounced = bounced;
    for (const one of [...written, ...shown, ...elsewhere]) if (!one.act) this.#words.set(one.id, one.text);
    for (const one of written) {
      this.#written.set(`${one.lane} ${one.text}`, one);
      push(this.#own, this.#target(one), one);
    }
    for (const one of shown) push(this.#theirs, this.#target(one), one);
  }

  /** The words of the message that it makes or changes, with its lane. */
  #target({ lane, text, act }: Pick<Written, 'lane' | 'text' | 'act'>): string {
    return `${lane} ${act ? (this.#words.get(act.target) ?? '') : text}`;
  }

  /** The words of the message that it is to the client: an edit of what did not arrive is sent as a message. */
  baseOf({ lane, first }: Held): string {
    const { act } = this.#written.get(`${lane} ${first}`) ?? {};
    return act ? (this.#words.get(act.target) ?? first) : first;
  }

  isHandedAgain(held: Held): boolean {
    return (this.#written.get(`${held.lane} ${this.baseOf(held)}`)?.handed.length ?? 0) > 1;
  }

  states(held: Held): readonly string[] {
    if (!held.mine) return this.#shownOf(held, 'retract').length > 0 ? ['deleted'] : ['there'];
    const all = this.#ownOf(held, 'retract');
    if (all.some(({ receipt }) => receipt !== undefined)) return ['deleted'];
    return all.length > 0 ? ['there', 'deleted'] : ['there'];
  }

  texts(held: Held): readonly string[] {
    const [made] = this.#ownOf(held, undefined);
    if (held.mine) return made ? standing([made, ...this.#ownOf(held, 'edit')]).map(({ text }) => text) : [held.text];
    const edits = this.#shownOf(held, 'edit');
    return this.#last(edits, (edit) => edit.text, this.baseOf(held));
  }

  ownReactions(held: Held): readonly string[] {
    const all = this.#ownOf(held, 'react');
    const sure = all.some(({ receipt }) => receipt !== undefined);
    return [...(sure ? [] : ['']), ...standing(all).map(({ act }) => setOf(act?.emojis))];
  }

  theirReactions(held: Held): readonly string[] {
    return this.#last(this.#shownOf(held, 'react'), ({ act }) => setOf(act?.emojis), '');
  }

  /** The last one counts; where a server gave one back and so changed their order, any of them. */
  #last(all: readonly Shown[], value: (one: Shown) => string, none: string): readonly string[] {
    const last = all.at(-1);
    if (last === undefined) return [none];
    return all.some(({ id, kept }) => kept === true || this.#bounced.has(id)) ? all.map(value) : [value(last)];
  }

  #ownOf(held: Held, type: Act['type'] | undefined): readonly Written[] {
    return (this.#own.get(`${held.lane} ${this.baseOf(held)}`) ?? []).filter(({ act }) => act?.type === type);
  }

  #shownOf(held: Held, type: Act['type']): readonly Shown[] {
    return (this.#theirs.get(`${held.lane} ${this.baseOf(held)}`) ?? []).filter(({ act }) => act?.type === type);
  }
}

/** Those of several that no other one has certainly replaced. */
function standing(all: readonly Written[]): readonly Written[] {
  const turns = ({ handed }: Written): readonly number[] => handed.map(({ turn }) => turn);
  const done = all.filter(({ receipt }) => receipt !== undefined);
  return all.filter((one) => !done.some((other) => Math.min(...turns(other)) > Math.max(...turns(one))));
}

function push<T>(lists: Map<string, T[]>, key: string, one: T): void {
  const known = lists.get(key);
  if (known) known.push(one);
  else lists.set(key, [one]);
}
