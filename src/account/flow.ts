// A conversation between a user and the gateway that a form, an ad-hoc command and the chat bot can all drive: steps
// that show something or ask for something, and an end. Logins have the same shape.
import type { LoginStep, Reply } from '../adapter/api.ts';
import type { Failure } from '../message/entry.ts';

/** 'form' waits for the reply; 'show' is told, and the flow goes on by itself. */
export type FlowStep = LoginStep;
/** How it ended: words for the user, or a failure that the driver puts into words. */
export type FlowEnd = { readonly text: string } | { readonly failure: Failure };
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
