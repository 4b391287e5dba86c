// Whether a run kept the promises: nothing accepted was lost or changed its place in its lane, and nothing was shown twice
// but where the other side recognises it, or where the gateway said so. Pure.
import { judgeEnds, type Ends } from './ends.ts';
import type { Blow, Evidence, List, Pulse, Shown, Written } from './evidence.ts';

/** What sat unread in a socket, or was not on the disk yet, is lost; so much may have been on its way while nobody was late. */
export const UNREAD_MS = 1_000;
/** A gateway that is further behind than this has no excuse. */
const LATEST_MS = 10_000;
/** Until a kill or a cut is noticed by the server, which then answers errors itself. */
const NOTICED_MS = 250;

/** A message of a client that ended without receipt or error. */
export interface Unanswered {
  readonly message: Written;
  /** The last time that it was handed over. */
  readonly at: number;
  /** What happened to something on its way within the time that excuses it. */
  readonly excuse: Blow | undefined;
}

export interface Verdict {
  readonly written: number;
  /** Of what was written: arrived at least once. */
  readonly arrived: number;
  readonly receipts: number;
  /** Answered with an error, by what the error said. */
  readonly errors: ReadonlyMap<string, number>;
  /** Handed over more than once by the client, which had neither receipt nor error after its server had died. */
  readonly handedAgain: number;
  readonly unanswered: readonly Unanswered[];
  readonly said: number;
  readonly shown: number;
  /** The same stanza (or network message) shown again with the same id. */
  readonly recognised: number;
  /** Arrived again as another message, and the gateway had said that it may. */
  readonly doubled: number;
  readonly lost: number;
  readonly reordered: number;
  /** Shown late because the server had given it back, or kept it, and not what came behind it. */
  readonly givenBack: number;
  /** Written, and taken back by its writer before it was sent. */
  readonly takenBack: number;
  /** Final states of messages, where they can change. */
  readonly ends: Ends;
  /** Lists of occupants that were compared with the network's. */
  readonly lists: number;
  /** Everything that must not be; empty: the run is good. */
  readonly faults: readonly string[];
}

export function judge(evidence: Evidence): Verdict {
  const faults = evidence.complaints.map((line) => `the gateway complained: ${line}`);
  const arrived = distinct(evidence.arrived);
  const shown = distinct(evidence.shown);
  const out = judgeWritten(evidence, arrived.first, faults);
  const back = judgeSaid(evidence, shown.first, faults);
  judgeElsewhere(evidence, faults);
  const ends = judgeEnds(evidence, shown.first, faults);
  judgeLists(evidence.lists, faults);
  judgeLists(evidence.rooms, faults);
  const inRooms = (evidence.rooms ?? []).reduce((sum, { network }) => sum + network.length, 0);
  const answered = evidence.written.filter(({ errors }) => errors.length > 0);
  return {
    ...out,
    written: evidence.written.length,
    receipts: evidence.written.filter(({ receipt }) => receipt !== undefined).length,
    errors: countBy(answered.map(({ errors }) => errors[0]?.code ?? '')),
    handedAgain: evidence.written.filter(({ handed }) => handed.length > 1).length,
    said: evidence.said.length,
    shown: back.shown,
    givenBack: back.givenBack,
    recognised: arrived.again + shown.again,
    lost: out.lost + back.lost,
    reordered: out.reordered + back.reordered,
    ends: { ...ends, compared: ends.compared + inRooms },
    lists: evidence.lists?.length ?? 0,
    faults,
  };
}

/** Without what was recognised as shown before. */
function distinct(all: readonly Shown[]): { readonly first: readonly Shown[]; readonly again: number } {
  const known = new Set<string>();
  const first = all.filter(({ lane, id }) => {
    const name = `${lane} ${id}`;
    if (known.has(name)) return false;
    known.add(name);
    return true;
  });
  return { first, again: all.length - first.length };
}

type OutVerdict = Pick<Verdict, 'arrived' | 'unanswered' | 'doubled' | 'lost' | 'reordered' | 'takenBack'>;

function judgeWritten(evidence: Evidence, arrivals: readonly Shown[], faults: string[]): OutVerdict {
  const { blows, marked, written } = evidence;
  const copies = countBy(arrivals.map(({ text }) => text));
  const gone = takenBack(written);
  const there = new Set(written.flatMap((one) => (copies.has(one.text) ? [targetOf(one)] : [])));
  // What never arrived need not be taken back.
  const isIdle = (one: Written): boolean => one.act?.type === 'retract' && !there.has(targetOf(one));
  const unanswered: Unanswered[] = [];
  let withdrawn = 0;
  let lost = 0;
  let doubled = 0;
  for (const message of written) {
    const times = copies.get(message.text) ?? 0;
    const at = message.handed.at(-1)?.at ?? 0;
    if (times > 1) {
      doubled += times - 1;
      const allowed = marked.get(message.id) ?? 0;
      if (times - 1 > allowed)
        faults.push(`${named(message)} arrived ${times} times, marked uncertain ${allowed} times`);
    }
    if (message.receipt !== undefined && times === 0 && !isIdle(message)) {
      lost += 1;
      faults.push(`${named(message)} was lost: it had its receipt at ${time(message.receipt)}`);
    }
    if (message.receipt !== undefined || refused(message)) continue;
    if (times > 0) {
      lost += 1;
      faults.push(`the receipt of ${named(message)} was lost: handed over at ${time(at)}, and it arrived`);
      continue;
    }
    if (message.errors.length > 0) continue;
    if (gone.has(message)) {
      withdrawn += 1;
      continue;
    }
    const blow = excuseFor(at, blows, evidence.pulses);
    const excuse = blow && isOvertaken(message, written, blow, copies) ? undefined : blow;
    unanswered.push({ message, at, excuse });
    if (excuse === undefined) {
      lost += 1;
      faults.push(
        `${named(message)}, handed over at ${time(at)}, ended without receipt or error, and nothing excuses it`,
      );
    }
  }
  const reordered = orderOfWritten(written, arrivals, faults);
  const reached = written.filter(({ text }) => copies.has(text)).length;
  return { arrived: reached, unanswered, doubled, lost, reordered, takenBack: withdrawn };
}

/** The id of the message that it makes or changes. */
const targetOf = ({ id, act }: Written): string => act?.target ?? id;

/** What its writer has taken back, and what changed it before: it need not be sent, and needs no answer then. */
export function takenBack(written: readonly Written[]): ReadonlySet<Written> {
  const retractions = new Map(written.flatMap((one) => (one.act?.type === 'retract' ? [[one.act.target, one]] : [])));
  const isBefore = (one: Written, other: Written | undefined): boolean =>
    other !== undefined && (one.handed[0]?.turn ?? 0) < (other.handed[0]?.turn ?? 0);
  return new Set(written.filter((one) => isBefore(one, retractions.get(targetOf(one)))));
}

/** A user's own line stands for what he wrote elsewhere: for nothing, or for a copy that nobody could know of. */
function judgeElsewhere({ elsewhere = [], written, marked }: Evidence, faults: string[]): void {
  const left = new Map<string, Written>(written.map((one) => [`${one.lane} ${one.text}`, one]));
  const counts = countBy(distinct(elsewhere).first.map(({ lane, text }) => `${lane} ${text.replace(/ #\d+$/, '')}`));
  for (const [name, count] of counts) {
    const one = left.get(name);
    const allowed = one === undefined ? 0 : (marked.get(one.id) ?? 0) + (refused(one) ? 1 : 0);
    if (count > allowed)
      faults.push(`"${name}" was shown ${count} times as if written elsewhere, marked uncertain ${allowed} times`);
  }
}

/** No ghosts: a client sees those who are there, as what they are there, and nobody else; so with messages. */
function judgeLists(lists: readonly List[] = [], faults: string[]): void {
  for (const list of lists) {
    if (isEqual(list)) continue;
    const { name, client, network } = list;
    const more = client.filter((one) => !network.includes(one)).join(', ');
    const less = network.filter((one) => !client.includes(one)).join(', ');
    faults.push(`${name}: the client sees [${more}] that the network has not, and misses [${less}]`);
  }
}

/** Both ends name the same, in any order. */
export const isEqual = ({ network, client }: List): boolean =>
  network.length === client.length && network.every((one) => client.includes(one));

/** The gateway itself has said that it was not sent. What a server says of one copy says nothing of another. */
export const refused = ({ errors }: Written): boolean => errors.some(({ code }) => !code.startsWith('server: '));

/** What happened to something on the way of a message that was handed over then, within the time that excuses its loss. */
export function excuseFor(at: number, blows: readonly Blow[], pulses: readonly Pulse[] = []): Blow | undefined {
  const onTheWay = blows.filter(({ target }) => target !== 'network' && target !== 'network-link');
  const isNear = ({ from, to }: Blow): boolean => at >= from - UNREAD_MS && at <= to + NOTICED_MS;
  const isBehind = ({ from, to }: Blow): boolean =>
    at >= from - behind(from, pulses) - UNREAD_MS && at <= to + NOTICED_MS;
  return onTheWay.find(isNear) ?? onTheWay.find(isBehind);
}

/** How far behind the gateway was then, in milliseconds: what was handed over before the last question it had answered it had read. */
export function behind(at: number, pulses: readonly Pulse[]): number {
  const answered = pulses.filter((pulse) => pulse.answered <= at);
  const last = answered.reduce((latest, { sent }) => Math.max(latest, sent), -Infinity);
  return last === -Infinity ? 0 : Math.min(at - last, LATEST_MS);
}

/** Something that he wrote later was accepted before the blow: then this, too, had been read, and nothing excuses its loss. */
function isOvertaken(message: Written, written: readonly Written[], { from }: Blow, arrived: Copies): boolean {
  const { turn = 0, at = 0 } = message.handed.at(-1) ?? {};
  if (at >= from - UNREAD_MS) return false;
  const writer = writerOf(message);
  return written.some((other) => {
    const [first] = other.handed;
    const isLater = first !== undefined && first.turn > turn && first.at < from && writerOf(other) === writer;
    return isLater && (other.receipt !== undefined || arrived.has(other.text));
  });
}

type Copies = ReadonlyMap<string, number>;
/** Lanes begin with the user. */
const writerOf = ({ lane }: Written): string => lane.split(/[ /]/)[0] ?? '';

/** The first copies are in order, and so are the last: what was under way when a link died goes again in its order, all of it. */
function orderOfWritten(written: readonly Written[], arrivals: readonly Shown[], faults: string[]): number {
  const byText = new Map(written.map((message) => [message.text, message]));
  const known = arrivals.filter(({ text }) => byText.has(text));
  for (const { lane, text } of known) {
    const message = byText.get(text);
    if (message && message.lane !== lane) faults.push(`${named(message)} arrived in ${lane}`);
  }
  const first = new Map(known.toReversed().map((one) => [one.text, one]));
  const last = new Map(known.map((one) => [one.text, one]));
  const behind = [first, last].flatMap((copies) =>
    outOfOrder(
      known.filter((one) => copies.get(one.text) === one),
      byText,
    ),
  );
  const late = new Map(behind.map((one) => [one.text, one]));
  for (const { text, lane, at } of late.values())
    faults.push(`"${text}" of ${lane} arrived at ${time(at)} behind what was written after it`);
  return late.size;
}

/** A message that a client handed over twice may have taken effect at either time: the earliest that fits is taken. */
function outOfOrder(arrivals: readonly Shown[], byText: ReadonlyMap<string, Written>): readonly Shown[] {
  const reached = new Map<string, number>();
  return arrivals.filter(({ lane, text }) => {
    const last = reached.get(lane) ?? 0;
    const turn = byText.get(text)?.handed.find((handing) => handing.turn >= last)?.turn;
    if (turn !== undefined) reached.set(lane, turn);
    return turn === undefined;
  });
}

type InVerdict = Pick<Verdict, 'shown' | 'lost' | 'reordered' | 'givenBack'>;

function judgeSaid({ said, bounced }: Evidence, shown: readonly Shown[], faults: string[]): InVerdict {
  let givenBack = 0;
  const all = new Map(said.map(({ lane, text, places }, index) => [`${lane} ${text}`, places ?? [index]]));
  const seen = new Set<string>();
  const reached = new Map<string, number>();
  let reordered = 0;
  for (const { lane, text, at, id, kept } of shown) {
    const name = `${lane} ${text}`;
    const places = all.get(name);
    if (places === undefined) {
      faults.push(`"${text}" was shown in ${lane} at ${time(at)}, where nobody said it`);
      continue;
    }
    if (seen.has(name)) {
      faults.push(`"${text}" was shown in ${lane} again at ${time(at)}, with another id`);
      continue;
    }
    seen.add(name);
    const last = reached.get(lane) ?? -1;
    const place = places.find((one) => one >= last);
    if (place === undefined) {
      // What a server kept for an absent user it may hand out behind what came just when he was back.
      if (bounced.has(id) || kept) {
        givenBack += 1;
        continue;
      }
      reordered += 1;
      faults.push(`"${text}" was shown in ${lane} at ${time(at)}, behind what was said after it`);
    } else reached.set(lane, place);
  }
  const lost = said.filter(({ lane, text }) => !seen.has(`${lane} ${text}`));
  for (const { lane, text, at } of lost) faults.push(`"${text}", said in ${lane} at ${time(at)}, was never shown`);
  return { shown: seen.size, lost: lost.length, reordered, givenBack };
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

const named = ({ text, lane }: Written): string => `"${text}" of ${lane}`;
const time = (at: number): string => new Date(at).toISOString().slice(11, 23);
