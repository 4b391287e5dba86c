// XEP-0055: Jabber Search, v1.3, with a data form (R24).
import type { Chat, Found } from '../../adapter/api.ts';
import type { Registered } from '../../account/directory.ts';
import { text } from '../../text/index.ts';
import { x, type Element } from '../stanza.ts';
import { IqError, needAccount, type Feature, type Request } from './feature.ts';
import { NS_FORM, readForm, writeForm } from './form.ts';

/** Namespace of searches; also the FORM_TYPE of their form. */
export const NS_SEARCH = 'jabber:iq:search';
const MOST = 1_000;

export interface SearchOptions {
  readonly networkName: string;
  readonly search: (account: Registered, query: string) => Promise<readonly Found[]>;
  readonly jidOf: (chat: Chat) => string;
}

/** Finds contacts by name, phone number or handle. */
export const search = ({ networkName, search: find, jidOf }: SearchOptions): Feature => ({
  iq: [
    {
      on: ['gateway'],
      type: 'get',
      name: 'query',
      ns: NS_SEARCH,
      handle(request) {
        needAccount(request);
        const title = text(request.lang, 'search.title', { network: networkName });
        const label = text(request.lang, 'search.query');
        const fields = [{ var: 'query', type: 'text-single', label, required: true }] as const;
        return x(
          'query',
          { xmlns: NS_SEARCH },
          x('instructions', {}, label),
          x('nick'),
          writeForm({ type: 'form', formType: NS_SEARCH, title, instructions: label, fields }),
        );
      },
    },
    {
      on: ['gateway'],
      type: 'set',
      name: 'query',
      ns: NS_SEARCH,
      async handle(request) {
        const account = needAccount(request);
        const form = readForm(request.payload);
        const query = (form ? form.values.get('query')?.[0] : request.payload.getChildText('nick'))?.trim() ?? '';
        if (query === '' || query.length > MOST) throw new IqError('bad-request');
        const found = await find(account, query);
        const rows = found.map(({ chat, name, note = '' }) => ({ jid: jidOf(chat), name, note }));
        return x('query', { xmlns: NS_SEARCH }, ...(form ? [table(rows, request)] : rows.map(item)));
      },
    },
  ],
});

interface Row {
  readonly jid: string;
  readonly name: string;
  readonly note: string;
}

const item = ({ jid, name, note }: Row): Element =>
  x('item', { jid }, x('first', {}, name), x('last'), x('nick', {}, note), x('email'));

/** XEP-0004, 3.4: results of several items. */
function table(rows: readonly Row[], { lang }: Request): Element {
  const columns = [
    ['jid', 'JID', 'jid-single'],
    ['name', text(lang, 'search.name'), 'text-single'],
    ['note', text(lang, 'search.note'), 'text-single'],
  ] as const;
  return x(
    'x',
    { xmlns: NS_FORM, type: 'result' },
    x('field', { var: 'FORM_TYPE', type: 'hidden' }, x('value', {}, NS_SEARCH)),
    x('reported', {}, ...columns.map(([name, label, type]) => x('field', { var: name, label, type }))),
    ...rows.map((row) =>
      x('item', {}, ...columns.map(([name]) => x('field', { var: name }, x('value', {}, row[name])))),
    ),
  );
}
