// What an 'out' entry becomes on the network: one act is one call into the adapter, made and settled one by one. The plan is
// pure; it is fixed, and stored, when the entry is started first.
import {
  AdapterError,
  type Chat,
  type Content,
  type Delivery,
  type Limits,
  type MessageId,
  type Sent,
  type Session,
} from '../adapter/api.ts';
import type { Failure, OutBody } from '../message/entry.ts';
import type { IdRow } from '../store/api.ts';

/** One call into the adapter. */
export type Act =
  | { readonly do: 'send'; readonly content: Content }
  | { readonly do: 'edit'; readonly target: MessageId; readonly content: Content }
  | { readonly do: 'retract'; readonly target: MessageId }
  | { readonly do: 'react'; readonly target: MessageId; readonly emojis: readonly string[] }
  | { readonly do: 'read'; readonly target: MessageId };

/** Marks, in no language, a text that stands for an earlier one where the network cannot edit. */
const CORRECTED = '✎ ';

/** What the network can do and what it is known by, as far as a plan depends on it. */
export interface Means {
  readonly can: ReadonlySet<Act['do']>;
  readonly limits: Limits;
  /** What a text becomes within the limits, each one message. */
  readonly split: (content: Content) => readonly Content[];
  /** The rows of the messages that the entry names, by part; none where they are not known. */
  readonly target: readonly IdRow[];
  readonly reply: readonly IdRow[];
  readonly now: number;
}

/** Either what is to be done (nothing, where there is nothing left to do), or why it cannot be. */
export type Plan = { readonly acts: readonly Act[] } | { readonly failure: Failure };

/** How it is done on a session. Resolves to what is known of a message that was sent. */
export async function perform(act: Act, session: Session, chat: Chat, delivery: Delivery): Promise<Sent | undefined> {
  if (session[act.do] === undefined) throw new AdapterError({ code: 'rejected', reason: 'unsupported' }, '');
  switch (act.do) {
    case 'send':
      return session.send?.(chat, act.content, delivery);
    case 'edit':
      await session.edit?.(chat, act.target, act.content, delivery);
      return undefined;
    case 'retract':
      await session.retract?.(chat, act.target, delivery);
      return undefined;
    case 'react':
      await session.react?.(chat, act.target, act.emojis, delivery);
      return undefined;
    case 'read':
      await session.read?.(chat, act.target, delivery);
      return undefined;
  }
}

/** A client may use an id again, so one stanza id may stand for several messages: the rows of the last one, by part. */
export function latest(rows: readonly IdRow[]): readonly IdRow[] {
  const byTime = inOrder(rows);
  return byTime.slice(
    Math.max(
      0,
      byTime.findLastIndex(({ part }) => part === 0),
    ),
  );
}

/** Rows of one stanza in the order in which their messages were sent. */
export const inOrder = (rows: readonly IdRow[]): readonly IdRow[] =>
  rows.toSorted((one, two) => one.at - two.at || one.part - two.part);

/** The plan of an entry. */
export function planFor(body: OutBody, means: Means): Plan {
  switch (body.type) {
    case 'message':
      return sending(body.content, means);
    case 'edit':
      return editing(body.content, means);
    case 'retract':
      return retracting(means);
    case 'react':
      return reacting(body.emojis, means);
    case 'read':
      return reading(means);
  }
}

function sending(content: Content, means: Means): Plan {
  const acts = means.split(replying(content, means)).map((part): Act => ({ do: 'send', content: part }));
  return acts.length === 0 ? { failure: { code: 'invalid' } } : { acts };
}

/** The target as the network names it; where it is not known, the quote must do. */
function replying({ replyTo, ...content }: Content, { reply: [first] }: Means): Content {
  if (replyTo === undefined) return content;
  if (first !== undefined) return { ...content, replyTo: { id: first.remote, author: first.author } };
  const { text } = replyTo;
  if (text === undefined) return content;
  const quote = `${text.replace(/^/gm, '> ')}\n`;
  const spans = content.spans?.map((span) => ({
    ...span,
    start: span.start + quote.length,
    end: span.end + quote.length,
  }));
  return { ...content, text: quote + (content.text ?? ''), ...(spans && { spans }) };
}

/**
 * A message of several parts stays one: the parts it still has are edited, those it has no more are deleted, new ones are
 * sent. One that the network does not have, since it failed or was never sent, is sent now.
 */
function editing(content: Content, means: Means): Plan {
  const { target, can, limits, now } = means;
  if (target.length === 0) return sending(content, means);
  if (!can.has('edit')) return sending({ ...content, text: CORRECTED + (content.text ?? '') }, means);
  if (target.some(({ author }) => author !== null)) return { failure: { code: 'forbidden' } };
  if (expired(target, limits.editMs, now)) return { failure: { code: 'expired' } };
  const parts = means.split(replying(content, means));
  if (parts.length === 0) return { failure: { code: 'invalid' } };
  const acts = parts.map((part, index): Act => {
    const old = target[index];
    return old ? { do: 'edit', target: old.remote, content: part } : { do: 'send', content: part };
  });
  const surplus = target.slice(parts.length).map(({ remote }): Act => ({ do: 'retract', target: remote }));
  if (surplus.length > 0 && !can.has('retract')) return { failure: { code: 'unsupported' } };
  return { acts: [...acts, ...surplus] };
}

/** What the network does not have need not be taken back. */
function retracting({ target, can, limits, now }: Means): Plan {
  if (target.length === 0) return { acts: [] };
  if (!can.has('retract')) return { failure: { code: 'unsupported' } };
  if (expired(target, limits.retractMs, now)) return { failure: { code: 'expired' } };
  return { acts: target.map(({ remote }): Act => ({ do: 'retract', target: remote })) };
}

function reacting(emojis: readonly string[], { target: [first], can, limits }: Means): Plan {
  if (first === undefined) return { failure: { code: 'not-found' } };
  if (!can.has('react')) return { failure: { code: 'unsupported' } };
  const { max, allowed } = limits.reactions ?? { max: Infinity };
  const known = allowed && emojis.map((emoji) => allowed.find((one) => plainEmoji(one) === plainEmoji(emoji)) ?? emoji);
  const strange = known?.filter((emoji) => !allowed?.includes(emoji)) ?? [];
  if (emojis.length > max) return { failure: { code: 'unsupported', detail: `at most ${max}` } };
  if (strange.length > 0) return { failure: { code: 'unsupported', detail: strange.join(' ') } };
  return { acts: [{ do: 'react', target: first.remote, emojis: known ?? emojis }] };
}

/** Up to the last part; nobody waits for a marker, so what cannot be said is not said. */
function reading({ target, can }: Means): Plan {
  const last = target.at(-1);
  return { acts: last === undefined || !can.has('read') ? [] : [{ do: 'read', target: last.remote }] };
}

const expired = (rows: readonly IdRow[], ms: number | undefined, now: number): boolean =>
  ms !== undefined && rows.some(({ at }) => at + ms < now);

/** Without the selector that only asks for colour, which some keyboards add and lists of networks leave out. */
const plainEmoji = (emoji: string): string => emoji.replaceAll('\ufe0f', '');
