// A conversation between a user and the gateway that a form, an ad-hoc command and the chat bot can all drive: steps
// that show something or ask for something, and an end. Logins have the same shape.
import { ask, type LoginStep, type Reply } from '../adapter/api.ts';
import type { Failure } from '../message/entry.ts';

/** 'form' waits for the reply; 'show' is told, and the flow goes on by itself. */
export type FlowStep = LoginStep & { readonly shape?: Shape };
/** How a data form shows a question that an extension gives a shape to; a chat needs none of it. */
export interface Shape {
  readonly formType: string;
  /** Names of fields whose answers may have several lines. */
  readonly lines: readonly string[];
}
/** How it ended: words for the user, or a failure that the driver puts into words. */
export type FlowEnd = Told | { readonly failure: Failure };
/** Words, and besides them what a program can read. */
export interface Told {
  readonly text: string;
  /** Under the names that a data form gives it. */
  readonly result?: {
    readonly formType: string;
    readonly field: string;
    readonly label: string;
    readonly kind: 'jid-multi' | 'text-single';
    readonly values: readonly string[];
  };
}
/** Ending it early (`return()`) gives up what it was about. */
export type Flow = AsyncGenerator<FlowStep, FlowEnd, Reply>;

/** The user as a flow sees him. */
export interface FlowUser {
  /** His bare JID. */
  readonly jid: string;
  /** BCP 47; absent: English. */
  readonly lang: string | undefined;
  /** Aborted when he gives up while the flow itself is waiting for something. */
  readonly signal: AbortSignal;
}

/** Ends with words. */
export const said = (words: string): FlowEnd => ({ text: words });
/** Ends with a failure. */
export const failed = (code: Failure['code']): FlowEnd => ({ failure: { code } });

/** Asks for one thing. */
export async function* ask1(title: string, label: string): AsyncGenerator<FlowStep, string, Reply> {
  const { query } = yield* ask({ title, fields: [{ name: 'query', label }] });
  return query.trim();
}

const LONGEST_LIST = 200;

/** Lines, as many as somebody reads. */
export function list(lines: readonly string[]): string {
  const more = lines.length - LONGEST_LIST;
  return [...lines.slice(0, LONGEST_LIST), ...(more > 0 ? [`… +${more}`] : [])].join('\n');
}
