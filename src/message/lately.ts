// What was told of a group's members of late. It is on disk with the event that told it; the snapshot of all members follows a moment
// later, and is made good with this where a kill came between.
import type { Member } from '../adapter/api.ts';

/** What one event told. */
export interface Told {
  readonly members: readonly Member[];
  /** Nobody else is there. */
  readonly complete?: true;
}

/** The key of the document of kind 'member', a list of `Told`; `chat`: the chat's name. */
export const latelyKey = (chat: string): string => `lately/${chat}`;
