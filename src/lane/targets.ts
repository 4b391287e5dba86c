// What a stanza names, as the network knows it. In groups clients also name messages by the ids of their archive rows.
import type { ArchivedBody } from '../message/entry.ts';
import type { AccountId, IdRow, Store } from '../store/api.ts';
import type { OutContext } from './out-context.ts';
import { inOrder, latest } from './plan.ts';

type TargetContext = { readonly store: Pick<Store, 'byStanza' | 'archive'> } & Pick<OutContext, 'archiveId'>;

/** A chat, and whether it is a group. */
interface Place {
  readonly account: AccountId;
  readonly chat: number;
  readonly group: boolean;
}

/** The rows of the message that a stanza names, by part; none where it is not known. */
export async function named(context: TargetContext, place: Place, stanza: string): Promise<readonly IdRow[]> {
  const { store, archiveId } = context;
  const { account, chat, group } = place;
  const rows = latest(await store.byStanza(account, chat, stanza));
  if (rows.length > 0 || !group) return rows;
  const [row] = (await store.archive({ account, chat, ids: [stanza], limit: 1 }))?.rows ?? [];
  const said = row?.body as ArchivedBody | undefined;
  const corrected = said && correctedBy(said);
  if (corrected !== undefined) return corrected === stanza ? [] : named(context, place, corrected);
  if (said?.type !== 'own' || said.body.sender.id === undefined) return [];
  // His client may have given the same id to several: meant is the one that has this row.
  const all = inOrder(await store.byStanza(account, chat, said.body.sender.id));
  const first = all.findIndex((one) => one.part === 0 && archiveId(chat, one) === stanza);
  const next = all.findIndex(({ part }, index) => index > first && part === 0);
  return first < 0 ? [] : all.slice(first, next < 0 ? undefined : next);
}

/** What a row has corrected: some clients name a message by its last correction. */
function correctedBy(said: ArchivedBody): string | undefined {
  if (said.type === 'own') return said.body.type === 'edit' ? said.body.target : undefined;
  return said.event.type === 'edit' ? (said.target?.archived ?? said.target?.stanza) : undefined;
}
