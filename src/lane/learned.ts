// Which message is which, after an act.
import type { Sent } from '../adapter/api.ts';
import type { Step } from '../store/api.ts';
import type { Head } from './head.ts';
import type { Act } from './plan.ts';

/** What a step keeps of the current part's ids. `now`: milliseconds since 1970, where the network tells no time. */
export function learned(
  { entry, body, done: part }: Head,
  act: Act | undefined,
  sent: Sent | undefined,
  now: number,
): Pick<Step, 'ids' | 'forget'> {
  const { account, chat } = entry.lane;
  if (act?.do === 'retract') {
    const remote = act.target;
    // It is no stanza any more, but still ours: its echo may be on its way.
    const gone = { account, chat, remote, part: 0, stanza: '', author: null, at: now };
    return { forget: [{ account, chat, remote }], ids: [gone] };
  }
  if (act?.do !== 'send' || typeof sent?.id !== 'string') return {};
  const at = sent.at !== undefined && Number.isFinite(sent.at) ? sent.at : now;
  // What an edit adds belongs to the message that it edits.
  const stanza = (body.type === 'edit' ? body.target : body.sender.id) ?? '';
  return { ids: [{ account, chat, remote: sent.id, part, stanza, author: null, at }] };
}
