// The presence subscriptions between a user and one address of the gateway (RFC 6121, Appendix A, seen from our side), as
// a pure state machine: rules R15 to R18.

/** How an address of ours and its user see each other. No item at all: neither sees the other. */
export interface RosterItem {
  /** The user is subscribed to the address's presence. */
  readonly sees: boolean;
  /** The address is subscribed to the user's; 'offered': to his client; 'refused': he said no, and is not asked again. */
  readonly seen: 'no' | 'offered' | 'asked' | 'yes' | 'refused';
  /** The name that was last told. */
  readonly name?: string;
}

/** What happens to a subscription. The user's own acts come first, then the network's. */
export type RosterEvent =
  | 'subscribe' // he asked, and the address exists
  | 'unsubscribe'
  | 'subscribed'
  | 'unsubscribed'
  | 'added' // he asked for it by command
  | 'placed' // his server has put it into his list, at our word
  | 'offered' // his client was given it to choose
  | 'listed' // the network has it in the contact list
  | 'unlisted'; // and no longer

/** What is said to the user, in this order. 'available' is whatever presence the address has at the moment. */
export type RosterAct = 'subscribe' | 'subscribed' | 'unsubscribe' | 'unsubscribed' | 'available' | 'unavailable';

export interface RosterChange {
  /** Undefined: nothing is left to remember. */
  readonly item: RosterItem | undefined;
  readonly acts: readonly RosterAct[];
  /** The user has taken the contact out of his list altogether. */
  readonly removed?: true;
}

const stranger: RosterItem = { sees: false, seen: 'no' };

/** What an event makes of a subscription. */
export function rosterStep(before: RosterItem | undefined, event: RosterEvent): RosterChange {
  const item = before ?? stranger;
  switch (event) {
    case 'subscribe': {
      const ask = item.seen === 'yes' || item.seen === 'asked' ? [] : (['subscribe'] as const);
      const seen = item.seen === 'yes' ? 'yes' : 'asked';
      return { item: { ...item, sees: true, seen }, acts: ['subscribed', 'available', ...ask] };
    }
    case 'unsubscribe':
      if (!item.sees) return { item: before, acts: [] };
      return withdrawn(item, { ...item, sees: false }, ['unsubscribed', 'unavailable']);
    case 'subscribed':
      return item.seen === 'asked' || item.seen === 'offered'
        ? { item: { ...item, seen: 'yes' }, acts: [] }
        : { item: before, acts: [] };
    case 'unsubscribed':
      if (item.seen === 'refused') return { item: before, acts: [] };
      return withdrawn(item, { ...item, seen: 'refused' }, item.seen === 'yes' ? ['unsubscribe'] : []);
    case 'added':
      if (item.seen === 'yes') return { item: before, acts: [] };
      return { item: { ...item, seen: 'asked' }, acts: ['subscribe'] };
    case 'placed':
      return { item: { ...item, sees: true, seen: 'yes' }, acts: ['available'] };
    case 'offered':
      return { item: item.seen === 'no' ? { ...item, seen: 'offered' } : before, acts: [] };
    case 'listed':
      if (item.seen !== 'no') return { item: before, acts: [] };
      return { item: { ...item, seen: 'asked' }, acts: ['subscribe'] };
    case 'unlisted':
      return { item: undefined, acts: related(item) ? ['unsubscribe', 'unsubscribed', 'unavailable'] : [] };
  }
}

const related = ({ sees, seen }: RosterItem): boolean => sees || seen === 'yes' || seen === 'asked';

/**
 * A contact that the user had and now neither sees nor is seen by was removed. That is kept, so that the network cannot
 * bring it back. To decline a request removes nothing: it was never there.
 */
function withdrawn(before: RosterItem, item: RosterItem, acts: readonly RosterAct[]): RosterChange {
  const had = before.sees || before.seen === 'yes';
  const has = item.sees || item.seen === 'yes' || item.seen === 'asked';
  if (!had || has) return { item, acts };
  return { item: { ...item, seen: 'refused' }, acts, removed: true };
}

/** Reads a document of kind 'roster'. */
export function readItem(value: unknown): RosterItem | undefined {
  if (typeof value !== 'object' || value === null || !('sees' in value) || !('seen' in value)) return undefined;
  const { sees, seen } = value;
  if (typeof sees !== 'boolean') return undefined;
  const state = (['no', 'offered', 'asked', 'yes', 'refused'] as const).find((one) => one === seen);
  if (state === undefined) return undefined;
  const item = { sees, seen: state };
  return 'name' in value && typeof value.name === 'string' ? { ...item, name: value.name } : item;
}
