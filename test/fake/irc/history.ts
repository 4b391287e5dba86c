// CHATHISTORY (IRCv3 draft): AFTER, BEFORE and LATEST, by msgid or time, in a batch; oldest first.
import { label, NAME, tell } from './guest.ts';
import type { Guest, Kept } from './guest.ts';
import type { Line } from './line.ts';

const MOST = 20;

/** Answers one request, or refuses it as the specification says. */
export function chatHistory(kept: readonly Kept[], guest: Guest, line: Line): void {
  const [which = '', target = '', from = '', most = ''] = line.params;
  const refuse = (code: string, words: string): void =>
    guest.write(`:${NAME} FAIL CHATHISTORY ${code} ${which} ${target} :${words}`, label(line));
  if (which === 'TARGETS') return targets(kept, guest, line);
  const limit = Number(most);
  if (!['AFTER', 'BEFORE', 'LATEST'].includes(which)) return refuse('INVALID_PARAMS', 'Unknown subcommand');
  if (!Number.isInteger(limit) || limit < 1) return refuse('INVALID_PARAMS', 'Bad limit');
  const all = kept.filter(
    (one) => one.target === target || (!target.startsWith('#') && isBetween(one, guest.nick, target)),
  );
  const at = from === '*' ? undefined : placeOf(all, from);
  if (from !== '*' && at === undefined) return refuse('INVALID_MSGREFTYPE', 'No such message');
  const count = Math.min(limit, MOST);
  const chosen =
    which === 'AFTER'
      ? all.filter((one) => one.at > (at ?? 0)).slice(0, count)
      : all.filter((one) => one.at < (at ?? Infinity)).slice(-count);
  const batch = `h${all.length}.${limit}`;
  guest.write(`:${NAME} BATCH +${batch} chathistory ${target}`, label(line));
  for (const one of chosen) tell(guest, one, { batch });
  guest.write(`:${NAME} BATCH -${batch}`);
}

/** Whom he has spoken with between two times, and when last. */
function targets(kept: readonly Kept[], guest: Guest, { params: [, from = '', to = '', most = ''], tags }: Line): void {
  const [start, end] = [from, to].map((one) => Date.parse(one.replace('timestamp=', ''))) as [number, number];
  const latest = new Map<string, number>();
  for (const one of kept) {
    const by = one.prefix.slice(0, one.prefix.indexOf('!'));
    const partner = one.target === guest.nick ? by : by === guest.nick || one.target.startsWith('#') ? one.target : '';
    if (partner !== '' && one.at > start && one.at < end) latest.set(partner, one.at);
  }
  const found = [...latest].sort(([, one], [, two]) => one - two).slice(0, Math.min(Number(most), MOST));
  guest.write(`:${NAME} BATCH +targets draft/chathistory-targets`, label({ tags, command: '', params: [] }));
  for (const [partner, at] of found)
    guest.write(`:${NAME} CHATHISTORY TARGETS ${partner} ${new Date(at).toISOString()}`, { batch: 'targets' });
  guest.write(`:${NAME} BATCH -targets`);
}

const isBetween = ({ prefix, target }: Kept, one: string, other: string): boolean => {
  const from = prefix.slice(0, prefix.indexOf('!'));
  return (from === one && target === other) || (from === other && target === one);
};

function placeOf(all: readonly Kept[], from: string): number | undefined {
  const [kind, value = ''] = from.split('=');
  if (kind === 'timestamp') return Date.parse(value);
  return kind === 'msgid' ? all.find(({ id }) => id === value)?.at : undefined;
}
